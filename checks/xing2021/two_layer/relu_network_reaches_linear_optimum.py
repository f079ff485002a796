r"""Under the generative model (4), assume the activation function $\phi$ is ReLU function with zero initialization and
no bias. Take $\xi/v^2 = -\log \log n / \log(\sqrt{(d^2 \log n) / n})$. Set $\eta = \xi h / (v^2 L \|a\|^2)$ for some
constant $L$. Denote $a^+$ as a vector such that $a_j^+ = a_j 1\{a_j > 0\}$, and similarly define $a^-$. If $a$ satisfy
$\|a^+\|/\|a^-\| = 1$ and $\|a\|_\infty = O(1)$, with probability tending to 1, for $T = (v^2 \log \log n) / \xi$, (7)
holds. (Equation (7) is $\frac{R_{N, \xi}(\theta_{\xi}^{(T)}, \epsilon) - R^*}{v^2} \rightarrow 0$.)
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified_line, sampled
from checks.evidence.montecarlo import Mean, margins
from checks.formula import Undefined
from checks.result import Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import limits_of_training as limits
from checks.xing2021.low_dimension import smoothed_attack
from checks.xing2021.low_dimension.frozen_fixed_point_is_not_the_minimizer import LIMIT
from checks.xing2021.two_layer import full_relu_networks
from checks.xing2021.two_layer.full_relu_networks import Network
from checks.xing2021.two_layer.relu_starts import Start
from checks.xing2021.two_layer.relu_training import NOISE_STD, RADIUS, SHARE, Setting, gap_of
from theory import notation as sym
from theory.risk import RISK

ERRATUM = (
    "From zero initialization the first update of neuron j is 2η a_j φ'(0) Σ y_i x_i/(n√h), so with "
    "φ'(0) = 0, the derivative that torch.relu has at 0, no iterate ever moves: f = 0 at every n, h and T, its risk "
    "under any attack is v², and (R - R*)/v² stays at 1 - R*/v² > 0 below the null threshold. What rescues it is any "
    "derivative in (0, 1] at 0 (torch.maximum has 1/2 and torch.clamp 1), or the vanishing random initialization of "
    "Theorem 3. The weights need both signs, but not the ratio 1."
)
SIZES, WIDTH = (100, 1600, 6400), 8
QUICK = 2
EFFORT = (4.0, 1.0, 0.25)
"""Data sets a size, over the budget's replicates."""
STAYS, FALLS = 0.9, 0.5
"""A sequence that tends to 0 has more than halved between the first size and the last, sixteen times the samples."""
ARMS = {
    "relu'(0) = 0": Start(0.0),
    "relu'(0) = 1/2": Start(0.5),
    "relu'(0) = 1": Start(1.0),
    "relu'(0) = 0, random start": Start(0.0, 1.0),
    "relu'(0) = 1, no negative weights": Start(1.0, positive_only=True),
}
SHOWN, SHOWN_WIDTH = 2000, 64
LINE = smoothed_attack.Line(1.0, NOISE_STD**2, RADIUS, 0.0)
UPDATES, DERIVATIVES = 10, tuple(i / 40 for i in range(41))


def derivation(formula: Start, budget: Budget) -> Evidence:
    """The slope of one loss in the input u = xᵀθ_j of a neuron, a_j over √h: f, ∂f/∂x and so the attack are 0."""
    u, c = sp.Symbol("u", real=True), formula.first_slope
    value, y, a = sp.Function("phi")(u), sym.response, sym.output_weight
    slope = sp.diff((a * value - y) ** 2, u)
    at_zero = slope.subs(sp.Derivative(value, u), c).subs(value, 0)
    moves = sp.simplify(at_zero) != 0
    return Evidence(
        kind=Kind.SYMBOLIC,
        outcome=Outcome.HOLDS if moves else Outcome.FAILS,
        scope="every data set, width, ε and ξ; d ≥ 1",
        summary=(
            f"At the start the loss of one sample has the derivative {at_zero} in a neuron's input: "
            + ("training leaves the start." if moves else "every iterate stays at zero, and R at v², by induction.")
        ),
        numbers={"mean derivative of the activation at the start": float(c)},
        counterexample=None if moves else "every n, h and T: (R - R*)/v² = 1 - R*/v²",
        steps=(
            Step("derivative of the loss of one sample", sp.latex(slope), "SymPy"),
            Step("at the start, where φ = 0", rf"{sp.latex(at_zero)} \quad (\phi'(0) = {sp.latex(c)})", "SymPy"),
        ),
    )


def trained_slope(first_slope: float) -> Ball:
    """p = q after expected updates from zero in d = 1, without smoothing, in balls; ‖a⁺‖ = ‖a⁻‖.

    In the first one every sample enters with relu'(0), which moves both by SHARE E 2yx relu'(0). Then p has the samples
    on its side alone: half of the linear model's update, as x is symmetric.
    """
    slope = arb(SHARE) * 2 * arb(first_slope)
    if slope == 0:
        return slope  # every sample stays at the kink
    for _ in range(UPDATES - 1):
        slope -= arb(SHARE) / 2 * limits.radial(LIMIT, LINE, slope)
    return slope


