"""Attacks: exact ones on linear models, iterated ones on networks, and their smoothed versions."""

from models.attacks.linear import linear_attack as linear_attack
from models.attacks.losses import cross_entropy as cross_entropy
from models.attacks.losses import dlr as dlr
from models.attacks.losses import margin as margin
from models.attacks.losses import parameters_frozen as parameters_frozen
from models.attacks.losses import squared_error as squared_error
from models.attacks.pgd import pgd as pgd
from models.attacks.smoothing import smoothed_attack as smoothed_attack
from models.attacks.threat import Threat as Threat
