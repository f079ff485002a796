r"""Assume data generation follows (4), $\theta_0$ is sparse and $\Sigma = I$. If
$\epsilon < \sqrt{\pi}\|\theta_0\|_2/(\sqrt{2}v)$, then $\theta^* \neq 0$.
"""

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Claim, Mutant, Reference
from checks.evidence import certified, sampled, symbolic
from checks.formula import Formula
from checks.problem import Problem
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.optimum_is_null_beyond_threshold import SCALARS, descent, points
from theory import notation as sym
from theory.derivations import threshold as derivations
from theory.optimum import null_threshold, robust_minimizer

PRINTED = sp.sqrt(sp.pi) * sym.signal_size / (sp.sqrt(2) * sym.total_std)  # ‖Σθ₀‖ is ‖θ₀‖ for Σ = I
FORMULA = Formula(PRINTED, r"\epsilon_0", lambda case: null_threshold(case.population))

# ‖θ₀‖ and v are roots of sums of at most 6 squares, and the threshold is compared with another rounding of it.
ROUNDINGS = 32 * sampled.EPS
CASES = domains.problems(
    domains.populations(6, lambda d: st.just(np.eye(d)), truth=domains.nonzero_vectors),
    radius=st.one_of(st.just(1.0), domains.numbers(0.0, 1.0)),
)


def below(formula: Formula, case: Problem) -> float:
    """1 where the computed optimum is null at a radius up to the threshold less rounding, `case.radius` times it."""
    radius = formula(case) * case.radius * (1 - ROUNDINGS)
    found = robust_minimizer(case.population, radius).coefficients
    return 0.0 if oracles.l2(found) > 0 else 1.0


CLAIM = Claim(
    id="xing2021.small_radius_keeps_optimum_from_zero",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 9"),
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation",
            derivations.null_threshold,
            lambda f: f.expression,
            "The radius below which some direction leads downhill from 0",
        ),
        certified.sign_change(
            "slopes", points, descent, (-1,), "The least slope at θ = 0 just below the radius is negative", SCALARS
        ),
        sampled.search(
            "minimisers",
            CASES,
            below,
            0.0,
            "Computed robust minimiser, which may not be 0, from radius 0 to within rounding of the threshold",
            scope="Σ = I, d <= 6, θ₀ other than 0, σ from 0 to 2",
        ),
    ),
    mutants=(
        Mutant("five_percent_higher", FORMULA.mutate(PRINTED * 105 / 100)),
        Mutant("constant_squared", FORMULA.mutate(PRINTED * sp.sqrt(sp.pi / 2))),
    ),
    uses=("xing2021.risk_is_convex",),
)
