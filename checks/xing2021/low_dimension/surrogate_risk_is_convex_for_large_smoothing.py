r"""For $\Sigma = \lambda I$ with $\lambda > 0$, in every dimension and for every $\theta_0$, $\sigma \geq 0$ and
$\epsilon > 0$, $R_{L, \xi}(\theta, \epsilon)$ is convex in $\theta$ whenever $\xi \geq \frac{9}{4} \epsilon v^2 /
\lambda$; the constant cannot be lowered to $2.19$. (The paper has none; this corrects "convex everywhere".)
"""

from functools import lru_cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled, subdivision
from checks.evidence.sampled import EPS
from checks.formula import Formula, Undefined
from checks.problem import Problem
from checks.result import WHOLE_DOMAIN, Chart, Evidence, Grid, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import convexity_matrix as matrix
from checks.xing2021.low_dimension.smoothed_attack import SHARE, Line, curvature, enclose_on_line, midpoint_gap
from checks.xing2021.low_dimension.surrogate_risk_is_convex import hessian_scale
from theory import notation as sym
from theory.derivations.derivation import decide
from theory.population import LinearGaussian
from theory.surrogate import SURROGATE_RISK, surrogate_risk_hessian

eps, v, variance = sym.radius, sym.total_std, sym.eigenvalue

BOUND = Formula(sp.Rational(9, 4) * eps * v**2 / variance, r"\xi_{\text{convex}}")
TOO_SMALL = sp.Rational(219, 100)
PROBES = tuple((1024.0, std, root) for std in (1.0, 4.0, 0.25) for root in (1.0, 0.25, 4.0))
"""ε, v and √λ where the constant is tightest: strong attacks, no noise."""

TOLERANCE = 256 * EPS  # a Hessian is a sum of about ten products of up to six factors, then an eigenvalue


def certify(bound: Formula, budget: Budget) -> Evidence:
    """Look for a violation at the bound; failing that, prove the quadratic form positive by subdivision."""
    violation = _violation(bound.expression)
    if violation is not None:
        return _evidence(Outcome.FAILS, "one line", f"At the bound R is certainly not convex: {violation}.", violation)
    constant = sp.simplify(bound.expression * variance / (eps * v**2))
    if not (constant.is_Rational and constant >= sp.Rational(9, 4)):
        return _evidence(Outcome.INCONCLUSIVE, "no part", "The bound is not a multiple of εv²/λ by 9/4 or more.")
    steps, found, sharp = _steps(), _subdivide(constant), _violation(TOO_SMALL * eps * v**2 / variance)
    proved = found.positive and sharp is not None and all(step.basis == "SymPy" for step in steps)
    summary = (
        "The second derivative along any line is an average of quadratic forms that grow with ξ; at ξ = "
        f"{constant} εv²/λ "
        f"their trace and determinant are positive on all {found.boxes} boxes of a subdivision of their domain, "
        "which is "
        "bounded, as farther out the form is positive term by term. Noise is one more dimension without noise. "
        f"At 2.19 εv²/λ convexity certainly fails: {sharp}."
    )
    outcome, scope = (Outcome.HOLDS, WHOLE_DOMAIN) if proved else (Outcome.INCONCLUSIVE, "part of the domain")
    return _evidence(outcome, scope, summary, steps=steps, boxes=found.boxes, charts=(phase_diagram(),))


def _evidence(
    outcome: Outcome,
    scope: str,
    summary: str,
    counterexample: str | None = None,
    steps: tuple[Step, ...] = (),
    boxes: int = 0,
    charts: tuple[Chart, ...] = (),
) -> Evidence:
    numbers = {"boxes": float(boxes)} if boxes else {}
    return Evidence(Kind.CERTIFIED, outcome, scope, summary, numbers, counterexample, steps, charts)


@lru_cache(maxsize=16)
def _violation(bound: sp.Expr) -> str | None:
    for radius, std, root in PROBES:
        values = {eps: sp.Rational(radius), v: sp.Rational(std), variance: sp.Rational(root) ** 2}
        # √λθ, ε/√λ and √λξ in the place of θ, ε and ξ give the same risk with Σ = 1.
        smoothing = float(bound.subs(values)) * root
        line, centre, step = Line(std, 0.0, radius / root, smoothing), 0.5625 * std, std / 64
        gap = midpoint_gap(SHARE, line, centre, step)
        if gap < 0:
            return f"{line}, R(θ - h) + R(θ + h) - 2 R(θ) = {gap.str(5)} at θ = {centre}, h = {step}"
    return None


@lru_cache(maxsize=1)
def _steps() -> tuple[Step, ...]:
    return tuple(
        Step(
            step.name,
            f"{sp.latex(step.left)} = {sp.latex(step.right)}",
            "SymPy" if decide(step) == "decided" else "open",
        )
        for step in matrix.steps()
    )


@lru_cache(maxsize=4)
def _subdivide(constant: sp.Rational) -> subdivision.Subdivision:
    box = {matrix.p: (1.0, float(matrix.FAR)), matrix.g: (-1.0, 1.0), matrix.rho: (0.0, 1.0)}
    return subdivision.all_positive(matrix.conditions(constant), box)


