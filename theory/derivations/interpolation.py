"""Moments of the minimum-norm interpolator for Σ = I, from the densities of the three variables it depends on.

‖θ(y)‖² = ρ²B + σ²F + 2ρσ√(BF) C and ‖θ(y) - θ₀‖² = ρ²(1 - B) + σ²F with independent B ~ Beta(n/2, (d - n)/2),
F = χ²_n/χ²_{d-n+1} and C the cosine of a uniform direction in n dimensions.
"""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, Method, derive
from theory.notation import dimension as d
from theory.notation import noise_std as sigma
from theory.notation import sample_size as n
from theory.notation import true_size as rho

share, numerator, denominator = sp.symbols("b f_1 f_2", positive=True)
cosine = sp.Symbol("c", real=True)

SQUARED_NORM = (
    rho**2 * share
    + sigma**2 * numerator / denominator
    + 2 * rho * sigma * sp.sqrt(share) * sp.sqrt(numerator) / sp.sqrt(denominator) * cosine
)
SQUARED_ERROR = rho**2 * (1 - share) + sigma**2 * numerator / denominator


def beta_density(value: sp.Expr, a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """Density at `value` in (0, 1) of the law Beta(a, b)."""
    return sp.gamma(a + b) / (sp.gamma(a) * sp.gamma(b)) * value ** (a - 1) * (1 - value) ** (b - 1)


def chi_square_density(value: sp.Expr, freedom: sp.Expr) -> sp.Expr:
    """Density at a positive `value` of the χ² law with `freedom` degrees of freedom."""
    return value ** (freedom / 2 - 1) * sp.exp(-value / 2) / (2 ** (freedom / 2) * sp.gamma(freedom / 2))


def cosine_density(value: sp.Expr, size: sp.Expr) -> sp.Expr:
    """Density at `value` in (-1, 1) of a coordinate of a uniform point of the unit sphere in `size` >= 2 dimensions."""
    return sp.gamma(size / 2) / (sp.sqrt(sp.pi) * sp.gamma((size - 1) / 2)) * (1 - value**2) ** ((size - 3) / 2)


LAWS = {
    share: (beta_density(share, n / 2, (d - n) / 2), sp.S.Zero, sp.S.One),
    numerator: (chi_square_density(numerator, n), sp.S.Zero, sp.oo),
    denominator: (chi_square_density(denominator, d - n + 1), sp.S.Zero, sp.oo),
    cosine: (cosine_density(cosine, n), -sp.S.One, sp.S.One),
}
"""Every variable with its density and its range."""


def expectation(value: sp.Expr) -> sp.Expr:
    """Unevaluated expectation over the joint law: one integral over every variable of the product density."""
    density = sp.Mul(*(law[0] for law in LAWS.values()))
    return sp.Integral(sp.expand(value) * density, *((v, low, high) for v, (_, low, high) in LAWS.items()))


def product_of_means(value: sp.Expr) -> sp.Expr:
    """The same expectation by independence: in each term of `value` one integral for every variable in it."""
    terms = (_means(term) for term in sp.Add.make_args(sp.expand(value)))
    return sp.Add(*terms)


def _means(term: sp.Expr) -> sp.Expr:
    product = term
    for variable, (density, low, high) in LAWS.items():
        rest, own = product.as_independent(variable, as_Add=False)
        if own != 1:
            product = rest * sp.Integral(own * density, (variable, low, high))
    return product


def separating(expression: sp.Expr) -> sp.Expr:
    """Replace every integral over all variables by products of integrals over one, each density having mass 1.

    The masses are evaluated; a density whose mass is not 1 leaves its integrals as they are.
    """
    normalised = all(_evaluate(law, sp.Tuple(variable, *ends)) == 1 for variable, (law, *ends) in LAWS.items())
    density = sp.Mul(*(law[0] for law in LAWS.values()))

    def separate(function: sp.Expr, *limits: sp.Tuple) -> sp.Expr:
        if len(limits) != len(LAWS) or not normalised:
            return sp.Integral(function, *limits)
        return product_of_means(sp.powsimp(function / density))

    return sp.expand(expression.replace(sp.Integral, separate))


def evaluating(least_gap: int) -> Method:
    """Evaluate integrals over one variable for n > 1 and d - n > `least_gap`, then simplify.

    The cosine comes first: its odd moments are 0, and the powers of the other variables beside them are not needed.
    """

    def evaluate(expression: sp.Expr) -> sp.Expr:
        values = {
            integral: _evaluate(integral.function, integral.limits[0], least_gap)
            for integral in expression.atoms(sp.Integral)
            if integral.variables == [cosine]
        }
        found = expression.xreplace(values).replace(sp.Integral, lambda f, limits: _evaluate(f, limits, least_gap))
        return sp.simplify(sp.gammasimp(found))

    return evaluate


_extra_n, _extra_d = sp.symbols("n_+ d_+", positive=True)


_known: dict[tuple[sp.Expr, sp.Tuple, int], sp.Expr] = {}


def _evaluate(function: sp.Expr, limits: sp.Tuple, least_gap: int = 0) -> sp.Expr:
    key = (function, limits, least_gap)
    if key not in _known:
        _known[key] = _integrate(*key)
    return _known[key]


def _integrate(function: sp.Expr, limits: sp.Tuple, least_gap: int) -> sp.Expr:
    """The integral with n = 1 + 2n₊ and d = n + gap + 2d₊, so that SymPy sees that it converges."""
    size = 1 + 2 * _extra_n
    inside = sp.powsimp(function.xreplace({n: size, d: size + least_gap + 2 * _extra_d}))
    value = sp.gammasimp(sp.hyperexpand(sp.integrate(inside, tuple(limits))))
    return sp.simplify(value.xreplace({_extra_d: (d - n - least_gap) / 2}).xreplace({_extra_n: (n - 1) / 2}))


def _moment(definition: sp.Expr, separated: sp.Expr, closed: sp.Expr, least_gap: int) -> Derivation:
    links = (
        Link("B, F and C are independent", separated, separating),
        Link("moments of the Beta, χ² and cosine laws", closed, evaluating(least_gap)),
    )
    return derive(definition, links, f"Σ = I, n ≥ 2, d > n + {least_gap}, given the joint law")


@cache
def squared_norm_mean() -> Derivation:
    """E‖θ(y)‖²."""
    closed = rho**2 * n / d + sigma**2 * n / (d - n - 1)
    return _moment(expectation(SQUARED_NORM), product_of_means(SQUARED_NORM), closed, 1)


@cache
def squared_error_mean() -> Derivation:
    """E‖θ(y) - θ₀‖²."""
    closed = rho**2 * (1 - n / d) + sigma**2 * n / (d - n - 1)
    return _moment(expectation(SQUARED_ERROR), product_of_means(SQUARED_ERROR), closed, 1)


@cache
def squared_norm_variance() -> Derivation:
    """Var ‖θ(y)‖² = E‖θ(y)‖⁴ - (E‖θ(y)‖²)²."""
    definition = expectation(SQUARED_NORM**2) - expectation(SQUARED_NORM) ** 2
    separated = product_of_means(SQUARED_NORM**2) - product_of_means(SQUARED_NORM) ** 2
    closed = (
        2 * rho**4 * n * (d - n) / (d**2 * (d + 2))
        + 2 * sigma**4 * n * (d - 1) / ((d - n - 1) ** 2 * (d - n - 3))
        + 4 * rho**2 * sigma**2 * n / (d * (d - n - 1))
    )
    return _moment(definition, separated, closed, 3)
