"""A run made by hand with every verdict, every kind of evidence and every kind of chart."""

import math
from collections.abc import Callable

from checks.result import (
    Boxes,
    Chart,
    ClaimResult,
    Distribution,
    Grid,
    Kind,
    Recording,
    Run,
    Series,
    Step,
    Symbol,
    Table,
    Verdict,
)
from tests.reports.runs import FAILS, HOLDS, UNSURE, check, claim, evidence, run

CASES = (
    Distribution("dimension d", (1.0, 2.0, 3.0, 5.0), (1.0, 2.0, 3.0, 5.0), (23, 6, 0, 31), 3.0),
    Distribution("radius ε", (0.0, 1e-9, 1e-5, 0.1), (0.0, 1e-5, 0.1, 4.0), (20, 4, 15, 21), 0.001),
    Distribution("condition number of Σ", (1.0, 10.0, math.inf), (10.0, 1e4, math.inf), (29, 30, 1), math.inf),
    Distribution("smoothing ξ", (0.0,), (0.0,), (60,), 0.0),
)


def curve(
    label: str, function: Callable[[float], float], count: int = 60, spread: float = 0.0, points: bool = False
) -> Series:
    x = tuple(3 * i / (count - 1) + 0.01 for i in range(count))
    y = tuple(function(value) for value in x)
    low, high = (tuple(v + s * spread for v in y) if spread else () for s in (-1, 1))
    return Series(label, x, y, low, high, points)


def diagram(categorical: bool, rows: int = 40, columns: int = 60) -> Grid:
    x = tuple(0.05 * (j + 1) for j in range(columns))
    y = tuple(10 ** (-2 + 3 * i / (rows - 1)) for i in range(rows))
    curvature = [[math.log(b) + 1.2 - a + 0.3 * a * a for a in x] for b in y]
    if not categorical:
        return Grid(x, y, tuple(tuple(row) for row in curvature))
    kinds = tuple(tuple(float((v > -0.2) + (v > 0.2)) for v in row) for row in curvature)
    return Grid(x, y, kinds, ("not convex", "undecided", "convex"))


def example_run() -> Run:
    """Six claims and more, every verdict among them."""
    claims = (*_risk(), *_surrogate(), *_later(), *_images())
    letters = (
        Symbol("s", "standard deviation of the residual, s² = ‖θ - θ₀‖²_Σ + σ²", tuple(c.id for c in claims[:5])),
        Symbol("g_{inf}", "largest entry ‖Σθ₀‖_∞ of the signal"),
    )
    return run(*claims, recorded_false_alarm_probability=2e-3, notation=letters)


