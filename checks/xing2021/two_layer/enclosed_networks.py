"""Risks of smooth networks on one input under the strongest attack, in ball arithmetic."""

from collections.abc import Callable
from functools import lru_cache

from flint import acb, arb, ctx

from checks.enclosure import Ball
from checks.evidence import certified
from checks.xing2021.two_layer.smooth_networks import Family

PHI: dict[str, Callable[[Ball], Ball]] = {
    "tanh": lambda u: u.tanh(),
    "softplus": lambda u: ((1 + u.exp()) / 2).log(),
    "silu": lambda u: u / (1 + (-u).exp()),
    "sigmoid": lambda u: (u / 2).tanh() / 2,
}
GROWTH = (2.0, 4.0)
"""For θ₀ = 1, β <= 1 and ε, σ <= 1/2: the root of the mean loss at x is at most |x| + σ + b (|x| + ε), where b < 2.3 is
sup|φ'|/φ'(0)."""


@lru_cache(maxsize=256)
def network_risk_on_line(family: Family, width: int, coefficient: float, radius: float, noise_std: float) -> Ball:
    """E max {(f(x + δ) - x - noise)² : |δ| <= ε} over x ~ N(0, 1), of the network with θ_j = a_j V/√h and β given."""

    def loss(z: Ball, analytic: bool) -> Ball:
        sides = (mean_loss(family, width, side * z, arb(coefficient), arb(radius), arb(noise_std)) for side in (1, -1))
        return sum(sides, acb(0)) / 2

    with ctx.workprec(certified.PRECISION):
        return certified.half_gaussian_mean(loss, GROWTH)


def mean_loss(family: Family, width: int, x: Ball, coefficient: Ball, radius: Ball, noise_std: Ball) -> Ball:
    """E max {(f(x + δ) - x - noise)² : |δ| <= ε} over the noise: σ² + μ² + w² + 2w E|y - m|, f from m - w to m + w.

    At the widths used |a_j V x|/√h stays below 1/2, up to the cutoff of integrals: there φ' > 0, so that f increases on
    the line, and the logarithm and tanh are holomorphic. Beyond the cutoff `GROWTH` asks for neither.
    """
    low, high = (_value(family, width, coefficient, x + shift) for shift in (-radius, radius))
    mu, half = x - (low + high) / 2, (high - low) / 2
    t = mu / (noise_std * arb(2).sqrt())
    distance = noise_std * (2 / arb.pi()).sqrt() * (-t * t).exp() + mu * t.erf()
    return noise_std**2 + mu**2 + half**2 + 2 * half * distance


def _value(family: Family, width: int, coefficient: Ball, x: Ball) -> Ball:
    """f(x) = √h times the mean of a φ(a V x/√h), V = β/(φ'(0) ‖a‖²/h)."""
    phi, root = PHI[family.activation.name], arb(width).sqrt()
    square = arb(sum(a * a for a in family.weights)) / len(family.weights)
    inner = coefficient / (arb(family.activation.slope) * square * root) * x
    return root * sum((a * phi(a * inner) for a in family.weights), acb(0)) / len(family.weights)
