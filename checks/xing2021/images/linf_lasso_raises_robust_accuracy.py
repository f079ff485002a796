r"""We add LASSO in the $L_\infty$ adversarial training in MNIST. LASSO improves adversarial testing accuracies."""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants, read_as, under_attack

RIGHT = Comparison(*PENALTY, (ROBUST,))

CLAIM = Claim(
    id="xing2021.linf_lasso_raises_robust_accuracy",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 15"),
    formula=RIGHT,
    checks=under_attack(
        Committed("fig15"),
        PENALTY,
        "On few images of MNIST accuracy under the linf attack is higher with LASSO than without",
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(ATTACKS),
    empirical=True,
)