def _risk() -> tuple[ClaimResult, ...]:
    steps = (
        Step(
            "worst case over the ball",
            r"\max_{\|\delta\|\le\epsilon}(e+\theta'\delta)^2=(|e|+\epsilon\|\theta\|)^2",
            "SymPy",
        ),
        Step(
            "half-normal mean",
            r"\mathbb{E}|e| = \int_{-\infty}^{\infty} \frac{|e|}{\sqrt{2\pi} s} e^{-\frac{e^2}{2 s^2}}\,de"
            r" = \sqrt{\frac{2}{\pi}} s",
            "SymPy",
        ),
    )
    ratio = Chart(
        "Claimed risk over the simulated one",
        "configuration",
        "ratio",
        (
            Series(
                "simulation, with its margin",
                (1.0, 2.0, 3.0, 4.0),
                (1.0,) * 4,
                (0.99, 0.985, 0.992, 0.98),
                (1.01, 1.015, 1.008, 1.02),
                True,
            ),
            Series("claimed", (1.0, 2.0, 3.0, 4.0), (1.003, 0.996, 1.001, 1.006), points=True),
        ),
    )
    mutants = {
        "cross term without the mean of |e|": FAILS,
        "radius 5 % too large": FAILS,
        "variance without noise": HOLDS,
    }
    closed = claim(
        "risk_has_closed_form",
        (
            check(
                "derivation",
                evidence(Kind.SYMBOLIC, steps=steps, numbers={"steps": 2.0}),
                dict.fromkeys(mutants, FAILS),
            ),
            check(
                "quadrature",
                evidence(Kind.CERTIFIED, scope="16 rational points", numbers={"narrowest common bits": 112.0}),
                mutants,
            ),
            check("search", evidence(Kind.SAMPLED, distributions=CASES), mutants | {"radius 5 % too large": UNSURE}),
            check("simulation", evidence(Kind.MONTE_CARLO, charts=(ratio,)), dict.fromkeys(mutants, FAILS)),
        ),
        locator="Equation (5)",
        reading=r"In full, $R_L(\theta,\epsilon)=\|\theta-\theta_0\|_\Sigma^2+\sigma^2+\epsilon^2\|\theta\|^2"
        r"+2\epsilon c_0\|\theta\|\sqrt{\|\theta-\theta_0\|_\Sigma^2+\sigma^2}$.",
        statement="For squared loss and the linear model the adversarial risk under an $\\ell_2$ attack of radius\n"
        "$\\epsilon$ is the second moment of $|e| + \\epsilon\\|\\theta\\|$, where $e$ is the residual.",
        formula=r"R_L(\theta,\epsilon)=s^2+\epsilon^2\|\theta\|^2+2\epsilon\sqrt{\frac{2}{\pi}}\,s\,\|\theta\|,"
        r"\qquad s^2=\|\theta-\theta_0\|_\Sigma^2+\sigma^2",
        assumptions=(
            ("Gaussian data", "$x\\sim N(0,\\Sigma)$ and the noise is independent of $x$."),
            ("radius", "$\\epsilon\\ge 0$."),
        ),
    )
    convex = claim(
        "risk_is_convex",
        (
            check("midpoints", evidence(Kind.SAMPLED), {"cross term negated": FAILS, "norm squared dropped": FAILS}),
            check(
                "hessian",
                evidence(Kind.SYMBOLIC, scope="d = 2 only"),
                {"cross term negated": FAILS, "norm squared dropped": UNSURE},
            ),
        ),
        locator="Proposition 1",
        statement="The adversarial risk is convex in $\\theta$.",
        uses=(closed.id,),
    )
    path = Chart(
        "Risk along the path of minimisers",
        "attack radius",
        "risk",
        (
            curve("at the robust minimiser", lambda r: 11 - 9 * math.exp(-r)),
            curve("at the true coefficients", lambda r: 1 + 4 * r + r * r, spread=0.6),
        ),
    )
    null = claim(
        "optimum_is_null_beyond_threshold",
        (
            check(
                "stationarity",
                evidence(Kind.SYMBOLIC),
                {"threshold 5 % too small": FAILS, "threshold without noise": FAILS},
            ),
            check(
                "both_sides",
                evidence(Kind.SAMPLED, charts=(path,)),
                {"threshold 5 % too small": FAILS, "threshold without noise": None},
            ),
        ),
        locator="Proposition 1",
        statement="There is a constant $c$ such that $\\theta^*=0$ once $\\epsilon\\ge c$.",
        formula=r"\theta^*=0\iff\epsilon\ge\frac{\|\Sigma\theta_0\|_2}{\sqrt{2/\pi}\,v}",
        uses=(closed.id, convex.id),
        given=(convex.id,),
    )
    return closed, convex, null


def _surrogate() -> tuple[ClaimResult, ...]:
    point = "d = 1, Sigma = 1, theta_0 = 1, sigma^2 = 1/10, radius = 2, smoothing = 1, theta = 14/25"
    exhibit = f"{point}:\n  second derivative in [-0.59983, -0.59979]"
    slice_ = Chart(
        "The counterexample",
        "theta",
        "surrogate risk",
        (
            curve("surrogate", lambda t: 8 - 6 * math.exp(-((t - 1) ** 2) * 4) + t, 400),
            curve("chord", lambda t: 9 - 0.4 * t),
        ),
    )
    printed = claim(
        "surrogate_risk_is_convex",
        (
            check(
                "certificate",
                evidence(
                    Kind.CERTIFIED,
                    FAILS,
                    scope="one point",
                    counterexample=exhibit,
                    summary="The second derivative is negative for certain at a rational point.",
                ),
                {"no smoothing": HOLDS, "no attack": HOLDS},
            ),
            check(
                "midpoints",
                evidence(Kind.SAMPLED, FAILS, counterexample="(0.06, 0.16)", charts=(slice_,)),
                {"no smoothing": HOLDS, "no attack": HOLDS},
            ),
        ),
        statement="“One can show” that $R_{L,\\xi}$ is smooth and convex everywhere.",
        erratum="False for every $\\epsilon>0$ once $\\xi$ is small: "
        "the cross term is concave along rays near the origin.",
        expected_reason="The printed statement has an erratum.",
    )
    region = Chart(
        "Where the surrogate is convex",
        "attack radius",
        "smoothing over total variance",
        grid=diagram(True),
        y_log=True,
    )
    curvature = Chart(
        "Smallest curvature", "attack radius", "smoothing over total variance", grid=diagram(False), y_log=True
    )
    amended = claim(
        "surrogate_risk_is_convex_for_large_smoothing",
        (
            check(
                "subdivision",
                evidence(Kind.CERTIFIED, scope="radius in [0, 3]", charts=(region, curvature)),
                {"boundary 5 % lower": FAILS, "sign flipped": FAILS},
            ),
            check(
                "simulation", evidence(Kind.MONTE_CARLO, UNSURE), {"boundary 5 % lower": UNSURE, "sign flipped": FAILS}
            ),
        ),
        statement="$R_{L,\\xi}$ is convex when $\\xi \\ge C(\\epsilon,\\Sigma)\\, v^2$.",
        amends=printed.id,
        reading="$v^2$ is the total variance of the response.",
        edited=True,
    )
    return printed, amended


