"""ReLU networks of four neurons trained from zero in exact rational arithmetic, straight from the definition."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

WEIGHTS = (1, 1, -1, -1)
ROOT_WIDTH = 2
"""√h: that of h = 4 is rational."""

Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class State:
    """The vectors θ_j, the products xᵢᵀθ_j of every sample, and the residuals f(xᵢ) - yᵢ."""

    vectors: tuple[Vector, ...]
    products: tuple[Vector, ...]
    residuals: Vector

    @property
    def mean_square(self) -> Fraction:
        """‖f - y‖²/n."""
        return sum((r * r for r in self.residuals), Fraction(0)) / len(self.residuals)

    def inactive(self, sample: int) -> bool:
        """Whether no neuron is above 0 at that sample, nor at 0."""
        return all(u < 0 for u in self.products[sample])


def states(X: Sequence[Vector], y: Vector, slope: Fraction, step: Fraction) -> Iterator[State]:
    """θ_j <- θ_j - η (2/n) Σᵢ rᵢ (a_j/√h) relu'(xᵢᵀθ_j) xᵢ from zero, without attack, relu'(0) = `slope`; no end."""
    vectors = tuple((Fraction(0),) * len(X[0]) for _ in WEIGHTS)
    while True:
        products = tuple(tuple(_product(x, theta) for theta in vectors) for x in X)
        outputs = (_product(map(Fraction, WEIGHTS), (max(u, Fraction(0)) for u in row)) for row in products)
        residuals = tuple(f / ROOT_WIDTH - response for f, response in zip(outputs, y, strict=True))
        yield State(vectors, products, residuals)
        vectors = tuple(
            _moved(theta, -step * 2 * a / (len(y) * ROOT_WIDTH), X, residuals, [row[j] for row in products], slope)
            for j, (a, theta) in enumerate(zip(WEIGHTS, vectors, strict=True))
        )


def _moved(
    theta: Vector, factor: Fraction, X: Sequence[Vector], residuals: Vector, inner: Sequence[Fraction], slope: Fraction
) -> Vector:
    for x, residual, u in zip(X, residuals, inner, strict=True):
        weight = factor * residual * (1 if u > 0 else slope if u == 0 else 0)
        if weight:
            theta = tuple(value + weight * entry for value, entry in zip(theta, x, strict=True))
    return theta


def _product(left: Iterable[Fraction], right: Iterable[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))
