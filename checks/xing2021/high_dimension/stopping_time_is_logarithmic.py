r"""With $\Sigma = I$ and small steps, the stopping time of Theorem 5 is $T \approx \frac{n}{4\eta d}\log\log n$ for
Algorithm 1, whose loss is a mean over samples ($\frac{1}{4\eta d}\log\log n$ for a sum). The attack, with any smoothing
however small, changes $4\eta dT/n$ by $-2\epsilon c_0\sqrt{n/d}\,(\sqrt{\log n} - 1 - \log\log n)$ only, to first order
in $\epsilon\sqrt{n/d}$, where $c_0 = \sqrt{2/\pi}$; the spread of the eigenvalues of $\mathbf{X}\mathbf{X}^\top$ and
of $\|\mathbf{y}\|$ change its mean by $\frac{n}{d}(\frac12(\log\log n)^2 - \frac{\|\theta_0\|^2}{v^2}\log\log n) -
\frac1n$. (The paper has none; it gives no size of $T$.)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from scipy.special import digamma

from checks.claim import Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import symbolic, trend
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_training import SWEEP, Setting, train
from theory import notation as sym
from theory.derivations import early_stopping as derivations
from theory.early_stopping import ATTACK_DELAY, SPECTRUM_DELAY, STOPPING_TIME
from theory.validation import FloatArray

n, d, eta = sym.sample_size, sym.dimension, sym.step_size


@dataclass(frozen=True)
class TimeLaw:
    """T to leading order, what the attack and the spectrum add to 4ηdT/n, and the code of `theory` for the mean of T.

    A mutant has no implementation: its mean is made of its parts.
    """

    leading: sp.Expr
    delay: sp.Expr
    implementation: Callable[[Setting], float] | None = None

    def change(self, leading: sp.Expr = STOPPING_TIME, delay: sp.Expr = ATTACK_DELAY) -> "TimeLaw":
        """Another law, for a mutant."""
        return replace(self, leading=leading, delay=delay, implementation=None)

    def __call__(self, point: Setting) -> float:
        """The mean of T at a point of the sweep."""
        if self.implementation is not None:
            return self.implementation(point)
        unit = n / (4 * eta * d)
        small_steps = self.leading + unit * (self.delay + SPECTRUM_DELAY)
        exact_steps = small_steps * (2 * eta * d / n) / -sp.log(1 - 2 * eta * d / n) + sp.Rational(1, 2)
        return float(enclose(exact_steps, point.scalars).mid())

    @property
    def latex(self) -> str:
        """The leading order as LaTeX."""
        return rf"T \approx {sp.latex(self.leading)}"


LAW = TimeLaw(STOPPING_TIME, ATTACK_DELAY, lambda point: point.theory.time(point.radius))


def adjusted_times(point: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """4ηdT/n for every data set, less log(‖y‖²/(n v²)), which moves it one to one, plus the exact mean of that.

    ‖y‖²/v² is χ²_n: E log(‖y‖²/(n v²)) = ψ(n/2) - log(n/2). The mean is that of 4ηdT/n, the spread far smaller.
    """
    stopped = train(point, replicates, rng)
    moved = np.log(stopped.response) - (digamma(point.n / 2) - np.log(point.n / 2))
    adjusted: FloatArray = 4 * point.step_size * point.d / point.n * stopped.steps - moved
    return adjusted


def allowed(formula: TimeLaw, point: Setting) -> tuple[float, float]:
    """The law, up to a relative error of what it leaves out, 1/n + n/d."""
    expected = 4 * point.step_size * point.d / point.n * formula(point)
    return expected * (1 - point.remainder), expected * (1 + point.remainder)


CLAIM = Claim(
    id="xing2021.stopping_time_is_logarithmic",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 5"),
    ours=True,
    formula=LAW,
    checks=(
        symbolic.derivation(
            "leading_order",
            derivations.stopping_time,
            lambda f: sp.simplify(eta * f.leading),
            "Shrinking every residual until its square is 1/log n of the first",
            scope="XXᵀ = dI, without attack",
        ),
        symbolic.derivation(
            "attack_delay",
            derivations.attack_delay,
            lambda f: f.delay,
            "Integrating what the attack adds to the speed and the pull of training",
            scope="XXᵀ = dI, Gaussian residuals, first order in the attack",
        ),
        trend.bounds(
            "sweep",
            SWEEP,
            adjusted_times,
            allowed,
            "The mean of 4ηdT/n under an attack that is all but not smoothed",
            scope="Σ = I, ε = 0.5, ξ = 1e-12; n = 20 to 50, at the full budget to 200",
        ),
    ),
    mutants=(
        Mutant("five_percent_late", LAW.change(leading=STOPPING_TIME * 105 / 100)),
        Mutant("level_not_squared", LAW.change(leading=2 * STOPPING_TIME)),
        Mutant("loss_summed_over_samples", LAW.change(leading=STOPPING_TIME / n)),
        Mutant("one_logarithm", LAW.change(leading=n / (4 * eta * d) * sp.log(n))),
        Mutant("delay_without_c0", LAW.change(delay=ATTACK_DELAY / sym.c0)),
        Mutant("attack_hastens", LAW.change(delay=-ATTACK_DELAY)),
    ),
)
