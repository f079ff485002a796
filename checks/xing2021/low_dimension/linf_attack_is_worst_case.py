r"""The paper has none: equation (1) is stated for the $\mathcal{L}_2$ ball, and section 4 uses it for the
$\mathcal{L}_\infty$ ball. For the squared loss, $f_\theta = \theta^\top x$ and the residual $e = \theta^\top x -
y$ the $\mathcal{L}_\infty$ attack is $\epsilon \operatorname{sign}(e) \operatorname{sign}(\theta)$, with either
sign at $e = 0$ and any perturbation of a coordinate with $\theta_j = 0$, so that the worst loss is $(|e| +
\epsilon \|\theta\|_1)^2$.
"""

import numpy as np
import sympy as sp
from hypothesis import strategies as st

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
    sign,
    worst_loss,
)
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import attack as derivations
from theory.norms import dual_perturbation
from theory.validation import FloatArray


def without_the_residuals_sign(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """ε sign(θ), whatever the residual."""
    return dual_perturbation(theta, norm, radius)


def l2_attack(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """The l2 attack, which lies in the linf ball too."""
    return production(theta, e, radius, 2)


def largest_coordinate(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """The l1 attack, which moves one coordinate."""
    return production(theta, e, radius, 1)


def five_percent_short(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """0.95 of the attack."""
    return production(theta, e, 0.95 * radius, norm)


def stretched(theta: FloatArray, e: float, radius: float, norm: float) -> FloatArray:
    """The l2 direction, stretched until its largest coordinate is ε."""
    largest = np.abs(theta).max()
    return radius * sign(e) * theta / largest if largest > 0 else np.zeros_like(theta)


def norms_written_out(expression: sp.Expr) -> sp.Expr:
    """The stated loss with both norms in terms of the coordinates that the derivation uses."""
    symbols = derivations.worst_case_loss_linf().result.free_symbols - {sym.residual, sym.radius}
    sizes = [sp.Abs(symbol) for symbol in sorted(symbols, key=str)]
    euclidean = sp.sqrt(sum((size**2 for size in sizes), sp.S.Zero))
    values = {sym.coefficient_norm_1: sum(sizes, sp.S.Zero), sym.coefficient_norm: euclidean}
    return expression.subs(values)


def one_coordinate_more(expression: sp.Expr) -> sp.Expr:
    """The stated loss with ε‖θ‖₁ = ε|θ_i| + r, r that of the coordinates before."""
    return expression.subs(sym.coefficient_norm_1, sp.Abs(sym.coefficient) + sym.attack_rest / sym.radius)


e, eps, m = sym.residual, sym.radius, sym.coefficient_norm_1
FORMULA = Attack(worst_loss(m), production)

CLAIM = Claim(
    id="xing2021.linf_attack_is_worst_case",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (1)"),
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.worst_case_loss_linf, lambda f: norms_written_out(f.expression),
            "Maximising the loss over the square", scope="d = 2",
        ),
        symbolic.derivation(
            "induction", derivations.worst_case_loss_linf_coordinate, lambda f: one_coordinate_more(f.expression),
            "Maximising over one coordinate after another",
        ),
        sampled.search(
            "brute_force", pairs(SMALL, st.just(np.inf)), cover_gap, rounding(SMALL),
            "The best of a fixed cover of the cube, corners included, against the attack", scope="d = 1 to 3",
        ),
        sampled.search(
            "neighbours", pairs(LARGE, st.just(np.inf)), neighbour_gap, rounding(LARGE),
            "The best of random, extremal and neighbouring perturbations against the attack", scope=f"d = 1 to {LARGE}",
        ),
    ),
    mutants=(
        Mutant("without_the_sign_of_the_residual", Attack((e + eps * m) ** 2, without_the_residuals_sign)),
        Mutant("l2_attack", Attack(UNSTATED, l2_attack)),
        Mutant("largest_coordinate_only", Attack(UNSTATED, largest_coordinate)),
        Mutant("l2_direction_stretched_to_the_cube", Attack(UNSTATED, stretched)),
        Mutant("five_percent_short", Attack(worst_loss(sp.Rational(95, 100) * m), five_percent_short)),
    ),
)  # fmt: skip
