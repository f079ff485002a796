"""The smoothed risk of a batch of coefficients: closed form against adaptive quadrature of its definition."""

import numpy as np
from scipy.integrate import quad

from benchmarks.timing import Row, in_turn
from theory.population import LinearGaussian
from theory.surrogate import surrogate_risk

BATCH, PEER_BATCH, D = 10_000, 40, 10
RADIUS, SMOOTHING = 0.7, 0.05


def by_quadrature(coefficients: np.ndarray, population: LinearGaussian) -> float:
    """E (e + θᵀA)² for one θ, integrated over the residual by QUADPACK to 1e-10."""
    error = coefficients - population.true_coefficients
    s = np.sqrt(error @ population.covariance @ error + population.noise_std**2)
    n = np.sqrt(coefficients @ coefficients)

    def integrand(e: float) -> float:
        moved = 2 * RADIUS * abs(e) * n**2 / np.sqrt(4 * e**2 * n**2 + SMOOTHING**2)
        return float((abs(e) + moved) ** 2 * np.exp(-(e**2) / (2 * s**2)))

    value, _ = quad(integrand, 0, np.inf, epsrel=1e-10, epsabs=0)
    return float(value * np.sqrt(2 / np.pi) / s)


def row() -> Row:
    """Seconds per evaluation of both, and the largest relative difference between them."""
    rng = np.random.default_rng(1)
    population = LinearGaussian(np.ones(D), np.eye(D), 1.0)
    batch = rng.standard_normal((BATCH, D))
    few = batch[:PEER_BATCH]
    ours, peer = in_turn(
        lambda: surrogate_risk(batch, population, RADIUS, SMOOTHING),
        lambda: [by_quadrature(c, population) for c in few],
    )
    expected = np.array([by_quadrature(c, population) for c in few])
    difference = np.max(np.abs(surrogate_risk(few, population, RADIUS, SMOOTHING) / expected - 1))
    return Row(
        name=f"surrogate_risk, d = {D}, batch of {BATCH}, per evaluation",
        ours=ours / BATCH,
        peer=peer / PEER_BATCH,
        peer_name="scipy.integrate.quad at 1e-10",
        goal=500,
        note=f"largest relative difference {difference:.1e}",
    )
