r"""The paper has none: equation (1) is stated for the $\mathcal{L}_2$ ball. For the squared loss, $f_\theta =
\theta^\top x$, the residual $e = \theta^\top x - y$ and an $\mathcal{L}_p$ ball with $1 \leq p \leq \infty$ and
$1/p + 1/q = 1$, the attack is $\operatorname{sign}(e)$ times the perturbation that attains Hölder's inequality,
$z_j = \epsilon \operatorname{sign}(\theta_j) |\theta_j|^{q-1} / \|\theta\|_q^{q-1}$ for $1 < p < \infty$, and the
worst loss is $(|e| + \epsilon \|\theta\|_q)^2$: the dual norm is attained.
"""

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, symbolic
from checks.perturbations import (
    LARGE,
    SMALL,
    UNSTATED,
    Attack,
    cover_gap,
    neighbour_gap,
    pairs,
    production,
    rounding,
    worst_loss,
)
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import attack as derivations
from theory.norms import conjugate_exponent, dual_perturbation
from theory.validation import FloatArray

NORMS = st.one_of(st.sampled_from([1.0, 1.5, 2.0, 3.0, np.inf]), domains.numbers(1.05, 20.0))


def without_the_residuals_sign(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """The attack for a positive residual, whatever the residual."""
    return dual_perturbation(theta, norm, radius)


def conjugate_ball(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """The attack of the lq ball in the place of the lp ball."""
    return production(theta, e, radius, conjugate_exponent(norm))


def exponent_off(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """The attack with q - 1 five per cent too large, brought back to the sphere."""
    z = production(np.sign(theta) * np.abs(theta) ** 1.05, e, radius, norm)
    return z


def five_percent_short(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """0.95 of the attack."""
    return production(theta, e, 0.95 * radius, norm)


e, eps, n = sym.residual, sym.radius, sym.coefficient_norm
FORMULA = Attack(worst_loss(n), production)

CLAIM = Claim(
    id="xing2021.lp_attack_is_worst_case",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (1)"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.worst_case_loss_lp, lambda f: f.expression, "Maximising the loss over the lp ball"
        ),
        sampled.search(
            "brute_force", pairs(SMALL, NORMS), cover_gap, rounding(SMALL),
            "The best of a fixed cover of the ball against the attack", scope="d = 1 to 3, p = 1, 1.05 to 20, ∞",
        ),
        sampled.search(
            "neighbours", pairs(LARGE, NORMS), neighbour_gap, rounding(LARGE),
            "The best of random, extremal and neighbouring perturbations against the attack",
            scope=f"d = 1 to {LARGE}, p = 1, 1.05 to 20, ∞",
        ),
    ),
    mutants=(
        Mutant("without_the_sign_of_the_residual", Attack((e + eps * n) ** 2, without_the_residuals_sign)),
        Mutant("ball_of_the_conjugate_exponent", Attack(UNSTATED, conjugate_ball)),
        Mutant("exponent_five_percent_off", Attack(UNSTATED, exponent_off)),
        Mutant("five_percent_short", Attack(worst_loss(sp.Rational(95, 100) * n), five_percent_short)),
    ),
)  # fmt: skip
