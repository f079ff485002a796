r"""As a result, it is necessary to require that $\xi = o(1/d)$ to avoid overshrinkage of the $\mathcal{L}_\infty$
attack. However, as discussed in previous sections, a smaller $\xi$ requires smaller learning rate and more training
iterations, thus training under $\mathcal{L}_\infty$ attack is more difficult.
"""

from dataclasses import dataclass
from functools import cache, lru_cache, partial

import numpy as np
import sympy as sp

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled, symbolic
from checks.problem import Problem
from checks.result import Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from checks.xing2021.linf import stable_steps
from models.linear.population import ExpectedUpdate
from models.linear.training import adversarial_training
from theory import notation as sym
from theory.derivations.derivation import Derivation, Link, derive
from theory.derivations.risk import evaluating, expectation
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.surrogate import surrogate_risk_hessian
from theory.validation import FloatArray

eps, xi, v, top = sym.radius, sym.smoothing, sym.total_std, sym.eigenvalue
d, tau, t = sp.symbols("d tau t", positive=True)  # dimension; ξ under l2 and dξ under linf; distance from 0
strength = sp.Symbol("epsilon", positive=True)  # a radius other than 0
LINE = sp.symbols("p q", positive=True)  # a direction in two dimensions
STD = 2.0  # v of the trained examples
NOISE = 0.5
WAYS = tuple((norm, size, 2.0**-k) for norm, size in ((2.0, 4), (np.inf, 4), (np.inf, 16)) for k in (7, 8))
# A number of steps is whole, and there are more than 200; the smoothing and the length of a step move the time by
# shares of their own order, below 1/100.
SAME_TIME = 0.02
CURVATURE = 8 * eps * v**2 / xi
REQUIRED = {2: {eps: sp.S.One, xi: tau}, np.inf: {eps: 1 / sp.sqrt(d), xi: tau / d}}
QUADRATURE = 1e-13  # relative error of the expectations behind the linf Hessian, and of the l2 moments
POINTS = tuple((size, product) for product in (0.5, 0.03125) for size in (4, 16, 64, 128))  # d and τ


@dataclass(frozen=True)
class Curvatures:
    """The attack part of the second derivative of the surrogate risk at θ = 0 along a unit vector, for each norm."""

    l2: sp.Expr
    linf: sp.Expr

    @property
    def latex(self) -> str:
        """The largest eigenvalues of both Hessians at 0."""
        found = (rf"2 \lambda_{{\max}}(\Sigma) + {sp.latex(part)}" for part in (self.l2, self.linf))
        return r" \text{ (l2)}, \quad ".join(found) + r" \text{ (linf)}"

    def part(self, norm: float) -> sp.Expr:
        """The attack part for the attack's norm."""
        return self.l2 if norm == 2 else self.linf

    def required(self, norm: float) -> sp.Expr:
        """The largest eigenvalue at the radius and smoothing that the text asks for, as a function of d and τ."""
        return 2 * top + self.part(norm).subs(REQUIRED[norm])


@cache
def second_derivative(norm: float) -> Derivation:
    """Of the attack part of the surrogate risk at θ = 0 along u = (p, q), from the smoothed loss of one sample.

    At tu the residual is e + t uᵀx with e = -y, and what the attack adds to its square is (|e + t uᵀx| + θᵀA)² less it.
    """
    error, length = abs(sym.residual) + t * sym.direction_value, sp.sqrt(LINE[0] ** 2 + LINE[1] ** 2)
    slopes = [2 * error * t * size for size in (LINE if norm == np.inf else (length,))]
    if norm == 2:
        attack = eps * t * length * slopes[0] / sp.sqrt(slopes[0] ** 2 + xi**2)
    else:
        attack = sum(eps * t * p * slope / (slope + xi) for p, slope in zip(LINE, slopes, strict=True))
    quotient = 2 * ((error + attack) ** 2 - error**2) / t**2
    inside, pointwise = (expectation(limit, v) for limit in (sp.Limit(quotient, t, 0), sp.limit(quotient, t, 0)))
    links = (
        Link("exchange limit and mean", inside, cited="dominated convergence: what is added is O(t²(e² + (uᵀx)²))"),
        Link("the limit for one sample", pointwise, _limiting),
        Link("integrate over e ~ N(0, v²)", CURVATURE * length**2, evaluating),
    )
    return derive(sp.Limit(expectation(quotient, v), t, 0), links, "d = 2, along every direction")


