r"""With $\Sigma = I$, $\|a^+\| = \|a^-\|$, a derivative $c > 0$ of the ReLU at 0, small steps and
$\eta = \eta_{\text{linear}} h/\|a\|^2$, the stopping time of Theorem 7 is
$T \approx \frac{n}{2\eta_{\text{linear}} d}\log\log n$, twice that of a linear model: half of the samples train each
side, at half of the speed. The attack, with any smoothing however small, changes $2\eta_{\text{linear}} dT/n$ by
$-2\epsilon c_0\sqrt{n/(2d)}\,(\sqrt{\log n} - 1 - \log\log n)$ only, to first order in $\epsilon\sqrt{n/d}$, where
$c_0 = \sqrt{2/\pi}$. (The paper gives no size of $T$.)
"""

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from checks.claim import Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import symbolic, trend
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.stopped_relu_networks import SWEEP, Point, stop_networks
from theory import notation as sym
from theory.derivations import relu_stopping
from theory.validation import FloatArray

n, d, eta = sym.sample_size, sym.dimension, sym.step_size


@dataclass(frozen=True)
class TimeLaw:
    """T to leading order, and what the attack adds to 2ηdT/n."""

    leading: sp.Expr = n / (2 * eta * d) * sp.log(sp.log(n))
    delay: sp.Expr = -2 * sym.radius * sym.c0 * sp.sqrt(n / (2 * d)) * (sp.sqrt(sp.log(n)) - 1 - sp.log(sp.log(n)))

    def change(self, **parts: sp.Expr) -> "TimeLaw":
        """Another law, for a mutant."""
        return replace(self, **parts)

    def __call__(self, point: Point) -> float:
        """2ηd/n times T; steps that are not small, the first of them c of the others, round up to an integer."""
        pace = eta * d / n
        small = 2 * pace * self.leading + self.delay
        unit = float(enclose(small, point.setting.scalars).mid())
        steps = unit / (-2 * np.log1p(-point.pace)) + 0.5 + (1 - point.slope)
        return float(2 * point.pace * steps)

    @property
    def latex(self) -> str:
        """The leading order as LaTeX."""
        return rf"T \approx {sp.latex(self.leading)}"


LAW = TimeLaw()


def adjusted_times(point: Point, replicates: int, rng: np.random.Generator) -> FloatArray:
    """2ηdT/n for every data set, less log(‖y‖²/(n v²)), which moves it one to one and has a mean of order 1/n."""
    stopped = stop_networks(point, replicates, rng)
    adjusted: FloatArray = 2 * point.pace * stopped.steps - np.log(stopped.response)
    return adjusted


def allowed(formula: TimeLaw, point: Point) -> tuple[float, float]:
    """The law, up to a relative error of what it leaves out, 1/n + n/d."""
    expected = formula(point)
    return expected * (1 - point.setting.remainder), expected * (1 + point.setting.remainder)


CLAIM = Claim(
    id="xing2021.relu_network_stops_after_twice_the_time",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 7"),
    ours=True,
    formula=LAW,
    checks=(
        symbolic.derivation(
            "leading_order",
            relu_stopping.stopping_time,
            lambda f: sp.simplify(eta * f.leading),
            "Shrinking every residual until its square is 1/log n of the first",
            scope="XXᵀ = dI, without attack",
        ),
        symbolic.derivation(
            "attack_delay",
            relu_stopping.attack_delay,
            lambda f: f.delay,
            "Integrating what the attack adds to the speed and the pull of training",
            scope="XXᵀ = dI, Gaussian residuals, first order in the attack",
        ),
        trend.bounds(
            "sweep",
            SWEEP,
            adjusted_times,
            allowed,
            "The mean of 2ηdT/n under an attack that is all but not smoothed",
            scope="Σ = I, ε = 0.5, ξ = 1e-12, relu'(0) = 1 and 1/2; n = 20 to 50, at the full budget to 200",
        ),
    ),
    mutants=(
        Mutant("five_percent_late", LAW.change(leading=LAW.leading * 105 / 100)),
        Mutant("as_fast_as_linear", LAW.change(leading=LAW.leading / 2)),
        Mutant("one_logarithm", LAW.change(leading=n / (2 * eta * d) * sp.log(n))),
        Mutant("delay_of_a_linear_model", LAW.change(delay=LAW.delay * sp.sqrt(2))),
        Mutant("attack_hastens", LAW.change(delay=-LAW.delay)),
    ),
)
