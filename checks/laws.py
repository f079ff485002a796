"""Laws of the covariates other than the Gaussian one, and the moment conditions that admit them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.formula import Undefined
from theory.validation import FloatArray

size = sp.Symbol("r", positive=True)
rate = sp.Symbol("t", positive=True)
_beyond = sp.Symbol("tau", nonnegative=True)

LOG_SIZE = np.concatenate([np.arange(-12.0, 20.0, 0.01), np.arange(20.0, 350.0, 0.1)])
"""Logarithms of |x|, up to the largest at which x² is a float64; the fine part resolves the bulk of every law."""
FAR = LOG_SIZE > 175.0
NEGLIGIBLE = 1e-6
"""A tail whose exponent is 0.1 off the edge of integrability weighs e^-17.5 or 1 - e^-17.5 beyond e^175: both clear."""
RATES = (1.0, 1e-3, 1e-6)


@dataclass(frozen=True)
class Moment:
    """The condition that E w(‖x‖) < ∞ for some t > 0; `expression` is w(r), positive and continuous."""

    expression: sp.Expr

    @property
    def latex(self) -> str:
        """The condition as LaTeX."""
        weight = sp.latex(self.expression.subs(size, sp.Symbol(r"\|x\|", positive=True)))
        return rf"E\, {weight} < \infty"

    def admits_tail(self, index: sp.Rational) -> bool | None:
        """Whether it admits a law on the line whose density falls like |x|^(-1 - index); None where undecided.

        Decided from the elasticity r w'/w for r >= 1/t + 1/√t: the moment is infinite where that is at least the
        index, and finite where it stays below by a twentieth.
        """
        elasticity = size * sp.diff(self.expression, size) / self.expression
        elasticity = elasticity.subs(size, (1 + _beyond) * (1 / rate + 1 / sp.sqrt(rate)))
        if sp.expand(sp.simplify(elasticity) - index).is_nonnegative:
            return False
        below = sp.expand(index - sp.Rational(1, 20) - sp.simplify(elasticity)).is_nonnegative
        return True if below else None

    def admits(self, law: "Law") -> bool:
        """Whether it admits a law, for one of three rates; Undefined where the tail is too close to the edge."""
        shares = [far_share(self.log_weight(t) + law.log_density) for t in RATES]
        if min(shares) < NEGLIGIBLE:
            return True
        if min(shares) <= 1 - NEGLIGIBLE:
            raise Undefined
        return False

    def log_weight(self, t: float) -> FloatArray:
        """log w(r) at `LOG_SIZE`."""
        return _log_weight(self.expression, t)


@dataclass(frozen=True, eq=False)
class Law:
    """A law symmetric about 0, as the logarithm of its density up to a constant, at `LOG_SIZE`."""

    name: str
    log_density: FloatArray

    def __str__(self) -> str:
        """The law in words."""
        return self.name


def far_share(log_integrand: FloatArray) -> float:
    """The share of a positive integral over |x| up to e^350 that lies beyond e^175; near 1 where it diverges."""
    logs = log_integrand + LOG_SIZE + np.log(np.gradient(LOG_SIZE))
    terms = np.exp(logs - logs.max())
    return float(terms[FAR].sum() / terms.sum())


def student(freedom: float) -> Law:
    """Student's t; its second moment is finite from more than 2 degrees of freedom on, and 1 is the Cauchy law."""
    tail = np.logaddexp(0.0, 2 * LOG_SIZE - np.log(freedom))
    return Law(f"Student's t with {freedom!r} degrees of freedom", -(freedom + 1) / 2 * tail)


def generalised_normal(power: float) -> Law:
    """Density proportional to exp(-|x|^power): 2 is Gaussian, 1 is Laplace's law."""
    with np.errstate(over="ignore"):
        return Law(f"density proportional to exp(-|x|^{power!r})", -np.exp(power * LOG_SIZE))


def laws() -> st.SearchStrategy[Law]:
    """Heavy tails on both sides of a finite variance, and light ones on both sides of the Gaussian tail."""
    freedom = st.one_of(st.just(1.0), domains.numbers(0.3, 1.9), domains.numbers(2.1, 30.0))
    power = st.one_of(st.sampled_from([1.0, 2.0]), domains.numbers(0.3, 1.9), domains.numbers(2.0, 4.0))
    return st.one_of(freedom.map(student), power.map(generalised_normal))


@dataclass(frozen=True, eq=False)
class Regression:
    """y = θ₀x without noise in d = 1 at a θ other than θ₀, attacked with a radius."""

    law: Law
    error: float
    moved: float

    def __str__(self) -> str:
        """The case in words."""
        return f"x: {self.law}; θ - θ₀ = {self.error!r}, ε|θ| = {self.moved!r}"

    @property
    def log_loss(self) -> FloatArray:
        """log (|e| + ε|θ|)² with |e| = |θ - θ₀||x|, at `LOG_SIZE`."""
        with np.errstate(divide="ignore"):
            log_loss: FloatArray = 2 * np.logaddexp(np.log(self.error) + LOG_SIZE, np.log(self.moved))
        return log_loss


def regressions() -> st.SearchStrategy[Regression]:
    """Regressions under every law, with errors and perturbations of any ordinary size."""
    moved = st.one_of(st.just(0.0), domains.numbers(1e-3, 4.0))
    return st.builds(Regression, laws(), domains.numbers(1e-3, 4.0), moved)


def tail_gap(condition: Moment, case: Regression) -> float:
    """The share of the risk that lies beyond |x| = e^175, for a law that the condition admits."""
    if not condition.admits(case.law):
        raise Undefined
    return far_share(case.log_loss + case.law.log_density)


@lru_cache(maxsize=64)
def _log_weight(expression: sp.Expr, t: float) -> FloatArray:
    log_size = sp.Symbol("a", real=True)
    logarithm = sp.expand_log(sp.log(expression), force=True).subs(size, sp.exp(log_size)).subs(rate, t)
    evaluate: Callable[[FloatArray], FloatArray] = sp.lambdify(log_size, sp.simplify(logarithm), "numpy")
    values: FloatArray = evaluate(LOG_SIZE) + np.zeros_like(LOG_SIZE)
    return values