def _later() -> tuple[ClaimResult, ...]:
    silent = claim(
        "low_dimensional_training_converges",
        (
            check(
                "schedule",
                evidence(Kind.TREND, UNSURE, summary="The intervals are too wide for the rule at n = 25,600."),
                {"rate 1/2": UNSURE},
            ),
            check(
                "training",
                None,
                {"rate 1/2": None, "step doubled": None},
                problem="TimeoutError: no report within 60 s",
            ),
        ),
        locator="Theorem 2",
        statement="The excess risk $(R_{L,\\xi}(\\theta^T)-R^*)/v^2$ tends to 0.",
        expected=Verdict.SUPPORTED,
        problem="1 of 2 planned checks did not report.",
    )
    trained = claim(
        "smoothing_stops_fluctuation",
        (
            check(
                "trajectories",
                evidence(
                    Kind.TRAINED,
                    charts=(
                        Chart(
                            "Distance to the optimum",
                            "iteration",
                            "distance",
                            (
                                curve("no smoothing", lambda t: 1e-2 + abs(math.sin(40 * t)) / 50, 5000),
                                curve("smoothing 0.05", lambda t: math.exp(-3 * t), 300),
                            ),
                            x_log=True,
                            y_log=True,
                        ),
                    ),
                ),
                {"arms swapped": FAILS},
            ),
            check("reference", evidence(Kind.TREND), {"arms swapped": FAILS}),
        ),
        locator="Figure 1",
        statement="With $\\xi>0$ the loss stops fluctuating near the optimum.",
        expected=None,
    )
    return silent, trained


def boxes(label: str, shift: float, groups: tuple[str, ...] = ("10", "20"), count: int = 30) -> Boxes:
    values = tuple(tuple(60 + shift + 3 * i + math.sin(7.0 * j + i) for j in range(count)) for i in range(len(groups)))
    return Boxes(label, groups, values)


def _images() -> tuple[ClaimResult, ...]:
    command = "advtheory train fig4 --data DIR --seeds 0-29"
    missing = evidence(
        Kind.TRAINED, UNSURE, scope="nothing yet", numbers={},
        summary="Not decided, there is no record fig2.json yet.",
        record=Recording("fig2.json", "advtheory train fig2", lacks="there is no record fig2.json yet"),
    )  # fmt: skip
    small = evidence(
        Kind.TRAINED, UNSURE, numbers={},
        record=Recording("fig4.json", command, (("Runs", "40, seeds 0-9"),), lacks="fig4.json lacks n = 50"),
    )  # fmt: skip
    found = evidence(
        Kind.TRAINED,
        numbers={"error rate": 1e-3, "fewest seeds": 30.0},
        charts=(Chart("Accuracy of every run", "n", "accuracy (%)", boxes=(boxes("LASSO", 4.0), boxes("none", 0.0))),),
        tables=(
            Table("All figures", ("Accuracies in percent", "standard", "APGD"), (("LASSO, n = 10", "97.1", "61.5"),)),
        ),
        record=Recording(
            "fig4.json", command, (("Data", "mnist, official, sha256:0123"), ("Device", "cpu")),
            ("stale: the trainer changed since", "10 of the paper's 30 repeats"),
        ),
    )  # fmt: skip
    waiting = claim(
        "smoothing_raises_accuracy",
        (
            check("margin_pgd", missing, {"arms_swapped": UNSURE, "smoothing_off": UNSURE}),
            check("apgd", missing, {"arms_swapped": UNSURE, "smoothing_off": UNSURE}),
        ),
        locator="Figure 2", statement="Accuracies are higher with $\\xi = 0.001$.", expected=Verdict.OPEN,
        closing_command="advtheory train fig2 --data DIR --seeds 0-9",
    )  # fmt: skip
    short = claim("lasso_raises_accuracy_everywhere", (check("apgd", small, {"arms_swapped": UNSURE}),))
    decided = claim(
        "lasso_raises_accuracy",
        (check("margin_pgd", found, {"arms_swapped": FAILS}), check("apgd", found, {"arms_swapped": FAILS})),
        locator="Figure 4", statement="The choice of $\\lambda = 0.001$ improves the adversarial accuracy.",
    )  # fmt: skip
    return waiting, short, decided
