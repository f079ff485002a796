"""Section 3.2: sparsity of the robust model."""
