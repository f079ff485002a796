"""Derivations from the definition to the result, step by step; none of them imports the stated result."""
