"""The power of the suite: mutants of the code under the claims, and whether a verdict changes because of each."""
