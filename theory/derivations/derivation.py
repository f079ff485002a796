"""The record of a derivation: a definition, and named steps from it to a result that a reader and SymPy can follow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sympy as sp

Method = Callable[[sp.Expr], sp.Expr]
Decision = Literal["decided", "undecided"]


@dataclass(frozen=True)
class Step:
    """One equality, `left == right` for every value its symbols may take.

    `name` says in words what is done. `method` is the SymPy operation that decides the step: applied to
    `left - right` it gives exactly zero (`sympy.simplify` where none is named). `cited` names the theorem of the
    literature on which the step rests instead; such a step is never decided here.
    """

    name: str
    left: sp.Expr
    right: sp.Expr
    method: Method | None = None
    cited: str | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a step must have a name, got ''")
        if self.left == self.right:
            raise ValueError(f"a step must change its expression, got {self.left} twice in {self.name!r}")
        if self.cited is not None and self.method is not None:
            raise ValueError(f"a cited step must have no method, got {self.method} in {self.name!r}")


@dataclass(frozen=True)
class Derivation:
    """A definition and the chain of steps that leads from it to the result.

    `definition` holds an unevaluated integral, limit or maximum. `scope` says what the derivation covers
    ("every dimension", "d = 3"); the scalars in it are explained in `theory.notation.MEANING`. `lemmas` are the
    derivations whose results the steps use.
    A gap in the chain raises `ValueError`.
    """

    definition: sp.Expr
    steps: tuple[Step, ...]
    scope: str
    lemmas: tuple["Derivation", ...] = ()

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("a derivation must have steps, got ()")
        reached = self.definition
        for step in self.steps:
            if step.left != reached:
                raise ValueError(f"step {step.name!r} must start from {reached}, got {step.left}")
            reached = step.right

    @property
    def result(self) -> sp.Expr:
        """Right-hand side of the last step."""
        return self.steps[-1].right

    @property
    def cited(self) -> tuple[Step, ...]:
        """Steps that rest on a theorem of the literature rather than on SymPy, those of the lemmas included."""
        own = tuple(step for step in self.steps if step.cited is not None)
        inherited = (step for lemma in self.lemmas for step in lemma.cited)
        return tuple(dict.fromkeys((*own, *inherited)))


@dataclass(frozen=True)
class Link:
    """A step whose left-hand side is wherever the chain has come to."""

    name: str
    right: sp.Expr
    method: Method | None = None
    cited: str | None = None


def derive(definition: sp.Expr, links: tuple[Link, ...], scope: str, lemmas: tuple[Derivation, ...] = ()) -> Derivation:
    """Derivation from `definition` through the right-hand sides of `links`, each starting where the last ended."""
    lefts = (definition, *(link.right for link in links[:-1]))
    steps = (
        Step(link.name, left, link.right, link.method, link.cited) for left, link in zip(lefts, links, strict=True)
    )
    return Derivation(definition, tuple(steps), scope, lemmas)


def using(lemma: Derivation, evaluate: Method, *cases: dict[sp.Symbol, sp.Expr]) -> Method:
    """Method that puts the result of a lemma in the place of its definition and then applies `evaluate`.

    `cases` are values of the lemma's symbols at which it is used; without any it is used as it stands.
    """
    values = {lemma.definition.xreplace(case): lemma.result.xreplace(case) for case in cases or ({},)}
    return lambda expression: evaluate(expression.xreplace(values))


def decide(step: Step) -> Decision:
    """Whether SymPy shows that `left - right` is exactly zero; "undecided" is no evidence either way."""
    if step.cited is not None:
        return "undecided"
    difference = (step.method or sp.simplify)(step.left - step.right)
    return "decided" if difference == 0 else "undecided"