def strong_attack(bound: Formula, budget: Budget) -> Evidence:
    """As ε grows at ξ = c εv², R tends to S (1 + 2N/(cv²))²: is that convex between 0 and θ₀, and on their whole
    line?
    """
    x = sp.Symbol("x", real=True)
    limits = {
        std: sp.limit(bound.expression.subs({v: std, variance: 1}) / (eps * std**2), eps, sp.oo) for std in (1, 4)
    }
    roots = {
        std: _roots(sp.nsimplify(c), x) if c.is_positive and c.is_finite else int(c == 0) for std, c in limits.items()
    }
    broken = [std for std, number in roots.items() if number]
    worst = f"v = {broken[0]}, ξ/(εv²) -> {limits[broken[0]]}" if broken else None
    summary = (
        f"For large ε the second derivative along θ₀ without noise is a polynomial in θ; it changes sign at {worst}."
        if broken
        else "For large ε the second derivative along θ₀ without noise is a polynomial in θ without a real root."
    )
    outcome = Outcome.FAILS if broken else Outcome.HOLDS
    numbers = {"real roots": float(sum(roots.values()))}
    return Evidence(
        Kind.SYMBOLIC, outcome, "the limit of strong attacks, σ = 0, the line of θ₀", summary, numbers, worst
    )


def _roots(constant: sp.Expr, x: sp.Symbol) -> int:
    return int(sp.Poly(matrix.on_the_axis(x).subs(matrix.c, constant), x).count_roots())


def spectrum_gap(bound: Formula, case: tuple[LinearGaussian, np.ndarray, float, float]) -> float:
    """Minus the smallest eigenvalue of the production Hessian at `factor` times the bound, relative to its terms."""
    population, theta, radius, factor = case
    scale = float(population.covariance[0, 0])
    values = {eps: radius, v: population.total_std, variance: scale}
    smoothing = factor * float(bound.enclose(values).mid())
    problem = Problem(population, theta, radius, smoothing)
    if not (theta.any() and population.residual_std(theta) > 0):
        raise Undefined
    hessian = surrogate_risk_hessian(theta, population, radius, smoothing)
    return float(-np.linalg.eigvalsh(hessian)[0] / hessian_scale(problem))


@st.composite
def settings(draw: domains.Draw) -> tuple[LinearGaussian, np.ndarray, float, float]:
    """Σ = λI, d up to 3, with and without noise, ε up to 1024, θ on the ray of θ₀ or beside it, 1 to 1000 times the
    bound.
    """
    d = draw(st.integers(1, 3))
    truth = draw(domains.nonzero_vectors(d))
    noise = draw(st.one_of(st.just(0.0), domains.numbers(0.001, 2.0)))
    population = LinearGaussian(truth, draw(st.sampled_from([0.0625, 1.0, 4.0])) * np.eye(d), noise)
    place = draw(st.one_of(domains.numbers(1e-3, 4.0), domains.numbers(0.5, 0.625))) * truth
    beside = draw(st.one_of(st.just(np.zeros(d)), domains.vectors(d)))
    radius = draw(st.one_of(domains.radii(0.125), st.sampled_from([32.0, 1024.0])))
    return population, place + beside, radius, draw(st.sampled_from([1.0, 1.0625, 1000.0]))


@lru_cache(maxsize=1)
def phase_diagram() -> Chart:
    """Where R is convex for every d, θ₀ and σ with Σ = I and v = 1, and where it certainly is not for σ = 0."""
    radii, smoothings = np.geomspace(0.05, 20, 12), np.geomspace(0.001, 50, 14)
    cells = tuple(tuple(_cell(float(radius), float(xi)) for radius in radii) for xi in smoothings)
    return Chart(
        title="Where the surrogate risk is convex (Σ = I)",
        x_label="radius ε",
        y_label="smoothing ξ/v²",
        grid=Grid(
            tuple(radii.tolist()),
            tuple(smoothings.tolist()),
            cells,
            ("convex for every σ (certified)", "not convex at σ = 0 (certified)", "undecided"),
        ),
        x_log=True,
        y_log=True,
    )


def _cell(radius: float, smoothing: float) -> float:
    if smoothing >= 2.25 * radius * (1 + 4 * EPS):
        return 0.0
    line = Line(1.0, 0.0, radius, smoothing)
    places = np.r_[np.geomspace(0.1 * smoothing, 0.1, 12) if smoothing < 1 else 0.1, np.linspace(0.15, 0.99, 29)]
    hessians = surrogate_risk_hessian(places[:, None], line.problem(1.0).population, radius, smoothing)
    worst = int(np.argmin(hessians))
    if hessians[worst, 0, 0] < 0 and enclose_on_line(curvature(SURROGATE_RISK), line, float(places[worst])) < 0:
        return 1.0
    return 2.0


CLAIM = Claim(
    id="xing2021.surrogate_risk_is_convex_for_large_smoothing",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    formula=BOUND,
    checks=(
        Check("subdivision", Kind.CERTIFIED, certify),
        Check("strong_attack_limit", Kind.SYMBOLIC, strong_attack),
        sampled.search(
            "hessian_spectrum",
            settings(),
            spectrum_gap,
            TOLERANCE,
            "At and above the bound the smallest eigenvalue of the Hessian is not negative",
            scope="Σ = λI, d = 1 to 3",
        ),
    ),
    mutants=(
        Mutant("five_percent_less", BOUND.mutate(BOUND.expression * sp.Rational(19, 20))),
        Mutant("root_of_the_radius", BOUND.mutate(sp.Rational(9, 4) * sp.sqrt(eps) * v**2 / variance)),
        Mutant("total_std_not_squared", BOUND.mutate(sp.Rational(9, 4) * eps * v / variance)),
        Mutant("variance_of_x_forgotten", BOUND.mutate(sp.Rational(9, 4) * eps * v**2)),
    ),
    uses=("xing2021.surrogate_risk_has_closed_form",),
    amends="xing2021.surrogate_risk_is_convex",
)
