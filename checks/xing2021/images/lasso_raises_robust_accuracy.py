r"""For adversarial accuracy, the results with two different $\lambda$'s are significantly different, where the
choice of $\lambda = 0.001$ improves the adversarial accuracy compared with $\lambda = 0$: digits 0 and 1 of
MNIST, a two-layer network with 1024 hidden nodes, a small number of samples, $L_2$ attack with $\epsilon = 3$,
$\xi = 10^{-4}$, 2000 epochs.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants, read_as, under_attack

RIGHT = Comparison(*PENALTY, (ROBUST,))

CLAIM = Claim(
    id="xing2021.lasso_raises_robust_accuracy",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 4"),
    formula=RIGHT,
    checks=under_attack(
        Committed("fig4"),
        PENALTY,
        "On few images of MNIST accuracy under attack is higher with λ = 0.001 than with λ = 0",
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(ATTACKS),
    empirical=True,
)
