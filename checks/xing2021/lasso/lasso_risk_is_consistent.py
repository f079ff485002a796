r"""Assume data generation follows (4), $\theta_0$ is sparse and $\Sigma = I$. Take $\xi/v^2 \rightarrow 0$,
$\lambda/v = o(1)$ and $\lambda/v \geq (c\sqrt{(s \log d)/n}) \vee (\xi a_n/v^2)$ for some large constant $c$ and
$a_n \rightarrow \infty$. If $\epsilon < \sqrt{\pi}\|\theta_0\|_2/(\sqrt{2}v)$, then with probability tending to 1, we
have $\frac{R_{L,\xi}(\hat{\theta}_\xi, \epsilon) - R^*}{v^2} \rightarrow 0$.
"""

import sympy as sp

from checks.claim import Claim, Mutant, Reference
from checks.evidence import certified_line
from checks.xing2021 import PAPER
from checks.xing2021.lasso.sparsity_growth import Growth, excess_sweep, limits, null_chart, null_probability

PRINTED = Growth(sp.Rational(3, 4))

CLAIM = Claim(
    id="xing2021.lasso_risk_is_consistent",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 9"),
    formula=PRINTED,
    checks=(
        limits("limits", "Pull of the penalty"),
        certified_line.refuting(
            null_probability("null_probability", "The penalised minimiser"), PRINTED, lambda: null_chart(PRINTED)
        ),
        excess_sweep("samples", (1600, 3200), 1, "Excess risk, against half of the null model's"),
    ),
    mutants=(
        Mutant("fixed_sparsity", Growth(sp.S.Zero, first=3)),
        Mutant("slow_sparsity", Growth(sp.Rational(1, 4))),
    ),
    uses=("xing2021.smoothed_lasso_is_null_iff", "xing2021.unsmoothed_lasso_is_null_iff"),
    erratum=(
        "The theorem asks λ/v → 0 only, which lets s grow as long as s log d/n → 0. With s equal entries the penalty "
        "pulls along θ₀ with λ√s, of the order of sqrt(s² log d/n): where that does not vanish (s = n^(3/4)) the "
        "estimate is exactly 0 with probability tending to 1, for every constant c, while R* stays below v². The "
        "conclusion holds for fixed s, and as long as s² log d/n → 0."
    ),
)
