r"""$A_\epsilon(f_\theta, x, y) := \operatorname{argmax}_{z \in \mathcal{R}(0, \epsilon)} \{l(f_\theta(x + z),
y)\}$, where $z$ is subject to the constraint $\mathcal{R}(0, \epsilon)$, i.e. an $\mathcal{L}_2$ ball centered at
0 with radius $\epsilon$. The paper leaves it there; for the squared loss, $f_\theta = \theta^\top x$ and the
residual $e = \theta^\top x - y$ we read off that $A_\epsilon = \epsilon \operatorname{sign}(e) \theta /
\|\theta\|$ where $\theta \neq 0$, with either sign at $e = 0$, so that the worst loss is $(|e| + \epsilon
\|\theta\|)^2$. (At $\theta = 0$ the loss does not depend on $z$: every perturbation is a maximiser.)
"""

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks.claim import Assumption, Claim, Mutant, Reference
from checks.evidence import sampled, symbolic
from checks.perturbations import (
    LARGE,
    SMALL,
    UNSTATED,
    Attack,
    Pair,
    cover_gap,
    neighbour_gap,
    pairs,
    production,
    rounding,
    sign,
    worst_loss,
)
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import attack as derivations
from theory.norms import dual_perturbation
from theory.validation import FloatArray


def without_the_residuals_sign(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """ε θ/‖θ‖, whatever the residual."""
    return dual_perturbation(theta, norm, radius)


def not_normalised(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """ε sign(e) θ."""
    return radius * sign(e) * theta


def five_percent_short(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """0.95 of the attack."""
    return production(theta, e, 0.95 * radius, norm)


def signs_in_the_ball(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """The linf attack, scaled into the l2 ball."""
    scaled: FloatArray = radius * sign(e) * np.sign(theta) / np.sqrt(len(theta))
    return scaled


def no_attack_at_residual_zero(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """The attack with sign(0) = 0."""
    return float(np.sign(e)) * dual_perturbation(theta, norm, radius)


def nonzero(pair: Pair) -> bool:
    """Whether some coefficient is not 0."""
    return bool(pair.coefficients.any())


e, eps, n = sym.residual, sym.radius, sym.coefficient_norm
FORMULA = Attack(worst_loss(n), production)

CLAIM = Claim(
    id="xing2021.attack_is_worst_case",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (1)"),
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.worst_case_loss, lambda f: f.expression, "Maximising the loss over the ball"
        ),
        sampled.search(
            "brute_force", pairs(SMALL, st.just(2.0)), cover_gap, rounding(SMALL),
            "The best of a fixed cover of the ball against the attack", scope="d = 1 to 3",
        ),
        sampled.search(
            "neighbours", pairs(LARGE, st.just(2.0)), neighbour_gap, rounding(LARGE),
            "The best of random, extremal and neighbouring perturbations against the attack", scope=f"d = 1 to {LARGE}",
        ),
    ),
    mutants=(
        Mutant("without_the_sign_of_the_residual", Attack((e + eps * n) ** 2, without_the_residuals_sign)),
        Mutant("not_normalised", Attack(worst_loss(n**2), not_normalised)),
        Mutant("five_percent_short", Attack(worst_loss(sp.Rational(95, 100) * n), five_percent_short)),
        Mutant("signs_scaled_into_the_ball", Attack(UNSTATED, signs_in_the_ball)),
        Mutant("no_attack_at_residual_zero", Attack((e + eps * n * sp.sign(e)) ** 2, no_attack_at_residual_zero)),
    ),
    assumptions=(Assumption("the model is not null", r"$\theta \neq 0$", nonzero),),
)  # fmt: skip
