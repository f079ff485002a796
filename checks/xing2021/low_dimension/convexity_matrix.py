"""The algebra behind convexity for large smoothing: what must be positive, and every step that leads there.

Set Σ = I and v = 1, and let c = ξ/ε. The point (θ, 0) and its distance w = (θ - θ₀, -σ) differ by a vector of
length v = 1, so that noise is one more dimension and σ = 0 is the general case. For each value z of the
standardised residual the loss is F = z² S (1 + 2 ε N/√(4 z² S N + ξ²))² with S = ‖w‖² and N = ‖θ‖². Along θ + tu,
‖u‖ = 1, with a = uᵀθ, b = uᵀw and ρ = ξ/√(4 z² S N + ξ²) in (0, 1], its second derivative is 2z²/c² times the
quadratic form `form()`:

    c² + c L + K,   L >= -7/3, so that for c >= 9/4 it grows with c; L >= 0 and K >= 0 once ‖θ‖ + ‖w‖ >= 6.

(The bound on L is 2 CROSS ((5/6)(N + S) - 1) or more, with N + S >= 1/2 everywhere and at least 18 there.)

It is x₀ on every u orthogonal to θ and w, and positive on their plane iff its trace and determinant are,
`conditions()`: polynomials in p = ‖θ‖ + ‖w‖ >= 1, g = ‖θ‖ - ‖w‖ in [-1, 1] and ρ, since θᵀw = (N + S - 1)/2.
"""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Step

a, b, h, k, t = sp.symbols("a b h k t", real=True)
N, S, z2, xi, c, rho, p = sp.symbols("N S z_2 xi c rho p", positive=True)
g = sp.Symbol("g", real=True)

CROSS = rho + rho**3
BENT_CROSS = rho * (1 - rho**2) * (1 + 3 * rho**2)
FAR = 6  # ‖θ‖ + ‖w‖ from which on K >= 0


def identity() -> sp.Expr:
    """x₀, the coefficient of ‖u‖²."""
    return c**2 + 2 * c * CROSS * (N + S) + 4 * N**2 * rho**4 + 4 * N * S * (rho**2 + rho**4)


def coefficients() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """y₁, y₂ and x₃: those of a² times N/S, of b² times S/N, and of 2ab."""
    of_a = -2 * c * BENT_CROSS + 16 * N * rho**6
    of_b = -2 * c * BENT_CROSS - 16 * N * (1 - rho**2) * rho**4
    return of_a, of_b, c * (4 * CROSS - 2 * BENT_CROSS) + 16 * N * rho**6


def form() -> sp.Expr:
    """The quadratic form, c² + c L + K."""
    of_a, of_b, mixed = coefficients()
    return identity() + of_a * a**2 * S / N + of_b * b**2 * N / S + 2 * mixed * a * b


def conditions(constant: sp.Rational) -> tuple[sp.Expr, sp.Expr]:
    """Trace and determinant of the form on the plane of θ and w at c = `constant`, in p, g and ρ."""
    of_a, of_b, mixed = coefficients()
    extra = of_a * S + of_b * N + 2 * mixed * (N + S - 1) / 2
    area = (p**2 - 1) * (1 - g**2) / 4
    start = identity()
    determinant = start**2 + start * extra + (of_a * of_b - mixed**2) * area
    place = {N: ((p + g) / 2) ** 2, S: ((p - g) / 2) ** 2, c: constant}
    return (2 * start + extra).xreplace(place), determinant.xreplace(place)


def on_the_axis(x: sp.Symbol) -> sp.Expr:
    """The form at ρ = 1 (large ε), σ = 0 and θ = xθ₀, along θ₀."""
    return sp.expand(form().xreplace({rho: sp.S.One}).subs({N: a**2, S: b**2}).subs({a: x, b: x - 1}))


@cache
def steps() -> tuple[Step, ...]:
    """Every equality the argument rests on, for SymPy to decide."""
    return (_second_derivative(), *_plane(), *_cross_bound(), *_far_bound())