def _limiting(expression: sp.Expr) -> sp.Expr:
    """Evaluate limits, and leave integrals alone."""
    return expression.replace(sp.Limit, lambda function, *at: sp.limit(function, *at))


def stated_along_line(norm: float, formula: Curvatures) -> sp.Expr:
    """The stated second derivative along (p, q)."""
    return formula.part(norm) * (LINE[0] ** 2 + LINE[1] ** 2)


def hessian_gap(formula: Curvatures, case: Problem) -> float:
    """Distance of the Hessian at 0, under both attacks, from 2Σ plus the stated multiple of the identity."""
    population, gaps = case.population, []
    values = {**case.scalars, d: float(population.d)}
    for norm in (2.0, np.inf):
        found = surrogate_risk_hessian(np.zeros(population.d), population, case.radius, case.smoothing, norm)
        part = float(enclose(formula.part(norm), values).mid()) if population.total_std else 0.0
        stated = 2 * population.covariance + part * np.eye(population.d)
        scale = np.abs(stated).max()
        gaps.append(np.abs(found - stated).max() / scale if scale else np.abs(found).max())
    return float(max(gaps))


def rates(formula: Curvatures, budget: Budget) -> Evidence:
    """Limits, in SymPy, of what the statement says about 2/λ_max as ξ -> 0 and as d -> ∞."""
    steps, wrong = [], []
    for norm, name in ((2, "l2"), (np.inf, "linf")):
        step = 2 / (2 * top + formula.part(norm).subs(eps, strength))
        slope = sp.limit(step / xi, xi, 0)
        steps.append(Step(f"{name}: step over ξ as ξ → 0", rf"\lim {sp.latex(step / xi)} = {sp.latex(slope)}", "SymPy"))
        if not slope.is_positive or slope.has(sp.oo) or not sp.diff(step, xi).simplify().is_positive:
            wrong.append(f"the step under {name} is not of the order of ξ: step/ξ tends to {slope}")
    ratio = sp.simplify(formula.required(np.inf) / formula.required(2))
    share = sp.limit(ratio / sp.sqrt(d), d, sp.oo)
    steps.append(Step("ratio of steps over √d", rf"\lim {sp.latex(ratio / sp.sqrt(d))} = {sp.latex(share)}", "SymPy"))
    if not share.is_positive or share.has(sp.oo) or sp.limit(share, tau, 0) != 1:
        wrong.append(f"l2 step over linf step, divided by √d, tends to {share}, and not to 1 as τ → 0")
    return Evidence(
        Kind.SYMBOLIC, Outcome.FAILS if wrong else Outcome.HOLDS, "the largest eigenvalue at θ = 0, every v, λ, τ",
        f"Both steps are of the order of ξ, and with ξ = τ/d, ε = 1/√d under linf, ξ = τ, ε = 1 under l2, linf takes "
        f"steps smaller by a factor that grows like √d: {len(wrong)} of these 3 limits are not as stated.",
        {"limits": 3.0, "wrong": float(len(wrong))}, wrong[0] if wrong else None, tuple(steps),
    )  # fmt: skip


@lru_cache(maxsize=4)
def measured(seed: int) -> tuple[tuple[float, float], ...]:
    """The largest stable step beside 0 under l2 and linf at every point of the sweep.

    The data have the moments that the statement speaks of exactly: XᵀX = nI and mean y² = STD².
    """
    children = np.random.SeedSequence(seed).spawn(len(POINTS))
    return tuple(_measured(*point, np.random.default_rng(child)) for point, child in zip(POINTS, children, strict=True))


