"""The regime d/n → c: from the training loss to a scalar saddle point, by the convex Gaussian min-max theorem.

The theorem (Gordon; Thrampoulidis, Oymak, Hassibi) is named here and not derived; what follows from step 6 on is.

1. Σ = I is invariant under rotations, so let θ₀ = ρe₁, θ = (a, bω) with a unit vector ω and b >= 0, x = (x₁, x_⊥).
2. The residuals are y - Xθ = (ρ - a)x₁ + σw - bX_⊥ω; let u be their vector, λ its multiplier, and t = ε√(a² + b²):

    min over a, b, ω, u of max over λ of λᵀ((ρ - a)x₁ + σw - bX_⊥ω - u)/n + (1/n) Σ (|uᵢ| + t)².

3. The entries of X_⊥ are independent of all else, and the problem is convex in (θ, u) and linear in λ. So its value,
   and where it is attained, are in the limit those of the problem with b‖λ‖hᵀω + bλᵀg in the place of -bλᵀX_⊥ω, where
   g in n and h in d - 1 dimensions are standard Gaussian vectors.
4. ω enters through b‖λ‖hᵀω alone, and the best one is -h/‖h‖, where ‖h‖²/n → c. And (ρ - a)x₁ + σw + bg = sZ with a
   standard Gaussian vector Z and s² = (ρ - a)² + b² + σ².
5. The largest λᵀ(sZ - u) - ‖λ‖b√(cn) is 0 where ‖sZ - u‖² <= cnb², and else infinite: training may move the residuals
   of fresh data, sZ, by a root mean square of b√c. Let μ/2 be the multiplier of ‖sZ - u‖²/n <= cb².
6. The u are independent, and their means tend to expectations: the value of the training loss tends to the saddle value

    min over a, b of max over μ of Φ(μ, s, t) - μcb²/2,    Φ = E min over u of (μ/2)(sZ - u)² + (|u| + t)²,

   which `potential` evaluates. Φ increases in s and t, in which it is convex as they are in (a, b): so, in the form in
   which step 5 has a norm and not its square, the function is convex in (a, b) and linear in the multiplier.
7. Its derivatives in b, a and μ vanish where, with `slope_in_std` μsα, `slope_in_attack` μtγ, `slope_in_multiplier`
   s²e/2 and ∂s²/∂a = -2(ρ - a), ∂s²/∂b = 2b, ∂t²/∂a = 2ε²a, ∂t²/∂b = 2ε²b,

    α + ε²γ = c,    (ρ - a)α = ε²γa, so that a = ρα/c,    s²e = cb².
"""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive, using
from theory.derivations.extremum import Maximum
from theory.derivations.parabolas import DENSITY, at_vertex, by_antiderivative, with_the_sign_of_z
from theory.derivations.risk import evaluating, expectation
from theory.notation import aspect_ratio as c
from theory.notation import attack_size as t
from theory.notation import c0, radius
from theory.notation import moved_residual as u
from theory.notation import multiplier as mu
from theory.notation import residual_std as s
from theory.notation import sample_size as n
from theory.notation import standard_residual as g
from theory.notation import total_std as v
from theory.notation import true_size as rho

CUTOFF = 2 * t / (mu * s)
KEPT = mu / (mu + 2)
TAIL = sp.erfc(CUTOFF / sp.sqrt(2)) / 2
EXCESS = DENSITY.subs(g, CUTOFF) - CUTOFF * TAIL
EXCESS_SQUARE = (1 + CUTOFF**2) * TAIL - CUTOFF * DENSITY.subs(g, CUTOFF)
SCOPE = "every μ, s and t > 0"


@cache
def potential() -> Derivation:
    """Φ(μ, s, t) = E min over u of (μ/2)(sZ - u)² + (|u| + t)²."""
    cost, either_sign = (mu * (s * g - u) ** 2 / 2 + (size + t) ** 2 for size in (u, abs(u)))
    vertex = (mu * s * g - 2 * t) / (mu + 2)
    within = sp.Integral(cost.subs(u, 0) * DENSITY, (g, 0, CUTOFF))
    beyond = sp.Integral(sp.factor(cost.subs(u, vertex)) * DENSITY, (g, CUTOFF, sp.oo))
    square = s**2 * (1 - 4 * KEPT * TAIL + 2 * KEPT**2 * EXCESS_SQUARE)
    loss = t**2 + 4 * s * t * KEPT * EXCESS + 2 * s**2 * KEPT**2 * EXCESS_SQUARE
    links = (
        Link("(Z, u) and -(Z, u) cost the same, and for Z > 0 no u is better than |u|",
             2 * sp.Integral(-Maximum(-cost, (u,), (u,)) * DENSITY, (g, 0, sp.oo)), with_the_sign_of_z),
        Link("a parabola is lowest at its vertex, or at 0 where that is negative", 2 * (within + beyond), at_vertex),
        Link("integrate", mu * square / 2 + loss, by_antiderivative),
    )  # fmt: skip
    return derive(sp.Integral(-Maximum(-either_sign, (u,), ()) * DENSITY, (g, -sp.oo, sp.oo)), links, SCOPE)


