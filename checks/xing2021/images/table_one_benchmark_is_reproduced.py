r"""Table 1, CIFAR-10, WideResNet34-10, $L_2$ attack, $\epsilon = 0.5$: Benchmark, std acc 84.346(0.355) %, adv acc
61.760(0.204) %.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Row
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, read_as, under_attack
from checks.xing2021.images.published import TABLE_ONE

POINT = 0.01
STATED = ((CLEAN, 0.84346), (ROBUST, 0.61760))

CLAIM = Claim(
    id="xing2021.table_one_benchmark_is_reproduced",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Table 1"),
    formula=Row("none", STATED, POINT),
    checks=under_attack(
        Committed("table1"),
        PENALTY,
        "Without penalty both accuracies are the printed ones",
        (ROBUST, CLEAN),
        TABLE_ONE,
        along=False,
    ),
    mutants=(
        Mutant("other_row", Row("none", ((CLEAN, 0.86568), (ROBUST, 0.63072)), POINT)),
        Mutant("columns_swapped", Row("none", ((CLEAN, 0.61760), (ROBUST, 0.84346)), POINT)),
    ),
    reading=read_as("A printed figure is reproduced when our mean is within one percentage point.", ATTACKS),
    empirical=True,
)
