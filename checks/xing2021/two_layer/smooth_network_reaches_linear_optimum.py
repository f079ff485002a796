r"""Theorem 3. Under the generative model (4), assume the activation function $\phi$ in model (6) is twice continuously
differentiable, $\phi'(0) \neq 0$, and $\phi(0) = 0$. If $a$ and $h$ satisfy $\|a\|_{\infty} = O(1)$,
$\max |a_j| / (\min |a_j|) = \Theta(1)$, $(d \log n) \|a\|_{\infty} v / \sqrt{h} \rightarrow 0$, and
$(d \log n) \|a\|_{\infty} v \sqrt{h} / \|a\|^2 \rightarrow 0$. When $\xi/v^2 \rightarrow 0$ where
$\xi/v^2 = -\log \log n / \log(\sqrt{d^2 \log n} / n) \vee (d \log n) \|a\|_{\infty} / \sqrt{h}$, and
$\eta = \xi h / (v^2 L \|a\|^2)$ for some large constant $L$, with probability tending to 1, for
$T = (v^2 \log \log n) / \xi$, if
$\sqrt{d \log n} (1 + v^2 \eta \|a\|^3 / (h^{3/2} \xi) + L \eta v)^T / h^{\delta/2} \rightarrow 0$, then
$(R_{N, \xi}(\theta_{\xi}^{(T)}, \epsilon) - R^*)/v^2 \rightarrow 0$, where $R^*$ is exactly the same as in Theorem 2.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
import torch
from flint import acb, arb, ctx
from sympy.calculus.util import continuous_domain

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, encloser
from checks.evidence import certified, certified_line
from checks.result import Chart, Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from models.two_layer import Activation, network_training
from theory.population import LinearGaussian
from theory.schedules import network_schedule
from theory.two_layer import collapse

ERRATUM = (
    "The assumptions admit φ(u) = u exp(u⁴), for which E f(x)² is infinite for every network other than 0: so is the "
    "risk from the first step on (and at a random start), whatever n, h and the schedule, because Gaussian inputs have "
    "unbounded tails. With a condition on growth, log |φ(u)| = o(u²), as under a bounded second derivative, the "
    "statement holds."
)

u, size = sp.Symbol("u", real=True), sp.Symbol("u", positive=True)
z, weight = sp.Symbol("z", real=True), sp.Symbol("t", positive=True)

POPULATION, RADIUS, SMOOTHNESS = LinearGaussian(np.array([1.0]), np.eye(1), 0.5), 0.5, 4.0
SIZES = ((100, 10**4), (1000, 10**6), (10_000, 10**8), (100_000, 10**10))
"""(n, h), d = 1, a = (1, ..., 1): (d log n)/√h falls from 0.046 to 1e-4."""
QUICK = 2
HUGE = arb(10) ** 100
NARROW = 2.0**-60  # width of the interval on which a risk is bounded from below
LARGEST_EXPONENT = 0.25  # of z², where the envelope of φ(uz)² must stay below for its tail to be bounded


@dataclass(frozen=True)
class Candidate:
    """An activation φ(u); and (A, b) with |φ(u)| <= A |u| exp(b u²), for one that has such an envelope."""

    expression: sp.Expr
    envelope: tuple[sp.Expr, sp.Expr] | None = None

    @property
    def latex(self) -> str:
        """φ as LaTeX."""
        return rf"\phi(u) = {sp.latex(self.expression)}"

    @property
    def log_ratios(self) -> tuple[sp.Expr, sp.Expr]:
        """log |φ(±u)/u| for u > 0."""
        ends = self.expression.subs(u, size), self.expression.subs(u, -size)
        right, left = (sp.expand_log(sp.log(sp.simplify(abs(end) / size)), force=True) for end in ends)
        return right, left

    @property
    def has_envelope(self) -> bool:
        """Whether SymPy confirms the envelope."""
        if self.envelope is None:
            return False
        largest, rate = self.envelope
        rooms = [sp.factor(sp.log(largest) + rate * size**2 - ratio) for ratio in self.log_ratios]
        return all(room.is_nonnegative for room in rooms)

    @property
    def activation(self) -> Activation:
        """The same for the trainer."""
        first, second = sp.diff(self.expression, u), sp.diff(self.expression, u, 2)
        at_zero = [float(sp.diff(self.expression, u, order).subs(u, 0)) for order in (1, 2, 3)]
        return Activation(sp.sstr(self.expression), *map(_on_tensors, (self.expression, first, second)), *at_zero)


def _on_tensors(expression: sp.Expr) -> Any:
    return sp.lambdify(u, expression, [{"exp": torch.exp, "sqrt": torch.sqrt}])


def derive(candidate: Candidate, budget: Budget) -> Evidence:
    """The hypotheses on φ, and whether φ(tZ)² has a Gaussian mean: log |φ(u)| against u²."""
    phi = candidate.expression
    second = sp.diff(phi, u, 2)
    slope, bend = (sp.diff(phi, u, order).subs(u, 0) for order in (1, 2))
    allowed = (
        phi.subs(u, 0) == 0 and slope != 0 and sp.limit(second, u, 0, "+-") == bend
        and continuous_domain(second, u, sp.S.Reals) == sp.S.Reals
    )  # fmt: skip
    growth = max(sp.limit((ratio + sp.log(size)) / size**2, size, sp.oo) for ratio in candidate.log_ratios)
    infinite = growth == sp.oo
    outcome = Outcome.INCONCLUSIVE if not allowed else Outcome.FAILS if infinite else Outcome.HOLDS
    mean = sp.Integral(phi.subs(u, weight * z) ** 2 * sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi), (z, -sp.oo, sp.oo))
    says = "is infinite for every t > 0" if infinite else "is finite for small t, which wide networks have"
    steps = (
        Step("a start at the origin", rf"\phi(0) = {sp.latex(phi.subs(u, 0))},\ \phi'(0) = {sp.latex(slope)}", "SymPy"),
        Step("twice continuously differentiable", rf"\phi''(u) = {sp.latex(sp.factor(second))}", "SymPy"),
        Step("E φ(tZ)², by definition", sp.latex(mean), "definition"),
        Step(
            "growth against the Gaussian density",
            rf"\max_{{\pm}} \lim_{{u \to \pm\infty}} \log|\phi(u)|/u^2 = {sp.latex(growth)}", "SymPy",
        ),
    )  # fmt: skip
    return Evidence(
        Kind.SYMBOLIC, outcome, "equal weights, d = 1, every n, h, ξ, η and T ≥ 1",
        f"φ(u) = {sp.sstr(phi)} {'meets' if allowed else 'does not meet'} the theorem's hypotheses; E φ(tZ)² {says}.",
        {"hypotheses met": float(allowed), "risk infinite": float(infinite)},
        f"φ(u) = {sp.sstr(phi)}, a = (1, ..., 1), d = 1: infinite risk at every θ ≠ 0" if infinite else None, steps,
    )  # fmt: skip


def enclose_risks(candidate: Candidate, budget: Budget) -> Evidence:
    """The risk of networks trained on the literal schedule, without attack: bounded from below, or enclosed.

    φ = u exp(u⁴) increases, so that in d = 1 either attack, which follows the sign of (f - y) f', only raises the loss.
    """
    sizes = SIZES if budget.name == "full" else SIZES[:QUICK]
    trained = [(n, h, train(candidate, n, h, budget.seed)) for n, h in sizes]
    variance = arb(POPULATION.total_std) ** 2
    with ctx.workprec(certified.PRECISION):
        below = [least_risk(candidate, h, vector) for _, h, vector in trained]
        explode = all(bound > HUGE * variance for bound in below)
        above = [risk(candidate, h, vector) for _, h, vector in trained] if candidate.has_envelope else []
        finite = bool(above) and all(ball < variance for ball in above)
    outcome = Outcome.FAILS if explode else Outcome.HOLDS if finite else Outcome.INCONCLUSIVE
    n, h, vector = trained[-1]
    logs = [_log10(bound) for bound in below]
    where = f"n = {n}, h = {h:g}, every θ_j = {vector!r}"
    text = f"nothing is decided at {where}"
    if explode or finite:
        text = f"it is above 10^({logs[-1]:.4g}) at {where}" if explode else f"it is {above[-1].str(6)} at {where}"
    return Evidence(
        Kind.CERTIFIED, outcome,
        f"d = 1, Σ = 1, θ₀ = 1, σ = 1/2, ε = 1/2, L = 4, the literal ξ, η, T; {len(sizes)} sizes from θ(0) = 0",
        f"The risk of trained networks, attacked or not, is at least that without attack; {text}.",
        {"networks": float(len(sizes)), "log10 of the largest lower bound": max(logs)},
        text if explode else None, charts=(_chart(candidate, h, vector),) if explode else (),
    )  # fmt: skip


@lru_cache(maxsize=64)
def train(candidate: Candidate, n: int, width: int, seed: int) -> float:
    """The common vector of all neurons after T steps of Algorithm 1 on a data set of n pairs."""
    X, y = POPULATION.sample(n, np.random.default_rng(seed))
    reduction, activation = collapse([1.0], [width]), candidate.activation
    schedule = network_schedule(POPULATION.total_std, n, 1, SMOOTHNESS, width=width, mean_square=reduction.mean_square)
    trained = network_training(
        X, y, reduction, activation, RADIUS, schedule.smoothing, step_size=schedule.step_size, steps=schedule.steps
    )
    return float(trained.vectors[0, 0, 0])


def least_risk(candidate: Candidate, width: int, vector: float) -> Ball:
    """A lower bound of E (f(z) - θ₀z)², from 2^-60 of the line next to z = 2/u²."""
    start = 2 / arb(vector) ** 2
    interval = start.union(start + NARROW)
    value = _error_square(candidate, width, vector)(acb(interval)).real * NARROW
    return value.lower() if value.is_finite() else arb(0)


def risk(candidate: Candidate, width: int, vector: float) -> Ball:
    """E (f(z) - y)², the tail beyond 20 bounded by the envelope: 2 E (f² + θ₀²z²) there."""
    largest, rate = (encloser(term)({}) for term in candidate.envelope or ())
    density = _error_square(candidate, width, vector)
    body = acb.integral(lambda x, analytic: density(x), -certified.CUTOFF, certified.CUTOFF).real
    if not 2 * rate * arb(vector) ** 2 <= LARGEST_EXPONENT:
        return arb("nan")
    cutoff = arb(certified.CUTOFF)
    square = (2 * cutoff + 4 / cutoff) * (-(cutoff**2) / 4).exp() * 2 / (2 * arb.pi()).sqrt()
    tail = 2 * (width * (largest * arb(vector)) ** 2 + 1) * square
    return body + arb(POPULATION.noise_std) ** 2 + arb(0).union(tail)


def _error_square(candidate: Candidate, width: int, vector: float) -> Any:
    """(√h φ(uz) - θ₀z)² times the standard normal density."""
    phi = encloser(candidate.expression)
    scale, inner = arb(width).sqrt(), arb(vector)
    return lambda x: (scale * phi({u: inner * x}) - x) ** 2 * (-(x * x) / 2).exp() / (2 * arb.pi()).sqrt()


def _log10(bound: Ball) -> float:
    return float((bound.log() / arb(10).log()).mid()) if bound > 0 else -np.inf


def _chart(candidate: Candidate, width: int, vector: float) -> Chart:
    """The logarithm of the integrand (f(x) - θ₀x)² φ(x), of the network and of the zero function, up to x = 1/u²."""
    places = tuple(i / 40 for i in range(1, 41))

    def log_integrand(of: Candidate, share: float) -> Ball:
        return _error_square(of, width, vector)(share / arb(vector) ** 2).log() / arb(10).log()

    return Chart(
        f"What x adds to the risk of a trained network grows without bound: h = {width:g}, u = {vector:.4g}",
        "x u²",
        "log10 of the integrand of the risk",
        (
            certified_line.curve("trained network", lambda x: log_integrand(candidate, x), places),
            certified_line.curve("f = 0, of finite risk", lambda x: log_integrand(Candidate(sp.S.Zero), x), places),
            certified_line.counterexample(lambda x: log_integrand(candidate, x), places[-1]),
        ),
    )


FORMULA = Candidate(u * sp.exp(u**4))

CLAIM = Claim(
    id="xing2021.smooth_network_reaches_linear_optimum",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 3"),
    formula=FORMULA,
    checks=(Check("derivation", Kind.SYMBOLIC, derive), Check("enclosure", Kind.CERTIFIED, enclose_risks)),
    mutants=(
        Mutant("sign_of_the_exponent", Candidate(u * sp.exp(-(u**4)), (sp.S.One, sp.S.Zero))),
        Mutant("quadratic_exponent", Candidate(u * sp.exp(u**2), (sp.S.One, sp.S.One))),
        Mutant("exponential", Candidate(u * sp.exp(u), (sp.E, sp.Rational(1, 4)))),
        Mutant("saturating", Candidate(u / sp.sqrt(1 + u**2), (sp.S.One, sp.S.Zero))),
    ),
    erratum=ERRATUM,
)
