r"""The paper prints $\exp(-t \|x\|^2) < \infty$. We amend: Theorem 3, with $\phi''$ and $\phi'''$ bounded, holds for
uniform, two-point-like, truncated Gaussian and skewed $x$, whose $E \exp(t \|x\|^2)$ is finite, in this sense: as
$n, h \rightarrow \infty$ the linear part $\beta = \phi'(0) \Theta a / \sqrt{h}$ of a network that is trained until it
has converged tends to the minimiser of that design's own adversarial risk of linear functions, not to the Gaussian one,
and the network's risk to the least one, $R^*$: for $h \gg n^2$ the mean of $n \, (R_N(\theta^{(T)}, \epsilon) - R^*)$
tends to $\tfrac{1}{2} \mathrm{tr}(H^{-1} V)$, with $H$ the Hessian of the risk there and $V$ the covariance of the
gradient of the loss.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from flint import acb, arb, ctx

from checks import trained_populations
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import trained, trend
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import designs
from checks.xing2021.low_dimension import gaussianity_is_not_needed_with_exponential_moments as moments
from checks.xing2021.low_dimension import training_converges_without_gaussianity as linear
from checks.xing2021.low_dimension.designs import DESIGNS, RADIUS, TRUTHS, Design
from checks.xing2021.low_dimension.training_converges_without_gaussianity import Prediction
from checks.xing2021.two_layer.enclosed_networks import mean_loss
from checks.xing2021.two_layer.smooth_networks import Family
from models.two_layer import NetworkTraining, network_training
from models.two_layer.activations import SIGMOID, SILU, SOFTPLUS, TANH
from theory.validation import FloatArray

NETWORKS = (Family(TANH, (1, -1)), Family(SOFTPLUS, (1,)), Family(SILU, (1, 1, -2)), Family(SIGMOID, (1, -2)))
"""One for each design."""

WIDTH, HUGE = 12 * 10**12, 12 * 10**24
STEP, STEPS = 0.2, 35
"""η: around its minimiser the risk's curvature is between 1.6 and 5, so that 1e-6 of the start is left in the end."""

SWEEP: trend.Sweep[int] = trend.Sweep((500, 1000, 4000), 2, float, "n", lambda n: 4000 / n)


