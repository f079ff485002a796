"""Attack conformance: what an attack owes its user, measured on our attacks and on other libraries'."""
