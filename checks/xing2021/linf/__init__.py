"""Section 4: linear regression under the linf attack."""
