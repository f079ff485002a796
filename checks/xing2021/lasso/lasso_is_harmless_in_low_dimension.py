r"""Note that the estimation consistency still holds for low-dimensional dense model, if $d$ and $n$ satisfies
$(d \log d)/n \rightarrow 0$.
"""

import sympy as sp

from checks.claim import Claim, Mutant, Reference
from checks.xing2021 import PAPER
from checks.xing2021.lasso.predicted_excess import Excess, of_growth, samples
from checks.xing2021.lasso.sparsity_growth import Growth, limits, null_probability

THIRD = sp.Rational(1, 3)
DENSE = Growth(THIRD, THIRD, plain=True, constant=2.0)

CLAIM = Claim(
    id="xing2021.lasso_is_harmless_in_low_dimension",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 3"),
    amends="xing2021.lasso_is_harmless_with_its_own_penalty",
    formula=Excess(DENSE),
    checks=(
        of_growth(limits("limits", "Pull of the penalty")),
        of_growth(null_probability("null_probability", "The penalised minimiser")),
        samples(
            DENSE, "s = d = n^(1/3) equal entries, n from 1600 to 25,600, σ = ε = 1/2, ξ = 0, λ = 2v sqrt(log d/n)", 0.3
        ),
    ),
    mutants=(
        Mutant("theorem_nine_penalty", Excess(Growth(sp.Rational(3, 4), sp.Rational(3, 4)))),
        Mutant("theorem_nine_penalty_at_the_boundary", Excess(Growth(sp.Rational(1, 2), sp.Rational(1, 2)))),
        Mutant("penalty_half_as_large_again", Excess(DENSE, 1.5)),
    ),
    reading="The penalty is of the order of sqrt(log d/n), without Theorem 9's factor √s = √d.",
)  # fmt: skip
