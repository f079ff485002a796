"""Attacks: exact ones on linear models, iterated ones on networks, and their smoothed versions.

Those on networks are imported from their modules: this one loads without torch, which many checks do not need.
"""

from models.attacks.linear import linear_attack as linear_attack
