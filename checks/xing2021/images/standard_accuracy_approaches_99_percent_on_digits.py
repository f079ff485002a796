r"""On 100 images of scikit-learn's digits 0 and 1 (8 x 8 pixels), a two-layer network with 128 hidden units and
ReLU, trained without penalty for 200 epochs of gradient descent under an $L_2$ attack with $\epsilon = 1$ and
$\xi = 10^{-4}$, reaches a standard accuracy that rounds to 99 % or more, on average over seeds, of which 0 to 9
are asked.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Level
from checks.evidence.runs import Live
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import on_two_image_sets, read_as

NONE = ("none",)
NEAR = 0.985

CLAIM = Claim(
    id="xing2021.standard_accuracy_approaches_99_percent_on_digits",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 4"),
    formula=Level(NONE, (CLEAN,), low=NEAR),
    checks=on_two_image_sets(
        Live("fig4", tuple(range(10)), ((("n", 100.0),),), NONE),
        NONE,
        "On 100 digits standard accuracy rounds to 99 % or more",
    ),
    mutants=(
        Mutant("accuracy_under_attack", Level(NONE, (ROBUST,), low=NEAR)),
        Mutant("stays_below_99_percent", Level(NONE, (CLEAN,), high=NEAR)),
    ),
    reading=read_as(),
    empirical=True,
    ours=True,
)
