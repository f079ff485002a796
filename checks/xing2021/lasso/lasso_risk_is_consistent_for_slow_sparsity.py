r"""In Theorem 9, let $s$ grow so slowly that $(s^2 \log d)/n \rightarrow 0$ (in particular, let $s$ be fixed), and let
$\lambda$ be of the least order that the theorem allows. Then
$\frac{R_{L,\xi}(\hat{\theta}_\xi, \epsilon) - R^*}{v^2} \rightarrow 0$. To leading order, and for a design of $n$
samples, the excess is that of the minimiser $\theta_\lambda$ of $R_L(\theta, \epsilon) + \lambda \|\theta\|_1$ plus
$\mathrm{tr}(H^{-1} C)/(2 n v^2)$, with $H$ the Hessian of $R_L$ and $C$ the covariance of one sample's gradient on the
active coefficients, at $\theta_\lambda$.
"""

import numpy as np
import sympy as sp

from checks.claim import Claim, Mutant, Reference
from checks.evidence import trend
from checks.result import Kind
from checks.xing2021 import PAPER
from checks.xing2021.lasso.predicted_excess import Excess, of_growth, samples
from checks.xing2021.lasso.sparse_designs import NOISE_STD, RADIUS, Setting, known_parts, unpenalised_optimum
from checks.xing2021.lasso.sparsity_growth import Growth, limits, null_probability
from models.linear.minimizer import adversarial_minimizer
from theory.norms import lp_norm
from theory.surrogate import surrogate_risk_from_moments
from theory.validation import FloatArray

SLOW = Growth(sp.Rational(1, 4))


WHOLE = tuple(Setting(n, 2 * n, (1.0,) * 5) for n in (400, 800))
REMAINDER = 16  # next terms of the excess are of relative order s/n; so many times it are allowed


def whole_designs(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """(R_{L,ξ}(θ̂_ξ) - R*)/v² on whole designs, ξ = λv/50, less what the sample is known to add; ξ adds below 0.4 %."""
    truth, v = np.zeros(setting.d), setting.population.total_std
    truth[: setting.s] = setting.population.true_coefficients
    smoothing, found = setting.l1 * v / 50, np.empty(replicates)
    for i in range(replicates):
        X = rng.standard_normal((setting.n, setting.d))
        y = X @ truth + NOISE_STD * rng.standard_normal(setting.n)
        fit = adversarial_minimizer(X, y, RADIUS, l1=setting.l1, smoothing=smoothing)
        if not fit.converged:
            raise ArithmeticError(f"minimiser must be stationary to 1e-9, got {fit.stationarity}")
        s, m = np.hypot(lp_norm(fit.coefficients - truth, 2.0), NOISE_STD), lp_norm(fit.coefficients, 2.0)
        risk = surrogate_risk_from_moments(s, m, RADIUS, smoothing)
        known, _ = known_parts(setting, X[:, : setting.s], y)
        found[i] = (float(risk) - unpenalised_optimum(setting.signal).risk) / v**2 - known
    return found


def allowed(formula: Excess, setting: Setting) -> tuple[float, float]:
    """The predicted excess, up to REMAINDER s/n of it."""
    value, share = formula(setting), REMAINDER * setting.s / setting.n
    return value * (1 - share), value * (1 + share)


CLAIM = Claim(
    id="xing2021.lasso_risk_is_consistent_for_slow_sparsity",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 9"),
    amends="xing2021.lasso_risk_is_consistent",
    formula=Excess(SLOW),
    checks=(
        of_growth(limits("limits", "Pull of the penalty")),
        of_growth(null_probability("null_probability", "The penalised minimiser")),
        samples(SLOW, "s = n^(1/4), d = n^(3/2), n from 1600 to 25,600, equal entries, σ = ε = 1/2, ξ = 0", 0.15),
        trend.bounds(
            "whole_designs", trend.Sweep(WHOLE, 1, lambda point: point.n, "n", lambda point: 400 / point.n),
            whole_designs, allowed,
            "Excess risk under the smoothed attack, less what the sample is known to add, within 16 s/n of the claimed",
            "s = 5, d = 2n, n = 400 and 800, σ = ε = 1/2, ξ = λv/50", Kind.TRAINED,
        ),
    ),
    mutants=(
        Mutant("sparsity_of_order_sqrt_n", Excess(Growth(sp.Rational(1, 2)))),
        Mutant("fast_sparsity", Excess(Growth(sp.Rational(3, 4)))),
        Mutant("penalty_five_percent_larger", Excess(SLOW, 1.05)),
        Mutant("penalty_without_excess", Excess(SLOW, 0.5)),
    ),
)  # fmt: skip
