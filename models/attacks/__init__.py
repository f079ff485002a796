"""Attacks: exact ones on linear models, iterated ones on networks, and their smoothed versions."""

from models.attacks.linear import linear_attack as linear_attack
