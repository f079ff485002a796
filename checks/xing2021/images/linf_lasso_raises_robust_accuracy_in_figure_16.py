r"""We add LASSO in the $L_\infty$ adversarial training in CIFAR-10. LASSO improves adversarial testing accuracies."""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants, read_as, under_attack
from checks.xing2021.images.published import TABLE_TWO

RIGHT = Comparison(*PENALTY, (ROBUST,))

CLAIM = Claim(
    id="xing2021.linf_lasso_raises_robust_accuracy_in_figure_16",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 16"),
    formula=RIGHT,
    checks=under_attack(
        Committed("fig16"),
        PENALTY,
        "On CIFAR-10 accuracy under the linf attack is higher with LASSO than without",
        stated=TABLE_TWO,
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(ATTACKS),
    empirical=True,
)
