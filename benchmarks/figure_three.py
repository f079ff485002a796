"""Figure 3's 300 trainings (100 data sets, three radii): one batch against a loop over them."""

from collections.abc import Callable

import numpy as np

from benchmarks.timing import Row, seconds
from models.linear.training import Training, adversarial_training
from theory.population import LinearGaussian

N, D, REPLICATES, STEPS = 20, 1000, 100, 1000
STEP_SIZE, SMOOTHING = 0.001, 0.5
RADII = (0.0, 0.01, 0.1)
POPULATION = LinearGaussian(np.r_[np.ones(10), np.zeros(D - 10)], np.eye(D), 1.0)


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X, y and radius of every training, the radii in turn for each data set."""
    rng = np.random.default_rng(3)
    drawn = [POPULATION.sample(N, rng) for _ in range(REPLICATES)]
    X, y = (np.repeat(np.stack(parts), len(RADII), axis=0) for parts in zip(*drawn, strict=True))
    return X, y, np.tile(RADII, REPLICATES)


def batch(X: np.ndarray, y: np.ndarray, radius: np.ndarray) -> Training:
    """All trainings at once, with their training and test losses at every step."""
    return adversarial_training(
        X, y, radius, SMOOTHING, step_size=STEP_SIZE, steps=STEPS, record=("train", "population"), population=POPULATION
    )


def loop(X: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Algorithm 1 as one writes it down, a training at a time, with the same losses."""
    return np.stack([_train(*one) for one in zip(X, y, radius, strict=True)])


def _train(X: np.ndarray, y: np.ndarray, radius: float) -> np.ndarray:
    theta, truth = np.zeros(D), POPULATION.true_coefficients
    losses = []
    for _ in range(STEPS + 1):
        e, n = X @ theta - y, np.linalg.norm(theta)
        share = 2 * radius * e / np.sqrt((2 * e * n) ** 2 + SMOOTHING**2)
        attacked = e + share * n * n
        s = np.sqrt((theta - truth) @ (theta - truth) + 1)
        losses.append((np.mean(attacked**2), s * s + 2 * radius * np.sqrt(2 / np.pi) * n * s + (radius * n) ** 2))
        last = theta
        theta = theta - STEP_SIZE * 2 / N * (X.T @ attacked + (attacked @ share) * theta)
    return last


def row() -> Row:
    """Seconds for the batch against a plain loop, and how far apart the trained models are."""
    drawn = data()
    batch(*drawn)
    ours, found = _timed(lambda: batch(*drawn).coefficients)
    peer, expected = _timed(lambda: loop(*drawn))
    gap = float(np.abs(found - expected).max() / np.abs(expected).max())
    own = seconds(lambda: [batch(X[None], y[None], radius[None]) for X, y, radius in zip(*drawn, strict=True)])
    return Row(
        name=f"Figure 3: {len(drawn[2])} trainings, n = {N}, d = {D}, {STEPS} steps",
        ours=ours,
        peer=peer,
        peer_name="a NumPy loop over the trainings",
        goal=20,
        note=f"largest difference {gap:.1e}; our trainer called once for each takes {own / ours:.3g} times as long",
    )


def _timed(function: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    kept: list[np.ndarray] = []
    took = seconds(lambda: kept.append(function()))
    return took, kept[0]
