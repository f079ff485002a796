r"""On ten images of scikit-learn's digits 0 and 1 (8 x 8 pixels), a two-layer network with 128 hidden units and
ReLU, trained for 200 epochs of gradient descent under an $L_\infty$ attack with $\epsilon = 0.15$ and
$\xi = 10^{-4}$, has the same accuracies with $\lambda = 0.001$ as with $\lambda = 0$, to within five percentage
points, standard and under attack, on average over seeds, of which 0 to 9 are asked.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Equivalence
from checks.evidence.runs import Live
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants_of_equivalence, read_as, under_attack

FIVE_POINTS = 0.05
RIGHT = Equivalence(*PENALTY, (ROBUST, CLEAN), FIVE_POINTS)

CLAIM = Claim(
    id="xing2021.linf_lasso_changes_accuracies_little_on_digits",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 15"),
    formula=RIGHT,
    checks=under_attack(
        Live("fig15", tuple(range(10)), ((("n", 10.0),),)),
        PENALTY,
        "On ten digits accuracies with λ = 0.001 and with λ = 0 differ by less than five points",
        (ROBUST, CLEAN),
    ),
    mutants=mutants_of_equivalence(RIGHT)[:2],
    reading=read_as(ATTACKS),
    empirical=True,
    ours=True,
)
