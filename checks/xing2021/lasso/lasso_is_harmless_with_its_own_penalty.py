r"""Note that the estimation consistency still holds for low-dimensional dense model, if $d$ and $n$ satisfies
$(d \log d)/n \rightarrow 0$.
"""

import sympy as sp

from checks.claim import Claim, Mutant, Reference
from checks.evidence import certified_line
from checks.xing2021 import PAPER
from checks.xing2021.lasso.sparsity_growth import Growth, excess_sweep, limits, null_chart, null_probability

DENSE = sp.Rational(3, 4)

PRINTED = Growth(DENSE, DENSE)

CLAIM = Claim(
    id="xing2021.lasso_is_harmless_with_its_own_penalty",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 3"),
    formula=PRINTED,
    checks=(
        limits("limits", "Pull of the penalty"),
        certified_line.refuting(
            null_probability("null_probability", "The penalised minimiser"), PRINTED, lambda: null_chart(PRINTED)
        ),
        excess_sweep("samples", (800, 3200), 1, "Excess risk, against half of the null model's"),
    ),
    mutants=(
        Mutant("smaller_penalty", Growth(sp.Rational(1, 2), sp.Rational(1, 2), plain=True)),
        Mutant("slow_dimension", Growth(sp.Rational(1, 4), sp.Rational(1, 4))),
    ),
    uses=("xing2021.smoothed_lasso_is_null_iff", "xing2021.unsmoothed_lasso_is_null_iff"),
    reading="The penalty is that of Theorem 9 with s = d: λ/v of the order of sqrt(d log d/n).",
    erratum=(
        "For a dense model s = d, and Theorem 9's own λ, with its factor √s, pulls along d equal entries with "
        "sqrt(d² log d/n). With d = n^(3/4), so that d log d/n → 0, the estimate is exactly 0 with probability tending "
        "to 1. That λ needs d² log d/n → 0; one of the order of sqrt(log d/n) needs only the stated condition."
    ),
)
