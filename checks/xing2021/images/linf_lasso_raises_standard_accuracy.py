r"""We add LASSO in the $L_\infty$ adversarial training in MNIST. LASSO improves standard testing accuracies."""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import PENALTY, mutants, read_as, without_attack

RIGHT = Comparison(*PENALTY, (CLEAN,))

CLAIM = Claim(
    id="xing2021.linf_lasso_raises_standard_accuracy",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 15"),
    formula=RIGHT,
    checks=without_attack(
        Committed("fig15"),
        PENALTY,
        "On few images of MNIST standard accuracy after linf training is higher with LASSO than without",
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(),
    empirical=True,
)
