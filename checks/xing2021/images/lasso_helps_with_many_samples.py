"""Our theorem only concerns the high dimensional case, i.e., small-$n$-large-$d$, however, as showed in Table 1,
both standard and adversarial testing accuracies are still enhanced when using LASSO, in this large-$n$
application (Refer to Remark 3).
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants, read_as, under_attack
from checks.xing2021.images.published import TABLE_ONE

RIGHT = Comparison(*PENALTY, (ROBUST, CLEAN))

CLAIM = Claim(
    id="xing2021.lasso_helps_with_many_samples",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 3"),
    formula=RIGHT,
    checks=under_attack(
        Committed("table1"),
        (RIGHT.treated, RIGHT.control),
        "With all 50,000 images both accuracies are higher with LASSO than without",
        (ROBUST, CLEAN),
        TABLE_ONE,
        along=False,
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(ATTACKS),
    empirical=True,
)
