"""A problem with a direction: derivatives along a line determine gradient and Hessian in every dimension."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains, exact_risk
from checks.claim import Check
from checks.enclosure import Ball, encloser
from checks.evidence.sampled import EPS, search
from checks.formula import Formula
from checks.problem import Problem
from theory import notation as sym
from theory.surrogate import SURROGATE_RISK
from theory.validation import FloatArray

SCOPE = "d up to 4, noise at least 0.05, ‖θ‖ down to 1e-8, condition number of Σ up to about 1e4"
TOLERANCE = 64 * EPS
"""Some dozen rounded operations; the gap divides by the condition number of Σ, which acts on s and Σ(θ - θ₀)."""


@dataclass(frozen=True, eq=False)
class Probe(Problem):
    """A problem and a direction u in the space of its coefficients."""

    direction: FloatArray = field(default_factory=lambda: np.ones(1))

    @cached_property
    def scalars(self) -> dict[sp.Symbol, float]:
        """The problem's scalars, ‖u‖, ‖u‖_Σ, and the products of u with θ (or its signs) and Σ(θ - θ₀)."""
        u, theta, sigma = self.direction, self.coefficients, self.population.covariance
        along = np.sign(theta) if np.isinf(self.norm) else theta
        return super().scalars | {
            sym.direction_size: float(np.sqrt(u @ u)),
            sym.direction_std: float(np.sqrt(max(float(u @ sigma @ u), 0.0))),
            sym.direction_product: float(u @ along),
            sym.direction_error: float(u @ sigma @ (theta - self.population.true_coefficients)),
        }

    def __str__(self) -> str:
        """The case with every digit."""
        return f"{super().__str__()}, direction={self.direction.tolist()}"


def probes(
    norm: float = 2, smoothing: st.SearchStrategy[float] | None = None, tiny: float = 1e-7
) -> st.SearchStrategy[Probe]:
    """Noisy populations, coefficients without a zero (linf) or not all zero, some `tiny`, and a direction."""

    @st.composite
    def draw_probe(draw: domains.Draw) -> Probe:
        population = draw(domains.noisy_populations(4))
        entries = st.lists(st.one_of(domains.numbers(0.1, 4), domains.numbers(-4, -0.1)), min_size=population.d)
        whole = entries.map(lambda values: np.array(values[: population.d]))
        theta = draw(whole if np.isinf(norm) else domains.nonzero_vectors(population.d))
        size = draw(st.sampled_from([1.0, tiny]))
        return Probe(
            population=population,
            coefficients=size * theta,
            radius=draw(domains.radii()),
            smoothing=draw(smoothing) if smoothing is not None else 0.0,
            norm=norm,
            direction=draw(domains.nonzero_vectors(population.d)),
        )

    return draw_probe()


def on_line(risk: Callable[[Probe, list[Ball]], Ball], case: Probe, order: int) -> float:
    """The derivative of a risk along the direction, by a central difference over 2^-200 in 1024-bit ball arithmetic."""
    with ctx.workprec(exact_risk.PRECISION):
        step = exact_risk.STEP
        theta, u = exact_risk.balls(case.coefficients), exact_risk.balls(case.direction)
        ahead, here, back = (
            risk(case, [x + t * y for x, y in zip(theta, u, strict=True)]) for t in (step, arb(0), -step)
        )
        quotient = (ahead - back) / (2 * step) if order == 1 else (ahead - 2 * here + back) / step**2
        return float(quotient.mid())


def surrogate(case: Probe, theta: list[Ball]) -> Ball:
    """The surrogate risk of θ from its closed form, in ball arithmetic; s² at θ = 0, where the attack vanishes."""
    s, n = exact_risk.residual_std(case, theta), exact_risk.dual_norm(theta, 2)
    if n.is_zero():
        return s * s
    values = {
        sym.residual_std: s,
        sym.coefficient_norm: n,
        sym.radius: arb(case.radius),
        sym.smoothing: arb(case.smoothing),
    }
    return encloser(SURROGATE_RISK)(values)


def gap(order: int, risk: Callable[[Probe, list[Ball]], Ball]) -> Callable[[Formula, Probe], float]:
    """How far a formula is from the derivative of `risk` of that order, relative to the terms it is a sum of."""

    def measure(formula: Formula, case: Probe) -> float:
        found = formula(case)
        return abs(found - on_line(risk, case, order)) / _scale(case, order)

    return measure


def differences(
    order: int,
    risk: Callable[[Probe, list[Ball]], Ball] = exact_risk.risk,
    cases: st.SearchStrategy[Probe] | None = None,
    scope: str = SCOPE,
) -> Check[Formula]:
    """A check that a formula is the derivative of `risk` of that order along every generated line."""
    name = "Central" if order == 1 else "Second"
    claim = f"{name} differences of the risk in 1024-bit arithmetic"
    return search("differences", cases if cases is not None else probes(), gap(order, risk), TOLERANCE, claim, scope)


def _scale(case: Probe, order: int) -> float:
    values = case.scalars
    s, p = values[sym.residual_std], values[sym.direction_size]
    linf = np.isinf(case.norm)
    n = values[sym.coefficient_norm_1 if linf else sym.coefficient_norm]
    reach = np.sqrt(case.population.d) * p if linf else p  # bounds the change of the dual norm along the direction
    eigenvalues = np.linalg.eigvalsh(case.population.covariance)
    spread = np.sqrt(eigenvalues[-1]) * p
    condition = eigenvalues[-1] / eigenvalues[0]
    push = case.radius * reach
    if order == 1:
        return float(condition * 2 * (s + case.radius * n) * (spread + push))
    return float(condition * 2 * (spread + push) ** 2 * (1 + case.radius * n / s + case.radius * s / n))
