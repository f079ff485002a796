r"""The paper asks of $\phi$ that it be twice continuously differentiable with $\phi'(0) \neq 0 = \phi(0)$, which admits
activations of infinite risk. We amend: let $\phi''$ and $\phi'''$ be bounded as well, as they are for tanh, softplus,
SiLU and the logistic function (softplus and the latter less their values at 0). With
$\eta = \eta_{linear} h / (\phi'(0)^2 \|a\|^2)$, $\xi / v^2 = 1 / (2 \sqrt{n})$ and training that has converged, from
zero or a vanishing start, $(R_N(\theta^{(T)}, \epsilon) - R^*)/v^2 \rightarrow 0$ with probability tending to 1 as
$n, h \rightarrow \infty$, the risk $R_N$ being that under the strongest attack. (For fixed $d$ the mean excess risk is
$\frac{1}{2n} \mathrm{tr}(H^{-1} V)$, but for what the smoothing adds and what is smaller by powers of $n$ and $h$; $H$
is the Hessian of $R_L$ at $\theta^*$ and $V$ the covariance of the gradient of the loss.)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from flint import arb, ctx

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, trend
from checks.evidence.sampled import EPS
from checks.evidence.trend import Limit, Sweep
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.enclosed_networks import network_risk_on_line
from checks.xing2021.two_layer.smooth_networks import Family
from models.linear.population import population_training
from models.linear.training import adversarial_training
from models.two_layer import TwoLayerNetwork, network_risk, network_training, vanishing_init
from models.two_layer.activations import SIGMOID, SILU, SOFTPLUS, TANH
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import C0, adversarial_risk, adversarial_risk_hessian
from theory.two_layer import whole_network
from theory.validation import FloatArray

Risk = Callable[[LinearGaussian, float], float]


def least_risk(population: LinearGaussian, radius: float) -> float:
    """R*, the least adversarial risk of linear models."""
    return robust_minimizer(population, radius).risk


def without_attack(population: LinearGaussian, radius: float) -> float:
    """Mistake: the least risk without attack, σ²."""
    return population.noise_std**2


def stronger_by_five_percent(population: LinearGaussian, radius: float) -> float:
    """Mistake: R* for another radius."""
    return robust_minimizer(population, 1.05 * radius).risk


def five_percent_of_the_variance_less(population: LinearGaussian, radius: float) -> float:
    """Mistake: a network that beats every linear model by 5 % of v²."""
    return robust_minimizer(population, radius).risk - 0.05 * population.total_std**2


def of_standard_training(population: LinearGaussian, radius: float) -> float:
    """Mistake: the risk, under attack, of the minimiser without attack."""
    return float(adversarial_risk(population.true_coefficients, population, radius))


@dataclass(frozen=True)
class Optimum:
    """What the risk of trained networks tends to, and the share of tr(H⁻¹V)/n that it exceeds it by."""

    risk: Risk = least_risk
    share: float = 0.5


D, RADIUS = 5, 0.5
POPULATION = LinearGaussian(np.full(D, D**-0.5), np.eye(D), 0.5)
LINE = LinearGaussian(np.ones(1), np.eye(1), 0.5)
STEP, STEPS = 0.2, 50
"""The Hessian of R_L at θ* has eigenvalues from 2.53 to 4.15: what is left of the start is 0.5^50."""

NETWORKS = (Family(TANH, (1, -1)), Family(SOFTPLUS, (1,)), Family(SILU, (1, 1, -2)), Family(SIGMOID, (1, -2)))
WIDE, DRAWS = 12 * 10**6, 300
"""With a control variate whose risk is known, few draws tell the risk of a wide network: that of the widest to 1e-4."""

SIZES = Sweep((400, 1600, 6400, 25_600), 2, float, "n", lambda n: {400: 4.0, 1600: 1.0, 6400: 0.25, 25_600: 0.05}[n])
WIDTHS = Sweep((24, 48, 96, 192, 384, 768), 4, float, "h", lambda h: {384: 0.15, 768: 0.08}.get(h, 0.8))
SMALL, DELTA = 100, 1.0  # the data sets and the start of full networks: θ_j ~ N(0, I/(d h^(1+δ)))
LINE_WIDTHS = (12 * 10**4, 12 * 10**8, 12 * 10**12)
ASIDE = 1e-3  # relative; the risk then differs by about its square


def smoothing(n: int) -> float:
    """ξ."""
    return float(POPULATION.total_std**2 / (2 * np.sqrt(n)))


def draw(n: int, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Data sets X, shape (replicates, n, d), and y."""
    X, y = POPULATION.sample(replicates * n, rng)
    return X.reshape(replicates, n, D), y.reshape(replicates, n)


