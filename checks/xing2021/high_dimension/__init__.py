"""Section 3.1: more coordinates than samples, and interpolation."""
