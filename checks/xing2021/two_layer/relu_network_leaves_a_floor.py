r"""Past the stopping time of Theorem 7, training does not lead to interpolation: samples on which both sides of the
network are inactive, $p^\top x_i \leq 0 \leq q^\top x_i$ in $f(x) = (p^\top x)_+ - (-q^\top x)_+$, keep the residual
$-y_i$ for ever. With $\Sigma = I$, $\|a^+\| = \|a^-\|$, small steps (the first one above all) and no attack, as $n$ and
$d/n$ tend to infinity, a share $\frac{3}{2\sqrt{2}\pi}\sqrt{n/d}$ of the samples is left in the end, and with it
$\frac{1}{\sqrt{2}\pi}(n/d)^{3/2}$ of $\|\mathbf{y}\|_2^2$: the trained function is not $\theta(\mathbf{y})$. (The
paper has none; the floor lies far below the stopping level.)
"""

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from checks.claim import Claim, Mutant, Reference
from checks.evidence import symbolic, trend
from checks.evidence.trend import Limit, Sweep
from checks.xing2021 import PAPER
from models.two_layer import network_training, relu
from theory.derivations import inactive_samples
from theory.notation import dimension as d
from theory.notation import sample_size as n
from theory.two_layer import relu_reduction
from theory.validation import FloatArray

FIRST = 1e-6  # the first step over the later ones: where it is not small it adds a part of order √(ηd/n)
SHARE = 3.0  # ηλ_max, of a sum over samples; a step takes about 3/n of a residual
TIMES = 8.0  # of 1/(ηd/n) steps in all: what can be fitted shrinks e^-8-fold


@dataclass(frozen=True)
class Floor:
    """Share of the samples that is left, and of ‖y‖², in n and d."""

    share: sp.Expr
    square: sp.Expr

    def over(self, power: sp.Expr, which: str) -> sp.Expr:
        """The share, or the square, over a power of √(n/d)."""
        return sp.powsimp(sp.simplify(getattr(self, which) / (n / d) ** power))

    @property
    def exponent(self) -> float:
        """The square's exponent of d/n."""
        slope = sp.simplify(-d * sp.diff(sp.log(self.square), d))
        return -float(slope)

    @property
    def latex(self) -> str:
        """Both as LaTeX."""
        return rf"{sp.latex(self.share)}, \quad {sp.latex(self.square)}"


FORMULA = Floor(3 / (2 * sp.sqrt(2) * sp.pi) * sp.sqrt(n / d), (n / d) ** sp.Rational(3, 2) / (sp.sqrt(2) * sp.pi))


@dataclass(frozen=True)
class Point:
    """Sample size, and how many times as many coordinates."""

    n: int
    ratio: int


SWEEP = Sweep(
    (Point(20, 50), Point(25, 150), Point(30, 400), Point(40, 1200), Point(60, 3000)), 4, lambda p: p.ratio, "d/n",
    lambda point: {20: 100.0, 25: 50.0, 30: 20.0, 40: 6.0, 60: 2.0}[point.n],
)  # fmt: skip


def draw(point: Point, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Data sets of model (4) with Σ = I, ‖θ₀‖ = σ = 1, in axes in which X has n + 1 columns, θ₀'s the first.

    The triangular factor of the other columns' XXᵀ is drawn as it is distributed (Bartlett): for any d at no cost.
    """
    count, columns = point.n, point.n * point.ratio - 1
    factor = np.tril(rng.standard_normal((replicates, count, count)), -1)
    diagonal = np.sqrt(rng.chisquare(columns - np.arange(count), (replicates, count)))
    factor[:, np.arange(count), np.arange(count)] = diagonal
    X = np.concatenate([rng.standard_normal((replicates, count, 1)), factor], axis=-1)
    return X, X[..., 0] + rng.standard_normal(X.shape[:2])


def left(point: Point, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """y, and which samples both sides of a network leave after long training, shape (replicates, n) each."""
    X, y = draw(point, replicates, rng)
    size = point.n * point.ratio
    step = SHARE / (np.sqrt(size) + np.sqrt(point.n)) ** 2
    first = FIRST * np.einsum("bnd,bn->bd", X, y) / size
    trained = network_training(
        X, y, relu_reduction(0.5, 0.5, 1), relu(1.0), 0.0, step_size=step, steps=round(TIMES / (step * point.ratio)),
        init=np.stack([first, -first], axis=1),
    )  # fmt: skip
    p, q = trained.vectors[:, 0], -trained.vectors[:, 1]
    inactive = (np.einsum("bnd,bd->bn", X, p) <= 0) & (np.einsum("bnd,bd->bn", X, q) >= 0)
    return y, inactive


def shares(point: Point, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Share of the samples that is left, over √(n/d), for every data set."""
    _, inactive = left(point, replicates, rng)
    scaled: FloatArray = inactive.mean(axis=1) * np.sqrt(point.ratio)
    return scaled


def squares(point: Point, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Mean square over v² of the responses that are left, for every data set."""
    y, inactive = left(point, replicates, rng)
    floors: FloatArray = np.mean(y**2 * inactive, axis=1) / 2
    return floors


def mutate(share: sp.Expr = sp.S.One, square: sp.Expr = sp.S.One) -> Floor:
    """Both times a factor."""
    return replace(FORMULA, share=FORMULA.share * share, square=FORMULA.square * square)


half = sp.Rational(1, 2)

CLAIM = Claim(
    id="xing2021.relu_network_leaves_a_floor",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 7"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "share_left", inactive_samples.inactive_share, lambda f: sp.sqrt(2) * f.over(half, "share"),
            "Responses so small that the other samples' moves leave them inactive, in units of v√(n/(2d))",
            scope=inactive_samples.SCOPE,
        ),
        symbolic.derivation(
            "square_left", inactive_samples.inactive_square, lambda f: 2 * sp.sqrt(2) * f.over(3 * half, "square"),
            "The mean square of these responses, in units of (v√(n/(2d)))³/v", scope=inactive_samples.SCOPE,
        ),
        trend.limit(
            "shares", SWEEP, shares, lambda f: Limit(float(f.over(half, "share").subs(d, n)), (0.5,)), 0.34, 0.6,
            "Share of inactive samples after long training, over √(n/d)",
            scope="n = 20 to 40 with d/n = 50 to 1200, at the full budget n = 60, d/n = 3000",
            noise=0,
        ),
        trend.rate(
            "squares", SWEEP, squares, lambda f: f.exponent, 0.5,
            "Mean square of the responses that are left, as a power of d/n",
            scope="n = 20 to 40 with d/n = 50 to 1200, at the full budget n = 60, d/n = 3000",
        ),
    ),
    mutants=(
        Mutant("share_five_percent_larger", mutate(share=sp.Rational(105, 100))),
        Mutant("only_the_first_step_decides", mutate(share=sp.sqrt(2) * 2 / 3, square=sp.sqrt(2) * 2 / 3)),
        Mutant("twice_the_share", mutate(share=sp.Integer(2))),
        Mutant("square_five_percent_larger", mutate(square=sp.Rational(105, 100))),
        Mutant("square_of_order_n_over_d", mutate(square=sp.sqrt(d / n))),
        Mutant("square_of_second_order", mutate(square=sp.sqrt(n / d))),
    ),
)  # fmt: skip