def wide_risks(n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """R_N/v² of networks of width 1.2e7, by collapse, each activation on the same data: their mean, (replicates,)."""
    X, y = draw(n, replicates, rng)
    found = np.zeros(replicates)
    for family in NETWORKS:
        reduction = family.reduction(WIDE)
        trained = network_training(
            X, y, reduction, family.activation, RADIUS, smoothing(n),
            step_size=reduction.step_size(STEP, family.activation.slope), steps=STEPS,
        )  # fmt: skip
        found += network_risk(trained.network, POPULATION, RADIUS, DRAWS, rng).middle
    mean: FloatArray = found / (len(NETWORKS) * POPULATION.total_std**2)
    return mean


def expected_risk(formula: Optimum, n: int) -> float:
    """The claimed limit, the claimed share of tr(H⁻¹V)/n, and what the smoothing adds, over v²."""
    best = robust_minimizer(POPULATION, RADIUS)
    rest = population_training(POPULATION, RADIUS, smoothing(n), step_size=STEP, steps=10 * STEPS).coefficients
    biased = adversarial_risk(rest, POPULATION, RADIUS) - best.risk
    hessian = adversarial_risk_hessian(best.coefficients, POPULATION, RADIUS)
    spread = float(np.trace(np.linalg.solve(hessian, gradient_covariance(best.coefficients))))
    return float(formula.risk(POPULATION, RADIUS) + formula.share * spread / n + biased) / POPULATION.total_std**2


def gradient_covariance(theta: FloatArray) -> FloatArray:
    """V = Cov 2(|e| + εm)(sign(e) x + εu) at θ along θ₀ for Σ = I, where its mean is 0; u the direction, m = ‖θ‖.

    Along u it is 4 E (|e| + εm)² ((c|e| + ε)² + 1 - c²s²), since given e the mean of uᵀx is ce, c = (m - 1)/s², and its
    variance 1 - c²s². Across it is 4 E (|e| + εm)². The moments of |e| are Gaussian.
    """
    m = float(np.linalg.norm(theta))
    s = float(np.hypot(m - 1, POPULATION.noise_std))
    c, moments = (m - 1) / s**2, np.array([1, C0 * s, s**2, 2 * C0 * s**3, 3 * s**4])
    square = np.polynomial.Polynomial([RADIUS * m, 1]) ** 2
    along = square * (np.polynomial.Polynomial([RADIUS, c]) ** 2 + 1 - (c * s) ** 2)
    across = np.eye(D) - np.outer(theta, theta) / m**2
    covariance: FloatArray = 4 * (along.coef @ moments * (np.eye(D) - across) + square.coef @ moments[:3] * across)
    return covariance


def differences(h: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """(R_N - R_L)/v² of all networks of width h and the linear model on the same data: their mean, (replicates,)."""
    X, y = draw(SMALL, replicates, rng)
    linear = adversarial_training(X, y, RADIUS, smoothing(SMALL), step_size=STEP, steps=STEPS).coefficients
    found = -len(NETWORKS) * adversarial_risk(linear, POPULATION, RADIUS)
    for family in NETWORKS:
        found = found + _full(family, h, X, y, rng)
    mean: FloatArray = found / (len(NETWORKS) * POPULATION.total_std**2)
    return mean


def _full(family: Family, h: int, X: FloatArray, y: FloatArray, rng: np.random.Generator) -> FloatArray:
    """R_N of full networks, (B,): draws of their own for each, so that replicates stay independent."""
    network = whole_network(np.resize(np.array(family.weights, dtype=float), h))
    trained = network_training(
        X, y, network, family.activation, RADIUS, smoothing(SMALL), init=vanishing_init(h, D, DELTA, rng, len(X)),
        step_size=network.step_size(STEP, family.activation.slope), steps=STEPS,
    )  # fmt: skip
    each = (TwoLayerNetwork(network, vectors, family.activation) for vectors in trained.vectors)
    return np.array([network_risk(one, POPULATION, RADIUS, DRAWS, rng).middle[0] for one in each])


def claimed_difference(formula: Optimum) -> Limit:
    """The claimed limit less R*, which the linear model reaches, over v²; corrections are of order 1/√h and 1/h."""
    gap = formula.risk(POPULATION, RADIUS) - robust_minimizer(POPULATION, RADIUS).risk
    return Limit(gap / POPULATION.total_std**2, (0.5, 1.0))


def enclosure(formula: Optimum, budget: Budget) -> Evidence:
    """In d = 1 the risk of networks with the linear part θ*, and around it, as they grow, against the claimed limit.

    It approaches its limit at the rate 1/√h at least: of its change from h to 10⁴ h no more than a 99th is left.
    """
    claimed, best = formula.risk(LINE, RADIUS), float(robust_minimizer(LINE, RADIUS).coefficients[0])
    wrong, worst, certain = [], 0.0, True
    for family in NETWORKS:
        before, last = (_risk(family, width, best) for width in LINE_WIDTHS[1:])
        sides = [_risk(family, LINE_WIDTHS[-1], best * (1 + side)) for side in (ASIDE, -ASIDE)]
        with ctx.workprec(certified.PRECISION):
            distance, allowed = abs(last - arb(claimed)), abs(last - before) / 50 + 64 * EPS
            certain = certain and bool(
                (distance < allowed or distance > allowed) and all(side > last for side in sides)
            )
            worst = max(worst, float(distance.mid()))
        if distance > allowed:
            wrong.append(
                f"{family}, h = {LINE_WIDTHS[-1]:g}, β = {best!r}: risk {last.str(12)}, claimed {claimed:.12g}"
            )
    outcome = Outcome.INCONCLUSIVE if not certain else Outcome.FAILS if wrong else Outcome.HOLDS
    return Evidence(
        Kind.CERTIFIED, outcome, "four networks in d = 1, θ₀ = 1, σ = ε = 1/2, β = θ* and 0.1 % beside it",
        f"The risk under the strongest attack at h = 1.2e13 is within {worst:.2g} of the claimed limit {claimed:.9g}, "
        "and larger on both sides of θ*.",
        {"networks": float(len(NETWORKS)), "largest distance": worst}, wrong[0] if wrong else None,
    )  # fmt: skip


def _risk(family: Family, width: int, coefficient: float) -> Ball:
    return network_risk_on_line(family, width, coefficient, RADIUS, LINE.noise_std)


CLAIM = Claim(
    id="xing2021.smooth_network_reaches_linear_optimum_with_bounded_growth",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 3"),
    formula=Optimum(),
    checks=(
        Check("enclosure", Kind.CERTIFIED, enclosure),
        trend.finite_size(
            "collapse", SIZES, wide_risks, expected_risk, 0.01,
            "R_N/v² of networks of width 1.2e7, four activations on the same data, against the finite-size prediction",
            "d = 5, Σ = I, ‖θ₀‖ = 1, σ = ε = 1/2; n = 400 and 1600, at the full budget to 25,600; from zero",
        ),
        trend.limit(
            "full_networks", WIDTHS, differences, claimed_difference, 1.0, 0.03,
            "(R_N - R_L)/v² of full networks and the linear model on the same data, four activations",
            "the same problem, n = 100, δ = 1; h = 24 to 192, at the full budget to 768; from a vanishing start",
        ),
    ),
    mutants=(
        Mutant("without_attack", Optimum(without_attack)),
        Mutant("of_standard_training", Optimum(of_standard_training)),
        Mutant("stronger_by_five_percent", Optimum(stronger_by_five_percent)),
        Mutant("five_percent_of_the_variance_less", Optimum(five_percent_of_the_variance_less)),
        Mutant("twice_the_excess", Optimum(share=1.0)),
    ),
    uses=("xing2021.risk_hessian_has_closed_form", "xing2021.trained_coefficients_reach_optimum_with_noise"),
    reading="The loss is that under the strongest attack; R_{N,ξ}, under the smoothed one, is below it by what the "
    "smoothing takes away, which vanishes with ξ.",
    amends="xing2021.smooth_network_reaches_linear_optimum",
)  # fmt: skip
