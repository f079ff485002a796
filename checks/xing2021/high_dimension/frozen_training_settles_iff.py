r"""Beyond the stopping time, $\xi$ matters. With $\theta(\mathbf{y}) = \mathbf{X}^\top(\mathbf{X}\mathbf{X}^\top)^{-1}
\mathbf{y}$, $\lambda_{\max}$ the largest eigenvalue of $\mathbf{X}\mathbf{X}^\top$ and $\eta\lambda_{\max} < n$, the
training of Algorithm 1, which holds the attack fixed, converges to $\theta(\mathbf{y})$ from nearby if
$\xi > \xi_c = 2\epsilon\|\theta(\mathbf{y})\|^2 / (n/(\eta\lambda_{\max}) - 1)$ and is repelled by it if
$\xi < \xi_c$. A small residual along an eigenvector of $\mathbf{X}\mathbf{X}^\top$ with eigenvalue $\lambda$ is
multiplied by $1 - (2\eta\lambda/n)(1 + 2\epsilon\|\theta(\mathbf{y})\|^2/\xi)$ in each step. (The paper has none;
that $T$ is finite "for any $\xi > 0$" holds up to the stopping time only. Trainings from zero are observed to end on
the same side.)
"""

import sympy as sp

from checks.claim import Claim, Mutant, Reference
from checks.formula import Formula
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.settling import Settling, checks_of, production
from theory import notation as sym
from theory.derivations.interpolation_stability import frozen_multiplier
from theory.interpolation_stability import FROZEN_MULTIPLIER, FROZEN_STABLE_SMOOTHING

THRESHOLD, MULTIPLIER = production("frozen")
SETTLING = Settling(
    "frozen",
    Formula(FROZEN_STABLE_SMOOTHING, r"\xi_c", THRESHOLD),
    Formula(FROZEN_MULTIPLIER, r"\mu", MULTIPLIER),
)

n, eta, largest = sym.sample_size, sym.step_size, sym.gram_eigenvalue
eps, xi, size = sym.radius, sym.smoothing, sym.interpolator_size

CLAIM = Claim(
    id="xing2021.frozen_training_settles_iff",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 5"),
    ours=True,
    formula=SETTLING,
    checks=checks_of("frozen", frozen_multiplier),
    mutants=(
        Mutant("threshold_five_percent_low", SETTLING.change(FROZEN_STABLE_SMOOTHING * 95 / 100, FROZEN_MULTIPLIER)),
        Mutant("threshold_five_percent_high", SETTLING.change(FROZEN_STABLE_SMOOTHING * 105 / 100, FROZEN_MULTIPLIER)),
        Mutant(
            "norm_instead_of_its_square",
            SETTLING.change(FROZEN_STABLE_SMOOTHING / size, FROZEN_MULTIPLIER.subs(size, sp.sqrt(size))),
        ),
        Mutant("attack_not_amplified", SETTLING.change(FROZEN_STABLE_SMOOTHING, 1 - 2 * eta * largest / n)),
        Mutant(
            "summed_loss",
            SETTLING.change(2 * eps * size**2 / (2 * n / (eta * largest) - 1), FROZEN_MULTIPLIER.subs(eta, eta / 2)),
        ),
    ),
)
