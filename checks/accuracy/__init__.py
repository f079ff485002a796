"""How many bits the closed forms of `theory/` lose to rounding, against ball arithmetic on the very same inputs."""
