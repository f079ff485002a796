"""Minimisers on designs drawn column by column are those on the whole design, whose law is Gaussian."""

import numpy as np
import pytest

from checks.xing2021.lasso.sparse_designs import GAP, RADIUS, Setting, draw, draw_minimizer
from models.linear.minimizer import adversarial_minimizer

EQUAL, GRADED = (1.0,) * 5, (3.0, 2.0, 1.0)


@pytest.mark.parametrize(
    "setting",
    [Setting(100, 300, GRADED, 0.6), Setting(100, 300, GRADED), Setting(200, 400, EQUAL), Setting(50, 200, EQUAL, 3.0)],
    ids=["many enter", "some enter", "few enter", "null"],
)
def test_the_rest_of_the_design_changes_nothing(setting: Setting) -> None:
    rng = np.random.default_rng(1)
    for _ in range(3):
        theta, columns, y = draw_minimizer(setting, rng)
        free = rng.standard_normal((setting.n, len(columns.unseen)))
        rest = columns.axes @ columns.unseen.T + free - columns.axes @ (columns.axes.T @ free)
        whole = np.c_[columns.X, rest]
        assert whole.shape == (setting.n, setting.d)
        found = adversarial_minimizer(whole, y, RADIUS, l1=setting.l1, tol=GAP)
        k = columns.X.shape[1]
        # Both certificates together bound the distance by the root of twice the gap times an objective of order 1.
        np.testing.assert_allclose(found.coefficients[:k], theta, atol=2 * np.sqrt(GAP))
        np.testing.assert_allclose(found.coefficients[k:], 0.0, atol=2 * np.sqrt(GAP))
        # 3e4 to 8e4 entries of variance 1; their largest is below 7 but once in 1e6 designs.
        assert abs(np.mean(whole**2) - 1) < 6 * np.sqrt(2 / whole.size)
        assert np.abs(whole).max() < 7


def test_known_parts_have_mean_zero_and_explain_the_spread() -> None:
    found = draw(Setting(800, 1600, EQUAL), 30, np.random.default_rng(2))
    for rest, known in ((found.excess, found.known_excess), (found.shift, found.known_shift)):
        # A mean of 30 draws beyond six standard errors has probability 1e-6.
        assert abs(known.mean()) < 6 * known.std(ddof=1) / np.sqrt(30)
        assert rest.std() < (rest + known).std() / 3
