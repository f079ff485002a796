"""The l1 path where all coordinates join at once, some only to leave again: optimality on every segment."""

import numpy as np
import pytest

from theory.l1_path import l1_path
from theory.population import LinearGaussian


@pytest.mark.parametrize("seed", range(40))
def test_paths_from_a_knot_at_which_every_coordinate_is_tied_are_optimal(seed: int) -> None:
    """Σ(θ - θ₀) = -μg with g = sign θ, and |g| <= 1 where θ is 0, in the middle of each segment."""
    rng, d = np.random.default_rng(seed), 6
    root = rng.standard_normal((d, d))
    covariance = root @ root.T + 0.1 * np.eye(d)
    truth = np.linalg.solve(covariance, np.sign(rng.standard_normal(d)))
    path = l1_path(LinearGaussian(truth, covariance, 0.5))
    # What Σ is known to, some EPS, grows by its condition, below 1e3, on the way through θ₀ and the segments.
    assert path[0].upper == pytest.approx(1.0, rel=1e-9)
    assert path[-1].lower == 0
    for segment in path:
        penalty = (segment.lower + segment.upper) / 2
        error = segment.error + penalty * segment.slope
        pull, active = -covariance @ error / penalty, segment.signs != 0
        np.testing.assert_allclose(pull[active], segment.signs[active], atol=1e-9)
        assert np.abs(pull).max() <= 1 + 1e-9
        assert ((truth + error) * segment.signs >= -1e-9).all()
