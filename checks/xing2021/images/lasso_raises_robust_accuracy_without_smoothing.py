r"""We also observe similar results when $\xi = 0$: on a small number of samples of MNIST, $\lambda = 0.001$
improves the adversarial accuracy compared with $\lambda = 0$.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants, read_as, under_attack

RIGHT = Comparison(*PENALTY, (ROBUST,))

CLAIM = Claim(
    id="xing2021.lasso_raises_robust_accuracy_without_smoothing",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 4"),
    formula=RIGHT,
    checks=under_attack(
        Committed("fig4-unsmoothed"),
        PENALTY,
        "With ξ = 0 accuracy under attack is higher with λ = 0.001 than with λ = 0",
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(ATTACKS),
    empirical=True,
)
