r"""On scikit-learn's digits (8 x 8 pixels, ten classes), a two-layer network with 128 hidden units and ReLU is
trained on 1287 images for 20 epochs of gradient descent under an $L_2$ attack of radius $\epsilon$ with
$\xi = 0$. Two attacks on a test image from different starts then differ by a larger share of $\epsilon$ at
$\epsilon = 1$ than at $\epsilon = 1/6$, on average over seeds, of which 0 to 4 are asked.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import ATTACK_DIFFERENCE, Growth
from checks.evidence.runs import Live
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import read_as, with_and_without_pairs

PLAIN = "plain"
SMALL, LARGE = (("radius", 0.5 / 3),), (("radius", 1.0),)

CLAIM = Claim(
    id="xing2021.attack_difference_grows_with_radius_on_digits",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 2"),
    formula=Growth(PLAIN, ATTACK_DIFFERENCE),
    checks=with_and_without_pairs(
        Live("attack-difference", tuple(range(5)), (SMALL, LARGE), (PLAIN,), epochs=20),
        (PLAIN,),
        "On digits two attacks differ by a larger share of ε at ε = 1 than at ε = 1/6",
        (ATTACK_DIFFERENCE,),
    ),
    mutants=(
        Mutant("falls_with_the_radius", Growth(PLAIN, ATTACK_DIFFERENCE, step=-1)),
        Mutant("same_radius_twice", Growth(PLAIN, ATTACK_DIFFERENCE, step=0)),
    ),
    reading=read_as("The difference is the mean distance of two attacks on one image, in units of the ball's radius."),
    empirical=True,
    ours=True,
)
