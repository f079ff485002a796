"""Linear models: Algorithm 1, exact minimisers of the adversarial loss, and the minimum-norm interpolator."""

from models.linear.interpolator import minimum_norm_interpolator as minimum_norm_interpolator
from models.linear.minimizer import AdversarialMinimum as AdversarialMinimum
from models.linear.minimizer import adversarial_minimizer as adversarial_minimizer
from models.linear.stability import largest_stable_step as largest_stable_step
from models.linear.stability import sufficient_step as sufficient_step
from models.linear.training import Divergence as Divergence
from models.linear.training import Training as Training
from models.linear.training import adversarial_training as adversarial_training