def _measured(size: int, product: float, rng: np.random.Generator) -> tuple[float, float]:
    X = np.sqrt(size) * np.linalg.qr(rng.standard_normal((size, size)))[0]
    y = rng.standard_normal(size)
    X, y = stable_steps.mirrored(X, STD * y / np.sqrt(np.mean(y**2)))
    deviation = stable_steps.CLOSE / np.abs(2 * y).max() * np.full(size, size**-0.5)

    def step(norm: float) -> float:
        radius, smoothing = _required(norm, size, product)

        def train(start: FloatArray, step_size: float, steps: int) -> FloatArray:
            return adversarial_training(
                X, y, radius, smoothing, norm, step_size=step_size, steps=steps, init=start, update="full"
            ).coefficients

        return stable_steps.measured_step(train, np.zeros(size), smoothing * deviation, 1.0)

    return step(2), step(np.inf)


def _required(norm: float, size: int, product: float) -> tuple[float, float]:
    """ε and ξ of the text for an attack: 1 and τ under l2, 1/√d and τ/d under linf."""
    return (1.0, product) if norm == 2 else (size**-0.5, product / size)


def training(formula: Curvatures, budget: Budget) -> Evidence:
    """Largest stable steps of gradient descent on the surrogate training loss, measured, against 2/λ_max."""
    found = np.array(measured(budget.seed))
    values = [[{d: size, tau: product, top: 1.0, v: STD} for size, product in POINTS]] * 2
    stated = np.array(
        [[2 / float(enclose(formula.required(norm), value).mid()) for value in row]
         for norm, row in zip((2, np.inf), values, strict=True)]
    ).T  # fmt: skip
    gap = np.abs(found / stated - 1)
    worst = int(np.argmax(gap.max(axis=1)))
    failed = bool(gap.max() > stable_steps.ACCURACY)
    ratio = found[:, 0] / found[:, 1]
    return Evidence(
        Kind.TRAINED, Outcome.FAILS if failed else Outcome.HOLDS, "d = 4 to 128, τ = 1/2 and 1/32, data with XᵀX = nI",
        f"The largest stable step beside 0, by training, is within {gap.max():.2g} of 2/λ_max at {len(POINTS)} points "
        f"under each attack; at d = 128 the l2 step is {ratio.max():.3g} times the linf step.",
        {"points": float(gap.size), "worst gap": float(gap.max()), "tolerance": stable_steps.ACCURACY,
         "detectable relative difference": stable_steps.ACCURACY, "largest ratio of steps": float(ratio.max())},
        f"d, τ = {POINTS[worst]}: {found[worst].tolist()} found, {stated[worst].tolist()} claimed" if failed else None,
        charts=(_chart(found, stated),),
    )  # fmt: skip


@cache
def half_way(norm: float, size: int, product: float) -> int:
    """Steps at the rate 1/λ_max, half the largest stable one, from 0 half the way to the minimiser of the risk.

    On the population with Σ = I, θ₀ of length 1 with equal entries and σ = 1/2; ε = 1/2, ξ = τ under l2, ε = 1/(2√d),
    ξ = τ/d under linf.
    """
    population = LinearGaussian(np.full(size, size**-0.5), np.eye(size), NOISE)
    largest, smoothing = _required(norm, size, product)
    radius = largest / 2  # at the whole of it the minimiser is close to 0
    update, theta, steps = ExpectedUpdate(population, radius, smoothing, norm, "full"), np.zeros(size), 0
    rate = 1 / surrogate_risk_hessian(theta, population, radius, smoothing, norm)[0, 0]
    goal = robust_minimizer(population, radius, norm).coefficients
    while theta @ goal < goal @ goal / 2:
        theta, steps = theta - rate * update(theta), steps + 1
    return steps


