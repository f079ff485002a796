r"""Although both Theorems 2 and 3 establish the convergence of $R_{N, \xi}(\theta, \epsilon)$, Theorems 3 requires that
$\xi/v$ converges to zero in a slower speed.
"""

import sympy as sp

from checks.claim import Check, Claim, Mutant, Reference
from checks.result import Kind
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.smoothing_speeds import LOG_N, Speeds, enclosures, limits, q, schedules

GROWING = LOG_N / 2 - q - sp.log(q)
"""log d for d = √n/((log n) log log n): Theorem 2's growth condition holds, as (d/√n) log n = 1/log log n → 0."""

CLAIM = Claim(
    id="xing2021.network_smoothing_vanishes_slower",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 2"),
    formula=Speeds(GROWING),
    checks=(
        Check("limits", Kind.SYMBOLIC, limits),
        Check("enclosure", Kind.CERTIFIED, enclosures),
        Check("code", Kind.TREND, schedules),
    ),
    mutants=(
        Mutant("logarithm_of_theorem_4", Speeds(GROWING, "theorem 4")),
        Mutant("fixed_dimension", Speeds(sp.log(5))),
        Mutant("exponent_of_the_dimension_five_percent_less", Speeds(LOG_N * sp.Rational(475, 1000))),
        Mutant("dimension_below_the_fourth_root", Speeds(LOG_N / 4)),
    ),
    reading="The sentence stands before Remark 2. v is the same for both, d grows with n as fast as Theorem 2 allows, "
    "and h so fast that its term in ξ is negligible.",
    erratum=(
        "With ξ/v² = -log log n/log(√(d² log n)/n), as Theorem 3 prints it, the network's smoothing is about "
        "2(log log n)/log n where d is close to √n, while the linear model's, (d/√n) log n, may then tend to 0 more "
        "slowly: for d = √n/((log n) log log n) the ratio of the two is about 2(log log n)²/log n and tends to 0. The "
        "sentence holds for a fixed d, for d up to n^0.475, and for every d with the logarithm that Theorem 4 prints."
    ),
)  # fmt: skip
