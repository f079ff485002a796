"""Linear models: Algorithm 1, exact minimisers of the adversarial loss, and the minimum-norm interpolator."""