@dataclass(frozen=True)
class NetworkRecipe(trained_populations.Recipe):
    """The same for the linear part of networks."""

    family: Family = NETWORKS[0]

    def train(self, X: FloatArray, y: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
        """Linear parts trained from 0 on consecutive samples of size n, (B, d), and the last step's update, (B,)."""
        model = self.networks(X, y, n)
        moved = model.linear_part - model.reduction.linear_part(model.curves["vectors"][:, 1], model.activation.slope)
        return model.linear_part, np.linalg.norm(moved, axis=-1) / (self.step_size * self.scale)

    def networks(self, X: FloatArray, y: FloatArray, n: int) -> NetworkTraining:
        """The trained networks, with their vectors one step before the end as the second of three of the curve."""
        reduction, slope = self.family.reduction(WIDTH), self.family.activation.slope
        return network_training(
            X.reshape(-1, n, X.shape[1]), y.reshape(-1, n), reduction, self.family.activation, self.radius,
            step_size=reduction.step_size(self.step_size, slope), steps=STEPS + 1,
            record=("vectors",), record_every=STEPS,
        )  # fmt: skip


def recipe(design: Design) -> NetworkRecipe:
    """Training of the design's network, updates measured in 2‖Σθ₀‖."""
    x, w = design.line
    scale = 2 * float(w @ x**2) * float(np.linalg.norm(TRUTHS[2]))
    return NetworkRecipe(RADIUS, STEP, scale, family=NETWORKS[DESIGNS.index(design)])


def first_coefficient(design: Design, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """The first entry of β trained on samples of 4000, without its bias of order 1/n, and its stationarity."""
    n = trained_populations.SAMPLE
    estimate, residuals = trained_populations.unbiased(*design.sample(replicates * n, 2, rng), n, recipe(design))
    return estimate[:, 0], residuals


def excess(n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """n times a bound of the networks' excess risk over R*, averaged over the designs, (replicates,)."""
    found: FloatArray = np.mean([_excess(design, n, replicates, rng) for design in DESIGNS], axis=0)
    return found


def _excess(design: Design, n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """The same for one design: the risk of β is exact.

    Where |f - xᵀβ| <= b on all attacked inputs the roots of the two risks are at most b apart.
    """
    model = recipe(design).networks(*design.sample(replicates * n, 2, rng), n)
    reach = np.sqrt(2) * max(abs(end) for piece in design.pieces for end in piece) + RADIUS
    least = designs.local(design, designs.minimizer(design, 2), RADIUS).risk
    risks = np.array([designs.local(design, beta, RADIUS).risk for beta in model.linear_part])
    bound: FloatArray = n * ((np.sqrt(risks) + apart(model, reach)) ** 2 - least)
    return bound


def apart(model: NetworkTraining, reach: float) -> FloatArray:
    """Taylor's bound |f - xᵀβ| <= |φ''(0)| Σ|w_k| (xᵀu_k)²/2 + sup|φ'''| Σ|w_k| |xᵀu_k|³/6 for ‖x‖ <= reach, (B,)."""
    inner, sizes = reach * np.linalg.norm(model.vectors, axis=-1), np.abs(model.reduction.output_weights)
    quadratic, cubic = abs(model.activation.curvature) / 2 * inner**2, model.activation.third_bound / 6 * inner**3
    bound: FloatArray = (quadratic + cubic) @ sizes
    return bound


@lru_cache(maxsize=128)
def risk(law: int, coefficient: float, side: float) -> Ball:
    """The risk in d = 1 of the design's network of width 1.2e25 with β = coefficient (1 + side), enclosed."""
    design, family = moments.compact_laws()[law], NETWORKS[law]
    beta = arb(coefficient) * (1 + arb(side))

    def weighed(x: Ball, analytic: bool) -> Ball:
        return mean_loss(family, HUGE, x, beta, moments.RADIUS, moments.NOISE_STD) * design.density(x)

    return sum((acb.integral(weighed, left, right).real for left, right in design.pieces), arb(0))


def enclosure(formula: Prediction, budget: Budget) -> Evidence:
    """Whether the risk of a very wide network rises to both sides of the predicted minimiser, in d = 1."""
    places = [float(formula.minimizer(design, 1)[0]) for design in DESIGNS]
    with ctx.workprec(linear.PRECISION):
        found = [[risk(law, place, side) for side in (0.0, linear.NEARNESS, -linear.NEARNESS)]
                 for law, place in enumerate(places)]  # fmt: skip
    rises = all(left > here and right > here for here, left, right in found)
    wrong = [law for law, (here, left, right) in enumerate(found) if left < here or right < here]
    return Evidence(
        Kind.CERTIFIED, Outcome.FAILS if wrong else Outcome.HOLDS if rises else Outcome.INCONCLUSIVE,
        "four designs in d = 1, a network each, h = 1.2e25, θ₀ = 1, σ = 0.5, ε = 0.6",
        f"{len(wrong)} of {len(found)} predicted minimisers, {', '.join(f'{place:.9f}' for place in places)}, are more "
        f"than {linear.NEARNESS:g} of themselves away from a minimum of the network's enclosed risk.",
        {"designs": float(len(found)), "wrong": float(len(wrong)), "nearness": linear.NEARNESS},
        f"{DESIGNS[wrong[0]]}: β = {places[wrong[0]]!r}" if wrong else None,
    )  # fmt: skip


CLAIM: Claim[Prediction] = Claim(
    id="xing2021.gaussianity_is_not_needed_for_smooth_networks",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 1"),
    formula=Prediction(linear.design_minimizer),
    checks=(
        Check("enclosure", Kind.CERTIFIED, enclosure),
        trained.seeds(
            "collapse", DESIGNS, first_coefficient, lambda formula, design: float(formula.minimizer(design, 2)[0]), 0.1,
            trained_populations.STATIONARY_ON_SAMPLES,
            "The first entry of β of networks of width 1.2e13, trained on 4000 samples, without its bias of order 1/n",
            "four designs in d = 2, θ₀ = (1, 1/2), σ = 0.5, ε = 0.6",
        ),
        trend.finite_size(
            "growing_samples", SWEEP, excess, linear.expected, 0.5,
            "n times the excess risk of networks of width 1.2e13, averaged over four designs, against ½ tr(H⁻¹V)",
            "four designs in d = 2, θ₀ = (1, 1/2), σ = 0.5, ε = 0.6, n from 500 to 4000", Kind.TRAINED,
        ),
    ),
    mutants=(
        Mutant("gaussian_minimizer", Prediction(linear.gaussian_minimizer)),
        Mutant("stronger_by_five_percent", Prediction(linear.stronger_by_five_percent)),
        Mutant("no_attack", Prediction(linear.no_attack)),
        Mutant("twice_the_excess", Prediction(linear.design_minimizer, share=1.0)),
    ),
    uses=("xing2021.gaussianity_is_not_needed_with_exponential_moments",),
    amends="xing2021.gaussianity_is_not_needed",
)  # fmt: skip
