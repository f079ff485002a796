r"""For every $\epsilon > 0$ and $v > 0$, $R_{L, \xi}(\theta, \epsilon)$ is not convex for all small enough $\xi > 0$.
Along a ray $\theta = n u$ with $n = t \xi / (2 v)$ its second derivative is $(4 \epsilon v^2 / \xi) \psi''(t) +
O(1)$ as $\xi \to 0$, where $\psi(t) = t M(1/t) = \mathrm{E}\, f(Z t)$ with $f(y) = y^2 / \sqrt{1 + y^2}$ and $Z$
standard normal, and $\psi''$ is positive below $t_0 = 2.1189889...$ and negative everywhere above it. (The paper
has none; this says that "convex everywhere" is not saved by letting $\xi$ go to 0.)
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from flint import acb
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose, encloser, to_ball
from checks.evidence import certified, sampled
from checks.result import WHOLE_DOMAIN, Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations.derivation import Step as Equality
from theory.derivations.derivation import decide
from theory.population import LinearGaussian
from theory.surrogate import CROSS_MOMENT, surrogate_risk_hessian

y, t, rate = sp.symbols("y t lambda", positive=True)
eps, v, xi, slope, stretch = sym.radius, sym.total_std, sym.smoothing, sym.direction_signal, sym.direction_std

CLOSED_FORM = sp.diff(t * CROSS_MOMENT.subs(sym.shape, 1 / t), t, 2)
RESOLVED = 1e-6  # |ψ''| exceeds it for t up to 20, two percent and more away from t₀
NEGLIGIBLE = 1e-9  # of the leading term: what the bounded rest of the second derivative may be


@dataclass(frozen=True)
class Crossing:
    """Where ψ'' changes sign: an interval of width 1e-7, and the function f with ψ(t) = E f(Zt)."""

    low: float = 2.1189889
    high: float = 2.118989
    kernel: sp.Expr = y**2 / sp.sqrt(1 + y**2)

    def scale(self, factor: float) -> "Crossing":
        """The crossing at a multiple of the place."""
        return Crossing(factor * self.low, factor * self.high, self.kernel)


def certify(crossing: Crossing, budget: Budget) -> Evidence:
    """Enclose ψ'' at both ends of the interval, from the definition and from the published moment."""
    before, after = (_bend(crossing.kernel, at) for at in (crossing.low, crossing.high))
    published = crossing.kernel == Crossing().kernel
    same = not published or all(
        _bend(crossing.kernel, at).overlaps(enclose(CLOSED_FORM, {t: at})) for at in (crossing.low, crossing.high, 3.25)
    )
    wrong = before < 0 or after > 0 or (before.is_zero() and after.is_zero()) or not same
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS if before > 0 and after < 0 else Outcome.INCONCLUSIVE
    text = f"ψ''({crossing.low}) = {before.str(5)} and ψ''({crossing.high}) = {after.str(5)}"
    return Evidence(
        Kind.CERTIFIED,
        outcome,
        "both ends of an interval of width 1e-7 around t₀",
        f"Enclosed by quadrature, and equal to the published moment's: {text}.",
        {"before": float(before), "after": float(after)},
        text if wrong else None,
        charts=(_chart(),) if outcome is Outcome.HOLDS else (),
    )


@lru_cache(maxsize=64)
def _bend(kernel: sp.Expr, at: float) -> Ball:
    # |z² f''(zt)| <= 2 z² for every kernel here, so that adding 2 z² leaves an integrand between 0 and (2z)².
    bend = encloser(sp.simplify(sp.diff(kernel, y, 2)))

    def integrand(z: Ball, analytic: bool) -> Ball:
        if analytic and not (1 + (z * to_ball(at)) ** 2).real > 0:
            return acb("nan")
        return z * z * (bend({y: z * to_ball(at)}) + 2)

    return certified.half_gaussian_mean(integrand, growth=(0.0, 2.0)) - 2


def prove(crossing: Crossing, budget: Budget) -> Evidence:
    """One sign change at most, and the leading term of the second derivative, each an identity that SymPy decides."""
    bend = sp.simplify(sp.diff(crossing.kernel, y, 2))
    if sp.simplify(bend).is_nonnegative:
        text = f"f'' = {bend} is never negative, so ψ'' is negative nowhere."
        return Evidence(Kind.SYMBOLIC, Outcome.FAILS, WHOLE_DOMAIN, text, {}, text)
    steps = _steps(crossing.kernel)
    decided = all(step.basis == "SymPy" for step in steps)
    summary = (
        "With λ = 1/(2t²), exp(2λ) ∫ y² f''(y) exp(-λy²) dy increases with λ, its derivative being the integral "
        "of a nonnegative function: "
        "ψ'' changes sign at most once, from + to - as t grows; ξ times the second derivative along a ray tends "
        "to 4εv² ψ''(t)."
    )
    outcome = Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
    scope = "at most one sign change, every ε, v and direction"
    return Evidence(Kind.SYMBOLIC, outcome, scope, summary, {"steps": float(len(steps))}, None, steps)


@lru_cache(maxsize=8)
def _steps(kernel: sp.Expr) -> tuple[Step, ...]:
    bend, g, x = sp.simplify(sp.diff(kernel, y, 2)), sym.standard_residual, sp.Symbol("z", positive=True)
    weighted = y**2 * bend * sp.exp(rate * (2 - y**2))
    variance = v**2 - t * xi * slope / v + (t * xi * stretch / (2 * v)) ** 2
    size = t * xi / (2 * v)
    loss = x**2 * variance * (1 + 2 * eps * size**2 / sp.sqrt(4 * x**2 * variance * size**2 + xi**2)) ** 2
    smooth = x**2 * variance * (1 + eps * t**2 * xi / (2 * v**2) / sp.sqrt(x**2 * variance * t**2 / v**2 + 1)) ** 2
    curvature = 4 * v**2 * sp.diff(sp.diff(smooth, xi).subs(xi, 0), t, 2)
    leading = 4 * eps * v**2 * x**2 * bend.subs(y, x * t)
    equalities = (
        Equality("ψ'' is an average of z² f''(zt)", sp.diff(kernel.subs(y, g * t), t, 2), g**2 * bend.subs(y, g * t)),
        Equality(
            "derivative in λ of the integrand, not negative",
            sp.diff(weighted, rate),
            y**2 * (y**2 - 2) ** 2 / (1 + y**2) ** sp.Rational(5, 2) * sp.exp(rate * (2 - y**2)),
        ),
        Equality("the loss at n = tξ/(2v) is smooth in ξ, also at 0", loss, smooth),
        Equality(
            "the loss at ξ = 0 does not depend on t",
            sp.Subs(sp.diff(smooth, t), xi, 0),
            sp.S.Zero,
            lambda value: value.doit(),
        ),
        Equality("so ξ times its second derivative along a ray tends to", curvature, leading),
    )
    return tuple(
        Step(e.name, f"{sp.latex(e.left)} = {sp.latex(e.right)}", "SymPy" if decide(e) == "decided" else "open")
        for e in equalities
    )


@st.composite
def rays(draw: domains.Draw) -> tuple[LinearGaussian, np.ndarray, float, float, float]:
    """A population, a unit direction, a radius, a small enough smoothing and t over its crossing, outside of 1 ±
    0.02.
    """
    population = draw(domains.regular_populations())
    direction = draw(domains.nonzero_vectors(population.d))
    unit, radius = direction / np.linalg.norm(direction), draw(domains.radii(0.01))
    spread = np.sqrt(np.linalg.eigvalsh(population.covariance)[-1]) + radius
    small = draw(st.sampled_from([1.0, 1e-3]))
    smoothing = small * NEGLIGIBLE * radius * population.total_std**2 / spread**2
    ratio = draw(st.one_of(domains.numbers(0.05, 0.98), domains.numbers(1.02, 8.0), st.sampled_from([0.98, 1.02])))
    return population, unit, radius, smoothing, ratio


def curvature_gap(crossing: Crossing, case: tuple[LinearGaussian, np.ndarray, float, float, float]) -> float:
    """The production Hessian along the ray over 4εv²/ξ, with the sign that the statement forbids."""
    population, unit, radius, smoothing, ratio = case
    std = population.total_std
    theta = ratio * crossing.low * smoothing / (2 * std) * unit
    bend = unit @ surrogate_risk_hessian(theta, population, radius, smoothing) @ unit
    scaled = float(bend * smoothing / (4 * radius * std**2))
    return scaled + RESOLVED if ratio > 1 else RESOLVED - scaled


def _chart() -> Chart:
    x = np.linspace(0.5, 10, 77)
    values = tuple(float(enclose(CLOSED_FORM, {t: float(at)})) for at in x)
    return Chart(
        title="Curvature along a ray near the origin, over 4εv²/ξ",
        x_label="t = 2 v ‖θ‖ / ξ",
        y_label="ψ''(t)",
        series=(
            Series("ψ''", tuple(x.tolist()), values),
            Series("t₀", (Crossing().low,), (0.0,), points=True),
        ),
    )


CLAIM = Claim(
    id="xing2021.small_smoothing_loses_convexity",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=Crossing(),
    checks=(
        Check("crossing", Kind.CERTIFIED, certify),
        Check("one_sign_change", Kind.SYMBOLIC, prove),
        sampled.search(
            "curvature_along_rays",
            rays(),
            curvature_gap,
            0.0,
            f"For tiny ξ the Hessian along a ray, over 4εv²/ξ, is below -{RESOLVED} beyond t₀ and above {RESOLVED} "
            "before",
            scope="t from 0.1 to 17, invertible covariances, d up to 5",
        ),
    ),
    mutants=(
        Mutant("crossing_five_percent_early", Crossing().scale(0.95)),
        Mutant("crossing_five_percent_late", Crossing().scale(1.05)),
        Mutant("no_smoothing", Crossing(kernel=y)),
        Mutant("smoothing_added_outside_the_root", Crossing(kernel=y**2 / (1 + y))),
    ),
    uses=("xing2021.surrogate_risk_has_closed_form",),
)
