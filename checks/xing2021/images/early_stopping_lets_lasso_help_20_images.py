r"""Figure 4's comparison with early stopping: of the networks trained on 20 zeros and ones of MNIST under an $L_2$
attack with $\epsilon = 3$, 2000 epochs, $\xi = 10^{-4}$, take each at the epoch at which its accuracy under attack is
highest on 250 held-out training images. Then accuracy under attack is higher with $\lambda = 0.001$ than with
$\lambda = 0$, on average over seeds. (Suggested by seeds 0 to 9 and judged on seeds from 10 on alone.)
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants, of_the_best_epoch

RIGHT = Comparison(*PENALTY, (ROBUST,))

CLAIM = Claim(
    id="xing2021.early_stopping_lets_lasso_help_20_images",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 4"),
    formula=RIGHT,
    checks=of_the_best_epoch(
        Committed("fig4", cases=((("n", 20.0),),), first_seed=10),
        PENALTY,
        "On 20 images, at the epoch that held-out images choose, accuracy under attack is higher with λ = 0.001",
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=ATTACKS,
    empirical=True,
    ours=True,
)
