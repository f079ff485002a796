r"""We add LASSO in the $L_\infty$ adversarial training in CIFAR-10. LASSO improves standard testing accuracies."""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import PENALTY, mutants, read_as, without_attack
from checks.xing2021.images.published import TABLE_TWO

RIGHT = Comparison(*PENALTY, (CLEAN,))

CLAIM = Claim(
    id="xing2021.linf_lasso_raises_standard_accuracy_in_figure_16",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 16"),
    formula=RIGHT,
    checks=without_attack(
        Committed("fig16"),
        PENALTY,
        "On CIFAR-10 standard accuracy after linf training is higher with LASSO than without",
        stated=TABLE_TWO,
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(),
    empirical=True,
)