def iterations(formula: Curvatures, budget: Budget) -> Evidence:
    """Training steps over the stated λ_max, which tends to the time that gradient flow takes: one for both attacks."""
    variance = 1 + NOISE**2
    times = []
    for norm, size, product in WAYS:
        radius, smoothing = _required(norm, size, product)
        values = {eps: radius / 2, xi: smoothing, v: np.sqrt(variance), top: 1.0, d: float(size)}
        times.append(half_way(norm, size, product) / float(enclose(2 * top + formula.part(norm), values).mid()))
    spread = max(times) / min(times) - 1
    failed = spread > SAME_TIME
    slowest = [half_way(norm, size, WAYS[-1][2]) for norm, size in ((2, 4), (np.inf, 4), (np.inf, 16))]
    return Evidence(
        Kind.TRAINED, Outcome.FAILS if failed else Outcome.HOLDS, "population with Σ = I, σ = 1/2, d = 4 and 16",
        f"Training at the rate 1/λ_max takes a number of steps proportional to the stated λ_max: over it they differ "
        f"by {spread:.2g} between attacks, d and τ. At τ = 2^-8 there are {slowest[0]} under l2, and {slowest[1]} "
        f"(d = 4) and {slowest[2]} (d = 16) under linf.",
        {"trainings": float(len(WAYS)), "spread": spread, "tolerance": SAME_TIME},
        f"steps over λ_max are {times} for (norm, d, τ) in {WAYS}" if failed else None,
    )  # fmt: skip


def _chart(found: FloatArray, stated: FloatArray) -> Chart:
    series = []
    for product in dict.fromkeys(product for _, product in POINTS):
        rows = [i for i, point in enumerate(POINTS) if point[1] == product]
        sizes = tuple(float(POINTS[i][0]) for i in rows)
        for column, name in enumerate(("l2, ξ = τ", "linf, ξ = τ/d")):
            label = f"{name}, τ = {product:g}"
            series.append(Series(f"{label}: measured", sizes, tuple(found[rows, column].tolist()), points=True))
            series.append(Series(f"{label}: 2/λ_max", sizes, tuple(stated[rows, column].tolist())))
    return Chart("Largest stable step beside θ = 0", "d", "step size", tuple(series), x_log=True, y_log=True)


FORMULA = Curvatures(CURVATURE, CURVATURE)

CLAIM = Claim(
    id="xing2021.linf_needs_smaller_steps",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, harder to train"),
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation_l2", partial(second_derivative, 2.0), partial(stated_along_line, 2.0),
            "The second derivative of the l2 surrogate at 0", scope="d = 2",
        ),
        symbolic.derivation(
            "derivation_linf", partial(second_derivative, np.inf), partial(stated_along_line, np.inf),
            "The second derivative of the linf surrogate at 0", scope="d = 2",
        ),
        sampled.search(
            "hessian",
            domains.problems(domains.populations(), domains.radii(1e-3), domains.smoothings(1e-6, 1e6)),
            hessian_gap, QUADRATURE, "The Hessian of both surrogates at θ = 0", scope="every Σ, d <= 5, θ = 0",
        ),
        Check("rates", Kind.SYMBOLIC, rates),
        Check("training", Kind.TRAINED, training),
        Check("iterations", Kind.TRAINED, iterations),
    ),
    mutants=(
        Mutant("attack_held_fixed", Curvatures(CURVATURE / 2, CURVATURE / 2)),
        Mutant("linf_sums_over_coordinates", Curvatures(CURVATURE, CURVATURE * sp.sqrt(d))),
        Mutant("linf_five_percent_off", Curvatures(CURVATURE, CURVATURE * sp.Rational(21, 20))),
        Mutant("l2_five_percent_off", Curvatures(CURVATURE * sp.Rational(21, 20), CURVATURE)),
        Mutant("root_of_the_smoothing", Curvatures(CURVATURE * sp.sqrt(xi), CURVATURE * sp.sqrt(xi))),
        Mutant("std_for_variance", Curvatures(CURVATURE / v, CURVATURE / v)),
    ),
    reading=(
        "The learning rate in question is the largest at which gradient descent on the surrogate loss is stable beside "
        "θ = 0, where section 2.1 says that the surrogate loses its smoothness: 2/λ_max of the Hessian at 0. It is of "
        "the order of ξ under both attacks, by the same factor. Under linf the text asks for ξ = o(1/d) at ε = 1/√d, "
        "under l2 for a slowly decreasing ξ/‖θ₀‖ at any ε; so with ξ = τ/d against ξ = τ, ε = 1, linf needs steps "
        "smaller by √d, and at such rates training takes more steps by as much. What the two need where both shrink "
        "alike, and at a minimiser other than 0, are claims of their own."
    ),
    uses=("xing2021.linf_surrogate_overshrinks",),
)  # fmt: skip
