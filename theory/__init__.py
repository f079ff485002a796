"""What the papers say, as pure functions: formulas, their derivatives, minimisers and derivations.

Bad arguments raise ValueError with the argument's name and value, and so do those whose result, or what it is computed
from, leaves float64; NaN is returned only where a docstring says so.
"""
