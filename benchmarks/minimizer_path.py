"""The robust minimisers along a path of radii: one eigendecomposition against a general-purpose minimiser."""

import numpy as np
from scipy.optimize import minimize

from benchmarks.timing import Row, in_turn
from theory.optimum import minimizer_path
from theory.population import LinearGaussian
from theory.risk import adversarial_risk, adversarial_risk_gradient

D, RADII = 200, np.linspace(0.01, 1.0, 200)
PEER_RADII = RADII[::40]


def stationarity(coefficients: np.ndarray, population: LinearGaussian, radius: float) -> float:
    """Norm of the gradient of the risk."""
    gradient = adversarial_risk_gradient(coefficients, population, radius)
    return float(np.sqrt(gradient @ gradient))


def by_bfgs(population: LinearGaussian, radius: float) -> np.ndarray:
    """Minimiser found by BFGS with the exact gradient, from the least-squares optimum."""
    found = minimize(
        lambda c: float(adversarial_risk(c, population, radius)),
        population.true_coefficients,
        jac=lambda c: adversarial_risk_gradient(c, population, radius),
        method="BFGS",
        options={"gtol": 1e-9, "maxiter": 5000},
    )
    return np.asarray(found.x)


def row() -> Row:
    """Seconds per radius of both, and the worst stationarity of each."""
    rng = np.random.default_rng(2)
    design = rng.standard_normal((D, 2 * D))
    population = LinearGaussian(rng.standard_normal(D) / np.sqrt(D), design @ design.T / (2 * D), 1.0)
    ours, peer = in_turn(
        lambda: minimizer_path(population, RADII), lambda: [by_bfgs(population, radius) for radius in PEER_RADII], 1
    )
    path = minimizer_path(population, PEER_RADII).coefficients
    mine = max(stationarity(c, population, r) for c, r in zip(path, PEER_RADII, strict=True))
    theirs = max(stationarity(by_bfgs(population, r), population, r) for r in PEER_RADII)
    return Row(
        name=f"minimizer_path, d = {D}, {len(RADII)} radii, per radius",
        ours=ours / len(RADII),
        peer=peer / len(PEER_RADII),
        peer_name="scipy.optimize.minimize (BFGS)",
        goal=100,
        note=f"stationarity {mine:.1e} against {theirs:.1e}",
    )
