r"""Note that the three adversarial training loss curves in the left plot of Figure 3 overlap: $\epsilon = 0, 0.01,
0.1$, $n = 20$, $d = 1000$, $\sigma^2 = 1$, $\theta_0$ all-zero except for its first 10 elements being 1, learning rate
$0.001$, $\xi = 0.5$, 100 replications.
"""

from functools import lru_cache

import numpy as np
from hypothesis import strategies as st

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.figure3 import FIGURE_3, SHOWN, Experiment
from theory.validation import FloatArray

OVERLAP = 0.01  # of the first loss, which is the height of the plot: about the width of a line on it
SINGLE = 0.0125  # allowed to the curves of one data set: a quarter more than to their means
EARLY = 40  # steps within which the curves are furthest apart, at the sixth or so, and fall below a thousandth


@lru_cache(maxsize=8)
def measure(experiment: Experiment, seed: int) -> FloatArray:
    """Mean training loss over the data sets, shape (radii, steps + 1)."""
    mean: FloatArray = experiment.curves(seed, ("train",))["train"].mean(axis=1)
    return mean


def trainings(formula: Experiment, budget: Budget) -> Evidence:
    """The largest distance of the mean curves of the figure from that without attack."""
    mean = measure(formula, budget.seed)
    apart = np.abs(mean - mean[0]).max(axis=1) / mean[0, 0]
    furthest = float(apart.max())
    text = f"the mean curves are at most {furthest:.4f} of the height of the plot apart"
    distances = {f"radius {radius}": float(part) for radius, part in zip(formula.radii, apart, strict=True)}
    return Evidence(
        Kind.TRAINED,
        Outcome.HOLDS if furthest <= OVERLAP else Outcome.FAILS,
        "Figure 3 as printed, 100 data sets, on a linear axis",
        f"As printed, {text}; {OVERLAP} is allowed.",
        distances,
        text if furthest > OVERLAP else None,
        charts=(_chart(mean, formula.radii),),
    )


def _chart(mean: FloatArray, radii: tuple[float, ...]) -> Chart:
    steps = tuple(float(t) for t in range(SHOWN + 1))
    series = tuple(
        Series(f"ε = {radius}", steps, tuple(row[: SHOWN + 1].tolist()))
        for radius, row in zip(radii, mean, strict=True)
    )
    return Chart("On a logarithmic axis the curves part", "step", "mean surrogate loss", series, y_log=True)


def apart(formula: Experiment, case: tuple[int, float, float]) -> float:
    """The same distance for one data set, by the definition: every sample is attacked, a share of the largest radius.

    The loss's gradient is taken at attacked samples held fixed, coordinate by coordinate of X.
    """
    seed, share, smoothing = case
    X, y = (part[0] for part in formula.draw(1, np.random.default_rng(seed)))
    attacked = _losses(X, y, share * formula.radii[-1], smoothing, formula.step_size)
    clean = _losses(X, y, 0.0, smoothing, formula.step_size)
    return float(np.abs(attacked - clean).max() / clean[0])


def _losses(X: FloatArray, y: FloatArray, radius: float, smoothing: float, step_size: float) -> FloatArray:
    theta, losses = np.zeros(X.shape[1]), np.zeros(EARLY)
    for t in range(EARLY):
        slopes = 2 * (X @ theta - y)[:, None] * theta
        lengths = np.sqrt(np.sum(slopes**2, axis=1, keepdims=True) + smoothing**2)
        attacked = X + radius * slopes / lengths
        residuals = attacked @ theta - y
        losses[t] = np.mean(residuals**2)
        theta = theta - step_size * 2 / len(y) * residuals @ attacked
    return losses


CASES = st.tuples(
    st.integers(0, 2**32 - 1),
    st.one_of(st.just(1.0), st.floats(0.0, 1.0)),
    st.one_of(st.just(0.5), st.floats(-9.0, 3.0).map(lambda power: float(10**power))),
)

CLAIM = Claim(
    id="xing2021.training_curves_overlap",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 3"),
    reading="Overlap on the linear axis of a plot as high as the loss at the start: at most a hundredth of it apart. "
    "On a logarithmic axis the curves part, as an attack makes the residuals shrink faster next to interpolation.",
    formula=FIGURE_3,
    checks=(
        Check("trainings", Kind.TRAINED, trainings),
        sampled.search(
            "every_data_set",
            CASES,
            apart,
            SINGLE,
            "By the definition, on single data sets of the figure, with radii up to its largest and any smoothing",
            scope="data sets of Figure 3, ξ from 1e-9 to 1e3",
        ),
    ),
    mutants=(
        Mutant("twice_the_radius", FIGURE_3.change(radii=(0.0, 0.02, 0.2))),
        Mutant("ten_times_the_radius", FIGURE_3.change(radii=(0.0, 0.1, 1.0))),
        Mutant("few_dimensions", FIGURE_3.change(d=40, step_size=0.01)),
    ),
)
