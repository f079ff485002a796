"""Section 2.2: two-layer networks whose first layer is trained."""