def left(first_slope: float) -> Ball:
    """(R - R*)/v² there."""
    return (smoothed_attack.enclose_on_line(RISK, LINE, trained_slope(first_slope)) - least()) / (
        1 + arb(NOISE_STD) ** 2
    )


@lru_cache(maxsize=1)
def least() -> Ball:
    """R* on the line, enclosed."""
    return smoothed_attack.enclose_on_line(RISK, LINE, limits.optimum(LINE))


def _expected() -> Chart:
    """What training leaves over relu'(0)."""
    return Chart(
        f"With relu'(0) = 0 nothing is learnt: {UPDATES} expected updates, d = 1, Σ = 1, θ₀ = 1, σ = ε = 1/2, any h",
        "relu'(0)",
        "(R - R*)/v²",
        (
            certified_line.curve("after training", left, DERIVATIVES, points=True),
            certified_line.stated("0, to which it is said to tend", 0.0, DERIVATIVES),
            certified_line.counterexample(left, 0.0),
        ),
    )


def stillness(formula: Start, case: Network) -> float:
    """Whether PyTorch's own function of that derivative leaves every neuron at exactly zero."""
    if formula.exponent is not None:
        raise Undefined
    return float(not full_relu_networks.train(replace(case, slope=formula.slope)).any())


@lru_cache(maxsize=16)
def measure(formula: Start, full: bool, replicates: int, seed: int) -> tuple[Mean, ...]:
    """The mean of (R_N - R*)/v² at every size."""
    sizes = SIZES if full else SIZES[:QUICK]
    found = []
    for n, effort, child in zip(sizes, EFFORT, np.random.SeedSequence(seed).spawn(len(sizes)), strict=False):
        values = formula.excess(n, WIDTH, round(effort * replicates), np.random.default_rng(child))
        found.append(Mean.of(values))
    return tuple(found)


def whole_networks(formula: Start, budget: Budget) -> Evidence:
    """The excess risk of whole networks trained to rest: does it fall with n, or stay?"""
    found = measure(formula, budget.name == "full", budget.replicates, budget.seed)
    half = margins(found, budget.error_rate) * np.array([mean.standard_error for mean in found])
    centre = np.array([mean.mean for mean in found])
    low, high = centre - half, centre + half
    stays, falls = bool(low[-1] > STAYS * high[0]), bool(high[-1] < FALLS * low[0])
    population = Setting(1, d=2).population
    at_zero = gap_of(np.zeros(2), population)
    text = f"{centre[0]:.5f} at n = {SIZES[0]} and {centre[-1]:.5f} at n = {SIZES[len(found) - 1]}"
    return Evidence(
        kind=Kind.TRAINED,
        outcome=Outcome.FAILS if stays else Outcome.HOLDS if falls else Outcome.INCONCLUSIVE,
        scope=f"h = {WIDTH}, a = ±1 and ±1/2, d = 2, Σ = I, ‖θ₀‖ = 1, σ = ε = 0.5, ξ = v²/n, 50 steps",
        summary=f"Whole networks trained to rest: (R - R*)/v² is {text}; half as large would hold, nine tenths fails.",
        numbers={
            "first": float(centre[0]),
            "last": float(centre[-1]),
            "1 - R*/v²": at_zero,
            "largest half-width": float(half.max()),
            "error rate": budget.error_rate,
        },
        counterexample=f"relu'(0) = {formula.slope:g} from zero: (R - R*)/v² is {text}" if stays else None,
        charts=(_chart(budget.seed),) if formula is PRINTED else (),
    )


@lru_cache(maxsize=1)
def _chart(seed: int) -> Chart:
    series = []
    for label, arm in ARMS.items():
        path = arm.path(SHOWN, SHOWN_WIDTH, np.random.default_rng(seed))
        series.append(Series(label, tuple(float(t) for t in range(len(path))), tuple(path.tolist())))
    title = f"The derivative at 0 decides (d = 1, n = {SHOWN}, h = {SHOWN_WIDTH})"
    return Chart(title, "steps", "(R - R*)/v²", tuple(series))


PRINTED = Start(0.0)

CLAIM: Claim[Start] = Claim(
    id="xing2021.relu_network_reaches_linear_optimum",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 4"),
    formula=PRINTED,
    checks=(
        certified_line.refuting(Check("derivation", Kind.SYMBOLIC, derivation), PRINTED, _expected),
        sampled.search(
            "pytorch", full_relu_networks.networks().map(lambda case: replace(case, slope=0.0)), stillness, 0.0,
            "Networks differentiated by PyTorch with its own rectifier move away from zero",
            scope="up to 8 neurons, 8 samples, 3 dimensions and 5 steps", most=300,
        ),
        Check("whole_networks", Kind.TRAINED, whole_networks),
    ),
    mutants=(
        Mutant("derivative_one_half", Start(0.5)),
        Mutant("derivative_one", Start(1.0)),
        Mutant("vanishing_random_start", Start(0.0, 1.0)),
    ),
    erratum=ERRATUM,
    reading=(
        "The paper does not say what the derivative of the ReLU function is at 0, where zero initialization puts every "
        "neuron: here relu'(0) = 0, as torch.relu has it. The outcome does not depend on ξ, η and T."
    ),
)  # fmt: skip
