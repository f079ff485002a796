"""Two-layer networks with a trained first layer: Algorithm 1, exact and certified attacks, population risks."""

from models.two_layer.activations import Activation as Activation
from models.two_layer.activations import activation as activation
from models.two_layer.activations import relu as relu
from models.two_layer.activations import softplus_backward as softplus_backward
from models.two_layer.balls import CertifiedRange as CertifiedRange
from models.two_layer.balls import certified_range as certified_range
from models.two_layer.bracket import smooth_range as smooth_range
from models.two_layer.network import TwoLayerNetwork as TwoLayerNetwork
from models.two_layer.network import vanishing_init as vanishing_init
from models.two_layer.pgd import ascended_loss as ascended_loss
from models.two_layer.ranges import Range as Range
from models.two_layer.ranges import two_slope_range as two_slope_range
from models.two_layer.risk import RiskEstimate as RiskEstimate
from models.two_layer.risk import network_risk as network_risk
from models.two_layer.sectors import relu_range as relu_range
from models.two_layer.training import Divergence as Divergence
from models.two_layer.training import NetworkTraining as NetworkTraining
from models.two_layer.training import network_training as network_training
