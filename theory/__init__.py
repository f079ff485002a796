"""What the papers say, as pure functions: formulas, their derivatives, minimisers and derivations."""
