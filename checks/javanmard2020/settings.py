"""Signal, noise, attack and shape of the data in the regime d/n → c, and the sets of them that checks go through."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Mutant
from theory import notation
from theory.proportional import (
    EXCESS,
    EXCESS_SQUARE,
    KEPT,
    TAIL,
    ProportionalLimit,
    proportional_limit,
    proportional_null_threshold,
)

READING = (
    "Gaussian features with Σ = I, and the l2 attack. The abstract prints no formula: the limit is that of the saddle "
    "point that the convex Gaussian min-max theorem gives."
)


@dataclass(frozen=True)
class Setting:
    """ρ = ‖θ₀‖, σ, ε and c, the limit of d/n."""

    signal_norm: float
    noise_std: float
    radius: float
    aspect_ratio: float

    @cached_property
    def limit(self) -> ProportionalLimit:
        """What the code says of it."""
        return proportional_limit(self.signal_norm, self.noise_std, self.radius, self.aspect_ratio)

    def __str__(self) -> str:
        """The setting with every digit."""
        return (
            f"signal_norm={self.signal_norm!r}, noise_std={self.noise_std!r}, radius={self.radius!r}, "
            f"aspect_ratio={self.aspect_ratio!r}"
        )

    @property
    def scale(self) -> float:
        """v² = ρ² + σ², the risk of predicting 0."""
        return self.signal_norm**2 + self.noise_std**2

    @property
    def scalars(self) -> dict[sp.Symbol, float]:
        """The values of the symbols that closed forms are written in."""
        return {
            notation.true_size: self.signal_norm,
            notation.noise_std: self.noise_std,
            notation.total_std: self.scale**0.5,
            notation.radius: self.radius,
            notation.aspect_ratio: self.aspect_ratio,
        }


Value = Callable[[Setting], float]


@dataclass(frozen=True)
class Quantity:
    """A number of the computed limit, by its name in the record, as a formula of the setting.

    A mutant takes it of a setting with `coordinates` times as many coordinates, or of the attack `strength` times.
    """

    name: str
    symbol: str
    coordinates: float = 1.0
    strength: float = 1.0

    def __call__(self, setting: Setting) -> float:
        """The number."""
        radius, ratio = self.strength * setting.radius, self.coordinates * setting.aspect_ratio
        return float(getattr(replace(setting, radius=radius, aspect_ratio=ratio).limit, self.name))

    @property
    def latex(self) -> str:
        """What it is the limit of."""
        return rf"\lim_{{n \to \infty,\ d/n \to c}} {self.symbol}"

    def mutants(self, other: str) -> tuple[Mutant[Value], ...]:
        """Wrong versions: of other data, of another attack, and another number of the record."""
        return (
            Mutant("five_percent_more_coordinates", replace(self, coordinates=1.05)),
            Mutant("as_many_samples_as_it_takes", replace(self, coordinates=1e-9)),
            Mutant("attack_five_percent_stronger", replace(self, strength=1.05)),
            Mutant(f"{other}_instead", replace(self, name=other)),
        )


def abbreviated(expression: sp.Expr) -> str:
    """LaTeX with the letters Q, J, K and p that statements use in the place of what `theory.proportional` calls so."""
    q, j, k, p = sp.symbols("Q J K p")
    for part, name in ((EXCESS_SQUARE, k), (EXCESS, j), (2 * TAIL, 2 * q), (KEPT, p)):
        expression = expression.subs(part, name)
    return str(sp.latex(expression))


REFERENCE = Setting(1.0, 0.5, 0.5, 1.0)

FIXED = (
    REFERENCE,
    Setting(1.0, 0.5, 1.0, 0.25),
    Setting(1.0, 0.5, 0.25, 0.5),
    Setting(2.0, 1.0, 0.125, 0.9375),
    Setting(1.0, 1.0, 1.0, 2.0),
    Setting(1.0, 0.0625, 0.75, 0.125),
    Setting(0.25, 1.0, 0.5, 4.0),
    Setting(1.0, 0.5, 1.5, 0.75),
)
"""Exact rationals on both sides of d = n, weak and strong attacks, little and much noise."""


@st.composite
def settings(draw: domains.Draw, least_noise: float = 0.01) -> Setting:
    """c from 1/100 to 100 with 1 among them, σ from `least_noise` to 2 beside ρ = 1, or ρ = 0; ε up to 9/10 of null."""
    ratio = draw(st.one_of(st.just(1.0), domains.numbers(-2.0, 2.0).map(lambda power: 10.0**power)))
    signal, noise = draw(st.one_of(st.tuples(st.just(1.0), domains.numbers(least_noise, 2.0)), st.just((0.0, 1.0))))
    fraction = draw(domains.numbers(0.01, 0.9))
    return Setting(signal, noise, fraction * proportional_null_threshold(signal, noise, ratio), ratio)