def _second_derivative() -> Step:
    moving = {S: S + 2 * t * b + t**2, N: N + 2 * t * a + t**2}
    loss = z2 * S * (1 + 2 * xi / c * N / sp.sqrt(4 * z2 * S * N + xi**2)) ** 2
    curvature = sp.diff(loss.xreplace(moving), t, 2).subs(t, 0)
    at_rho = {z2: xi**2 * (1 - rho**2) / (4 * S * N * rho**2)}
    return Step(
        "second derivative of the loss along a line",
        curvature * c**2 / (2 * z2),
        form().xreplace({rho: xi / sp.sqrt(4 * z2 * S * N + xi**2)}),
        lambda difference: sp.cancel(difference.subs(4 * z2 * S * N + xi**2, (xi / rho) ** 2).subs(at_rho)),
    )


def _plane() -> tuple[Step, ...]:
    x0, x1, x2, x3 = sp.symbols("x_0:4", real=True)
    theta, w = sp.Matrix([a, h]), sp.Matrix([b, k])
    matrix = x0 * sp.eye(2) + x1 * theta * theta.T + x2 * w * w.T + x3 * (theta * w.T + w * theta.T)
    n_, s_, m_ = theta.dot(theta), w.dot(w), theta.dot(w)
    extra, gram = x1 * n_ + x2 * s_ + 2 * x3 * m_, n_ * s_ - m_**2
    far, near = ((p + g) / 2) ** 2, ((p - g) / 2) ** 2
    return (
        Step("trace on the plane", matrix.trace(), 2 * x0 + extra),
        Step("determinant on the plane", matrix.det(), x0**2 + x0 * extra + (x1 * x2 - x3**2) * gram),
        Step("Heron's formula", far * near - ((far + near - 1) / 2) ** 2, (p**2 - 1) * (1 - g**2) / 4),
    )


def _cross_bound() -> tuple[Step, ...]:
    # With u = (1, 0), θ = (a, h), w = (b, k): L/2 is CROSS times a square plus 2θᵀw >= -1/2, plus a small remainder.
    n_, s_ = a**2 + h**2, b**2 + k**2
    cross = sp.diff(form(), c).subs(c, 0).xreplace({N: n_, S: s_}) / 2
    square = n_ * k**2 / s_ + s_ * h**2 / n_ - 2 * h * k
    remainder = n_ * b**2 / s_ + s_ * a**2 / n_ + 2 * a * b
    split = CROSS * (square + 2 * (a * b + h * k)) + (CROSS - BENT_CROSS) * remainder
    bound = rho * ((6 * rho**2 - sp.Rational(11, 12)) ** 2 + sp.Rational(23, 144)) / 12
    return (
        Step("L/2 as a square, 2θᵀw = N + S - 1, and a remainder (nb/s + sa/n)² <= 2(N + S)", cross, split),
        Step("the remainder's weight is at least -CROSS/12", CROSS / 12 + CROSS - BENT_CROSS, bound),
    )


def _far_bound() -> tuple[Step, ...]:
    # K/4 = ρ⁶ T and, with r = 1/ρ² - 1, T is at least a quadratic in r whose discriminant is negative for p >= 6.
    r = 1 / rho**2 - 1
    total = form().subs(c, 0) / (4 * rho**6)
    quadratic = N * (N + 2 * S - 2 + 3 * r * (S - N) + r**2 * S)
    rest = 4 * r * N**2 * (1 - b**2 / S) + 8 * N * (a * b + sp.Rational(1, 4)) + 4 * S * a**2
    x = sp.Symbol("x", nonnegative=True)
    small, large = (p - 1) ** 2 / 4, p**2 / 4
    gap = (4 * small * (large + 2 * small - 2) - 9 * p**2).subs(p, FAR + x)
    return (
        Step("K/4 as a quadratic in r plus terms that are not negative, as ab >= -1/4", total, quadratic + rest),
        Step("the discriminant stays negative for p = 6 + x", gap, _nonnegative(gap, x)),
    )


def _nonnegative(polynomial: sp.Expr, x: sp.Symbol) -> sp.Expr:
    """The same polynomial by its coefficients, each made non-negative: equal only if all of them are."""
    powers = sp.Poly(sp.expand(polynomial), x).as_dict()
    return sum((abs(value) * x**degree for (degree,), value in powers.items()), sp.S.Zero)
