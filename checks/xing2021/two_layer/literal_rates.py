"""What the claims on the rate of the smoothed risk share: Theorem 2's and 3's schedules at sizes n beyond float64."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp

from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk_hessian
from theory.surrogate import frozen_attack_field, surrogate_risk
from theory.validation import FloatArray

POPULATION, RADIUS = LinearGaussian(np.array([1.0]), np.eye(1), 1.0), 0.5
"""On the ray of θ₀ every problem with Σ = I and ‖θ₀‖ = 1 is this one; d is fixed."""
OPTIMUM = robust_minimizer(POPULATION, RADIUS)
VARIANCE = POPULATION.total_std**2
CURVATURE = float(adversarial_risk_hessian(OPTIMUM.coefficients, POPULATION, RADIUS)[0, 0])
"""μ = 2.108."""
LOG_SIZES = 10.0 ** np.arange(1, 9)
SOLVER = 1e-12  # relative error asked of the integration
NEGLIGIBLE = 1e-19  # Theorem 2's (d/√n) log n is 2e-20 at log n = 100, and further on underflows


class Excess(NamedTuple):
    """(R_{L,ξ}(θ(T)) - R*)/v² under the schedules of Theorems 2 and 3 at `LOG_SIZES`, and Theorem 3's ξ/v²."""

    linear: FloatArray
    network: FloatArray
    share: FloatArray


@lru_cache(maxsize=16)
def excess(smoothness: float) -> Excess:
    """Along the flow of the update with the attack held fixed, from 0 for η T = (log log n)/L, h → ∞ and d = 1.

    Steps of size η = ξ/(v²L) instead of a flow multiply the distance to rest by exp(-O(η log log n)), which tends to 1.
    """
    twice = np.log(LOG_SIZES)
    network = twice / (LOG_SIZES - twice / 2)
    linear = LOG_SIZES[:1] * np.exp(-LOG_SIZES[:1] / 2)
    first = _after(VARIANCE * float(linear[0]), twice[:1] / smoothness)
    others = _after(NEGLIGIBLE, twice[1:] / smoothness)
    found = [_after(VARIANCE * share, np.array([time / smoothness]))[0]
             for share, time in zip(network, twice, strict=True)]  # fmt: skip
    return Excess(np.concatenate([first, others]), np.array(found), network)


def _after(smoothing: float, durations: FloatArray) -> FloatArray:
    """(R_{L,ξ} - R*)/v² after some times, in increasing order."""
    found = solve_ivp(
        lambda _, theta: -frozen_attack_field(theta, POPULATION, RADIUS, smoothing), (0.0, float(durations[-1])),
        [0.0], "DOP853", durations, rtol=SOLVER, atol=SOLVER,
    )  # fmt: skip
    risk: FloatArray = surrogate_risk(found.y.T, POPULATION, RADIUS, smoothing)
    return (risk - OPTIMUM.risk) / VARIANCE
