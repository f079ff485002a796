r"""On scikit-learn's digits (8 x 8 pixels, ten classes), a two-layer network with 128 hidden units and ReLU,
trained on 1287 images for 20 epochs of gradient descent under an $L_2$ attack with $\epsilon = 1$, has the same
accuracies with $\lambda = 0.001$ as with $\lambda = 0$, to within five percentage points, standard and under
attack, on average over seeds, of which 10 to 16 are asked.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Equivalence
from checks.evidence.runs import Live
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants_of_equivalence, read_as, under_attack

FIVE_POINTS = 0.05
RIGHT = Equivalence(*PENALTY, (ROBUST, CLEAN), FIVE_POINTS)

CLAIM = Claim(
    id="xing2021.lasso_changes_accuracies_little_on_digits",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Table 1"),
    formula=RIGHT,
    checks=under_attack(
        Live("table1", tuple(range(10, 17)), epochs=20),
        PENALTY,
        "On digits accuracies with λ = 0.001 and with λ = 0 differ by less than five points",
        (ROBUST, CLEAN),
    ),
    mutants=mutants_of_equivalence(RIGHT),
    reading=read_as(ATTACKS),
    empirical=True,
    ours=True,
)