@cache
def slope_in_std() -> Derivation:
    """∂Φ/∂s = μsα."""
    return _slope(s, mu * s * (1 - 2 * KEPT * TAIL))


@cache
def slope_in_attack() -> Derivation:
    """∂Φ/∂t = μtγ."""
    return _slope(t, 2 * t + 4 * s * KEPT * EXCESS)


@cache
def slope_in_multiplier() -> Derivation:
    """∂Φ/∂μ = s²e/2."""
    return _slope(mu, s**2 * (1 - 4 * KEPT * TAIL + 2 * KEPT**2 * EXCESS_SQUARE) / 2)


@cache
def pull_in_few_dimensions() -> Derivation:
    """Limit of ε²γ/α as μ grows, which it does like 1/c as c falls to 0; θ is θ₀ over 1 plus this."""
    std, attack = slope_in_std(), slope_in_attack()
    pull = radius**2 * s / t
    closed = sp.Limit(pull * attack.result / std.result, mu, sp.oo)
    links = (
        Link("both slopes in closed form", closed, using(std, using(attack, sp.simplify))),
        Link("limit", pull * (t + c0 * s) / (s + c0 * t), evaluating),
    )
    return derive(
        sp.Limit(pull * attack.definition / std.definition, mu, sp.oo), links, "every s and t > 0", (std, attack)
    )


@cache
def displacement_in_many_dimensions() -> Derivation:
    """Limit of α as μ falls to 0, which it does like 1/c as c grows: training sets all residuals to 0."""
    return _without_multiplier(slope_in_std(), mu * s, sp.S.One)


@cache
def square_displacement_in_many_dimensions() -> Derivation:
    """Limit of e as μ falls to 0."""
    return _without_multiplier(slope_in_multiplier(), s**2 / 2, sp.S.One)


@cache
def null_threshold() -> Derivation:
    """Limit of √(E‖Xᵀy‖²)/E‖y‖₁ for d = cn: θ = 0 minimises the training loss from ‖Xᵀy‖/‖y‖₁ on.

    y = vg, and x = (ρ/v)g + √(1 - ρ²/v²)h along θ₀ with an independent standard Gaussian h; the other d - 1 coordinates
    are independent of y. A sum of n products has the mean n E(xy) and the variance n Var(xy). By the law of large
    numbers ‖Xᵀy‖²/n² and ‖y‖₁/n tend to the limits of their means.
    """
    h = sp.Dummy("h", real=True)
    aligned = rho / v * g + sp.sqrt(1 - rho**2 / v**2) * h
    product, square = _mean(aligned * v * g, h), _mean((aligned * v * g) ** 2, h)
    rest = (c * n - 1) / n * _mean((v * g) ** 2)
    length = sp.sqrt((1 - 1 / n) * product**2 + square / n + rest)
    evaluated = sp.sqrt((1 - 1 / n) * rho**2 + (v**2 + 2 * rho**2) / n + (c - 1 / n) * v**2) / (c0 * v)
    links = (
        Link("moments of Gaussian variables", sp.Limit(evaluated, n, sp.oo), evaluating),
        Link("limit", sp.sqrt(rho**2 + c * v**2) / (c0 * v), evaluating),
    )
    return derive(sp.Limit(length / _mean(v * abs(g)), n, sp.oo), links, "Σ = I, d = cn; means, as n → ∞")


def _slope(variable: sp.Symbol, value: sp.Expr) -> Derivation:
    """From the derivative of the potential's definition to its value."""
    lemma = potential()
    links = (
        Link("the potential in closed form", sp.Derivative(lemma.result, variable), using(lemma, evaluating)),
        Link("differentiate", value, evaluating),
    )
    return derive(sp.Derivative(lemma.definition, variable), links, SCOPE, (lemma,))


def _without_multiplier(slope: Derivation, unit: sp.Expr, value: sp.Expr) -> Derivation:
    """From the limit of a slope over `unit` as μ falls to 0 to its value."""
    definition, closed = (sp.Limit(side / unit, mu, 0, "+") for side in (slope.definition, slope.result))
    links = (Link("the slope in closed form", closed, using(slope, sp.simplify)), Link("limit", value, evaluating))
    return derive(definition, links, "every s and t > 0", (slope,))


def _mean(value: sp.Expr, *others: sp.Symbol) -> sp.Expr:
    """Unevaluated expectation over g and other independent standard Gaussian variables."""
    for variable in (g, *others):
        value = expectation(value, sp.S.One, variable)
    return value
