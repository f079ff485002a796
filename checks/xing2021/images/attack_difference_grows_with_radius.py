r"""We conduct a small experiment to investigate the attack difference. The results justify the importance of
accommodating this non-differentiability issue, especially for large $\epsilon$.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import ATTACK_DIFFERENCE, Growth
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import of_two_networks, read_as

CLAIM = Claim(
    id="xing2021.attack_difference_grows_with_radius",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 2"),
    formula=Growth("plain", ATTACK_DIFFERENCE),
    checks=of_two_networks(
        Committed("attack-difference"),
        ("plain", "smoothed"),
        "With ξ = 0 two attacks differ by a larger share of ε the larger ε is",
        (ATTACK_DIFFERENCE,),
    ),
    mutants=(
        Mutant("falls_with_the_radius", Growth("plain", ATTACK_DIFFERENCE, step=-1)),
        Mutant("same_radius_twice", Growth("plain", ATTACK_DIFFERENCE, step=0)),
    ),
    reading=read_as(
        "The difference is the mean distance of two attacks on one image, in units of the ball's radius.",
    ),
    empirical=True,
)
