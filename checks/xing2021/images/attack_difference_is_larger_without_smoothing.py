"""If we estimate the attack twice (from different initializations) the difference between the two estimates will
be large when the non-differentiable problem is severe.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import ATTACK_DIFFERENCE, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import of_two_networks, read_as

PLAIN, SMOOTHED = "plain", "smoothed"

CLAIM = Claim(
    id="xing2021.attack_difference_is_larger_without_smoothing",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 2"),
    formula=Comparison(PLAIN, SMOOTHED, (ATTACK_DIFFERENCE,)),
    checks=of_two_networks(
        Committed("attack-difference", cases=((("radius", 3.0),),)),
        (PLAIN, SMOOTHED),
        "At ε = 3 two attacks differ more on networks trained with ξ = 0 than with ξ = 0.001",
        (ATTACK_DIFFERENCE,),
    ),
    mutants=(
        Mutant("arms_swapped", Comparison(SMOOTHED, PLAIN, (ATTACK_DIFFERENCE,))),
        Mutant("kink_in_both_arms", Comparison(PLAIN, PLAIN, (ATTACK_DIFFERENCE,))),
    ),
    reading=read_as(
        "The problem is severe where training did not smooth the kink: ξ = 0 against ξ = 0.001, at ε = 3.",
    ),
    empirical=True,
)
