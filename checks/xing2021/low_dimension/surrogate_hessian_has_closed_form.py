r"""The paper states no Hessian of the surrogate loss. Where $\theta \neq 0$ and $s > 0$ its quadratic form
at a direction $u$ is the second derivative of the closed form along the line $\theta + t u$, on which
$s^2(t) = s^2 + 2 t b_u + t^2 \|u\|_\Sigma^2$ and $n^2(t) = n^2 + 2 t a_u + t^2 \|u\|^2$.
"""

from collections.abc import Callable

import numpy as np
import sympy as sp

from checks import domains, oracles, probe
from checks.claim import Claim, Mutant, Reference
from checks.evidence import montecarlo
from checks.formula import Formula
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.surrogate import SURROGATE_RISK, surrogate_risk_hessian

s, n, eps, xi = sym.residual_std, sym.coefficient_norm, sym.radius, sym.smoothing
a, b, p, q, t = (
    sym.direction_product,
    sym.direction_error,
    sym.direction_size,
    sym.direction_std,
    sym.line_parameter,
)


ZERO = sp.S.Zero
SPEEDS = (b / s, a / n)
BENDS = ((q**2 - (b / s) ** 2) / s, (p**2 - (a / n) ** 2) / n)
SLOPES = tuple(SURROGATE_RISK.diff(size) for size in (s, n))
CURVATURES = (SLOPES[0].diff(s), SLOPES[0].diff(n), SLOPES[1].diff(n))


def along_line(speeds: tuple[sp.Expr, sp.Expr], bends: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    """The second derivative at t = 0 of the closed form, from the first and second derivatives of s(t) and n(t)."""
    (first, second), (in_s2, mixed, in_n2) = speeds, CURVATURES
    linear = sum(slope * bend for slope, bend in zip(SLOPES, bends, strict=True))
    return linear + in_s2 * first**2 + 2 * mixed * first * second + in_n2 * second**2


FORMULA = Formula(
    along_line(SPEEDS, BENDS),
    r"u^\top \nabla^2 R_{L, \xi}(\theta, \epsilon) \, u",
    lambda case: (
        case.direction
        @ surrogate_risk_hessian(case.coefficients, case.population, case.radius, case.smoothing)
        @ case.direction
    ),
)


def pathwise_bend() -> Callable[..., montecarlo.Draws]:
    """Second derivative of one pair's loss under the smoothed attack, of (e, uᵀx, n, a_u, ‖u‖, ε, ξ)."""
    moving, size = sym.residual + t * sym.direction_value, sp.sqrt(n**2 + 2 * t * a + t**2 * p**2)
    slope = 2 * moving * size  # with its sign: the attack is odd in the residual
    loss = (moving + slope / sp.sqrt(slope**2 + xi**2) * eps * size) ** 2
    arguments = (sym.residual, sym.direction_value, n, a, p, eps, xi)
    bend: Callable[..., montecarlo.Draws] = sp.lambdify(arguments, loss.diff(t, 2).subs(t, 0), "numpy")
    return bend


BEND = pathwise_bend()


def pathwise(case: probe.Probe, count: int, rng: np.random.Generator) -> montecarlo.Draws:
    """Second derivatives of the losses of drawn pairs; their mean is that of the risk, as the loss is smooth in θ."""
    X, y = case.population.sample(count, rng)
    values = case.scalars
    return BEND(X @ case.coefficients - y, X @ case.direction, *(values[symbol] for symbol in (n, a, p, eps, xi)))


SMOOTHING = 4.0  # of the order of the loss: for less, single pairs with a small residual dominate the mean
CONFIGURATIONS = tuple(
    probe.Probe(c.population, c.coefficients, c.radius, SMOOTHING, direction=u)
    for c, u in zip(
        oracles.CONFIGURATIONS,
        (np.ones(10), np.array([1.0, 1.0]), np.array([0.0, 1.0, -1.0]), np.ones(1)),
        strict=True,
    )
)

CLAIM = Claim(
    id="xing2021.surrogate_hessian_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=FORMULA,
    checks=(
        probe.differences(
            2,
            probe.surrogate,
            probe.probes(smoothing=domains.smoothings(1e-6, 1e6)),
            f"{probe.SCOPE}, ξ from 1e-6 to 1e6",
        ),
        montecarlo.means(
            "simulation",
            CONFIGURATIONS,
            pathwise,
            lambda f, case: f(case),
            0.2,
            "Differentiating each drawn pair's loss twice",
            scope="four populations, d = 1 to 10",
        ),
    ),
    mutants=(
        Mutant("norm_kept_fixed", FORMULA.mutate(along_line((SPEEDS[0], ZERO), (BENDS[0], ZERO)))),
        Mutant("error_kept_fixed", FORMULA.mutate(along_line((ZERO, SPEEDS[1]), (ZERO, BENDS[1])))),
        Mutant("lines_without_curvature", FORMULA.mutate(along_line(SPEEDS, (ZERO, ZERO)))),
        Mutant("twenty_percent_off", FORMULA.mutate(FORMULA.expression * 6 / 5)),
        Mutant("one_percent_off", FORMULA.mutate(FORMULA.expression * 101 / 100)),
    ),
    uses=("xing2021.surrogate_risk_has_closed_form",),
)
