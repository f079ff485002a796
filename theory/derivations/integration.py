"""Operations on unevaluated integrals by which SymPy decides steps without evaluating them."""

import sympy as sp

from theory.derivations.derivation import Method


def merging(expression: sp.Expr) -> sp.Expr:
    """Bring a linear combination of integrals under one integral sign for each range, and simplify the integrand.

    An integral of zero is zero; any other stays, as does whatever cannot be merged, so that the step is not decided.
    """
    variable = sp.Dummy("x", positive=True)
    integrands: dict[tuple[sp.Expr, ...], sp.Expr] = {}
    rest = sp.S.Zero
    for term in sp.Add.make_args(sp.expand_mul(expression)):
        coefficient, integrals = term.as_independent(sp.Integral, as_Add=False)
        if isinstance(integrals, sp.Integral) and len(integrals.limits) == 1:
            old, *ends = integrals.limits[0]
            value = coefficient * integrals.function.xreplace({old: variable})
            integrands[tuple(ends)] = integrands.get(tuple(ends), sp.S.Zero) + value
        else:
            rest += term
    simplified = ((_simplified(integrand), ends) for ends, integrand in integrands.items())
    return rest + sp.Add(*(sp.Integral(value, (variable, *ends)) for value, ends in simplified if value != 0))


def _simplified(integrand: sp.Expr) -> sp.Expr:
    """Simplify, once as it stands and once with hyperbolic functions as exponentials."""
    return sp.simplify(sp.expand(sp.simplify(integrand).rewrite(sp.exp)))


def folding(expression: sp.Expr) -> sp.Expr:
    """Fold integrals over the whole line onto the positive half, then merge."""

    def fold(function: sp.Expr, limits: sp.Tuple) -> sp.Expr:
        variable, *ends = limits
        if ends != [-sp.oo, sp.oo]:
            return sp.Integral(function, limits)
        return sp.Integral(function + function.xreplace({variable: -variable}), (variable, 0, sp.oo))

    return merging(expression.replace(sp.Integral, fold))


def substituting(old: sp.Symbol, value: sp.Expr, new: sp.Symbol) -> Method:
    """Put `value`, an increasing function of `new`, in the place of the integration variable `old`, then merge.

    The range must be the image of itself, as the half-line is under multiplication or the hyperbolic sine.
    """
    rate = sp.diff(value, new)

    def substitute(function: sp.Expr, limits: sp.Tuple) -> sp.Expr:
        variable, *ends = limits
        same_range = all(sp.limit(value, new, end) == end for end in ends)
        if variable != old or not same_range or not rate.is_positive:
            return sp.Integral(function, limits)
        return sp.Integral(function.xreplace({old: value}) * rate, (new, *ends))

    return lambda expression: merging(expression.replace(sp.Integral, substitute))


def integrating_first(expression: sp.Expr) -> sp.Expr:
    """Evaluate the innermost of nested integrals, then merge."""

    def integrate(function: sp.Expr, *limits: sp.Tuple) -> sp.Expr:
        if len(limits) == 1:
            return sp.Integral(function, *limits)
        return sp.Integral(sp.simplify(sp.Integral(function, limits[0]).doit()), *limits[1:])

    return merging(expression.replace(sp.Integral, integrate))
