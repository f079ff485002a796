"""Introduction and section 2.1: linear regression under the l2 attack."""
