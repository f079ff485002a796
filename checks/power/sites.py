"""Where a source can be mutated: every arithmetic operator, constant, comparison and index, found by cosmic-ray."""

import ast
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.number_replacer import NumberReplacer
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator

ARITHMETIC = ("Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow")  # of floats; shifts and bits would only crash
COMPARISONS = ("Eq", "NotEq", "Lt", "LtE", "Gt", "GtE", "Is", "IsNot")
OPERATORS = {
    "arithmetic": (
        *(f"ReplaceBinaryOperator_{a}_{b}" for a in ARITHMETIC for b in ARITHMETIC if a != b),
        "ReplaceUnaryOperator_Delete_USub",
    ),
    "constant": ("NumberReplacer",),
    "comparison": tuple(f"ReplaceComparisonOperator_{a}_{b}" for a in COMPARISONS for b in COMPARISONS if a != b),
}
INDEX = "index"  # what stands in a subscript, an operator or a number
SCALE = "Scale "  # the operator that multiplies a constant, with its factor
FAMILIES = (*OPERATORS, INDEX)
TYPES = {"arithmetic": {"operator", "factor"}, "constant": {"number"}, "comparison": {"comparison"}}
TERMS = {"arith_expr", "term", "power", "factor"}  # parents of an operator between two values; `*args` has another


@dataclass(frozen=True)
class Mutant:
    """One edit of one file: `before` and `after` are the line, `text` is the file with the edit in it."""

    file: str
    function: str
    family: str
    operator: str
    line: int
    first: int
    last: int
    before: str
    after: str
    text: str = field(repr=False)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What names a mutant however the lines around it move."""
        return self.file, self.function, self.before, self.after

    @property
    def is_scaled(self) -> bool:
        """Whether a constant is off by a factor, and nothing else is wrong."""
        return self.operator.startswith(SCALE)


@dataclass(frozen=True)
class Site:
    """A token that can be mutated in one way or several.

    `ways` are operators with the count of their earlier positions in the file; `first` to `last` are the lines of the
    statement around the token, or of its head where it holds others; `function` is "" at the level of the module;
    `operand` tells a number of an arithmetic expression from an argument, a size, a limit.
    """

    file: str
    function: str
    family: str
    line: int
    column: int
    first: int
    last: int
    token: str
    operand: bool
    text: str = field(repr=False)
    ways: tuple[tuple[str, int], ...] = ()

    @property
    def name(self) -> str:
        """What names a site however the lines around it move."""
        line = self.text.splitlines()[self.line - 1]
        indent = len(line) - len(line.lstrip())
        return "\n".join((self.file, self.function, line.strip(), str(self.column - indent)))

    def mutant(self, operator: str, occurrence: int) -> Mutant | None:
        """The mutant that `operator` makes here; None where the result is no Python."""
        return self.edited(operator, get_operator(f"core/{operator}")(), occurrence)

    def scaled(self, factor: float) -> Mutant | None:
        """The mutant in which the constant that stands here is multiplied by `factor`."""
        return self.edited(f"{SCALE}{factor!r}", _Scale(factor), self.ways[0][1] // 2)

    def edited(self, name: str, operator: Operator, occurrence: int) -> Mutant | None:
        """The mutant that an instance of an operator makes at the position `occurrence` of those it finds."""
        text = mutate_code(self.text, operator, occurrence)
        try:
            compile(text, self.file, "exec")
        except (SyntaxError, ValueError):
            return None
        old, new = self.text.splitlines()[self.line - 1], text.splitlines()[self.line - 1]
        head, tail = old[: self.column].rstrip(), old[self.column + len(self.token) :]
        put = new[len(head) : len(new) - len(tail)].strip()
        before, after = old.strip(), f"{old[: self.column]}{put}{tail}".strip()
        return Mutant(
            self.file, self.function, self.family, name, self.line, self.first, self.last, before, after, text
        )  # fmt: skip


class _Scale(NumberReplacer):  # type: ignore[misc]
    """Multiply a number by a factor."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        yield from list(super().mutation_positions(node))[:1]

    def mutate(self, node: Any, index: int) -> Any:
        return type(node)(f" {ast.literal_eval(node.value) * self.factor!r}", node.start_pos)


def sites(file: str, text: str) -> list[Site]:
    """Every site of a source, in its order; what a refusal says (a `raise`) is no site."""
    ways: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
    kinds: dict[tuple[int, int], tuple[str, str, bool]] = {}
    seen: Counter[str] = Counter()
    operators = {family: [(n, get_operator(f"core/{n}")()) for n in names] for family, names in OPERATORS.items()}
    lines = text.splitlines()
    for node in ast_nodes(get_ast(text)):
        for family in (name for name, types in TYPES.items() if node.type in types):
            for name, operator in operators[family]:
                for start, (_, end) in operator.mutation_positions(node):
                    if node.type != "operator" or node.parent.type in TERMS:
                        ways[start].append((name, seen[name]))
                        place = INDEX if family != "comparison" and _in_subscript(node) else family
                        kinds[start] = place, lines[start[0] - 1][start[1] : end], node.parent.type in TERMS
                    seen[name] += 1
    statements = list(_statements(ast.parse(text), ""))
    found = []
    for (line, column), (kind, token, operand) in sorted(kinds.items()):
        around = [each for each in statements if each.first <= line <= each.last]
        inmost = min(around, key=lambda each: (each.last - each.first, -each.first))
        if not inmost.refuses:
            found.append(
                Site(
                    file, inmost.function, kind, line, column, inmost.first, inmost.last, token, operand, text,
                    tuple(ways[line, column]),
                )
            )  # fmt: skip
    return found


def rank(seed: int, *names: str) -> str:
    """A number for an order at random that an edit elsewhere leaves as it is."""
    return hashlib.sha256("\n".join((str(seed), *names)).encode()).hexdigest()


def _in_subscript(node: Any) -> bool:
    """Whether a node stands in the brackets of x[...] rather than in a list or in an argument there."""
    while node.parent is not None and node.type not in {"simple_stmt", "suite"}:
        if node.parent.type in {"trailer", "atom"}:
            return bool(node.parent.type == "trailer" and node.parent.children[0].value == "[")
        node = node.parent
    return False


class _Statement(NamedTuple):
    first: int
    last: int  # of its head where it holds others
    function: str
    refuses: bool


def _statements(node: ast.AST, function: str) -> Iterator[_Statement]:
    for child in ast.iter_child_nodes(node):
        inside = function
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inside = f"{function}.{child.name}".lstrip(".")
        if isinstance(child, ast.stmt):
            body = getattr(child, "body", None)
            last = body[0].lineno - 1 if body else child.end_lineno or child.lineno
            first = min([child.lineno, *(each.lineno for each in getattr(child, "decorator_list", []))])
            yield _Statement(first, max(first, last), function, isinstance(child, ast.Raise))
        yield from _statements(child, inside)
