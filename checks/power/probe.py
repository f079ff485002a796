"""Which mutants make a difference where they stand, in which checks: asked of all mutants in one run of each check.

The expression around a mutation is evaluated as it is and, of the same operands, as it would be. A check in which the
two never differ finds what it finds, so that the mutant need not run in it (weak mutation: W. E. Howden, 1982).
"""

import ast
import copy
import marshal
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

HOOK = "__advtheory_probe__"
VALUES = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript)  # operations whose results are compared
WITHIN = (ast.Constant, ast.Tuple, ast.Slice)  # what stands in them beside operands
Pair = tuple[ast.AST, ast.AST]


def instrumented(text: str, mutants: Mapping[str, str], path: str) -> tuple[bytes, frozenset[str]]:
    """A source, compiled, that reports to HOOK, and the names of those of its `mutants` (name to text) that it reports.

    Others, such as a mutated argument, are not in an expression of operators whose operands are evaluated in any case.
    """
    tree = ast.parse(text)
    targets: dict[ast.AST, dict[str, ast.AST]] = defaultdict(dict)
    for name, mutated in mutants.items():
        around = _around(tree, ast.parse(mutated))
        if around is not None:
            targets[around[0]][name] = around[1]
    inner = {part for target in targets for part in _parts(target) if part is not target}
    reported = {target: others for target, others in targets.items() if target not in inner}
    whole = ast.fix_missing_locations(_Instrumenting(reported).visit(tree))
    names = frozenset(name for others in reported.values() for name in others)
    return marshal.dumps(compile(whole, path, "exec", dont_inherit=True)), names


def hook(reached: set[str]) -> Callable[..., Any]:
    """What instrumented code calls: it returns the first value, and adds to `reached` whose value is another one."""

    def report(names: Sequence[str], value: Any, *others: Callable[[], Any]) -> Any:
        for name, other in zip(names, others, strict=True):
            view = isinstance(value, np.ndarray) and value.base is not None  # writing to it would tell them apart
            if name not in reached and (view or not _same(value, other)):
                reached.add(name)
        return value

    return report


def alike(one: Any, other: Any) -> bool:
    """Whether nothing can tell two values apart; False where that is not known."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        layout = one.dtype == other.dtype and one.shape == other.shape and one.strides == other.strides
        return bool(layout and one.dtype != object and one.tobytes() == other.tobytes())
    if isinstance(one, float | complex):
        return repr(one) == repr(other)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return isinstance(one, bool | int | str | bytes | type(None)) and bool(one == other)


def _same(value: Any, other: Callable[[], Any]) -> bool:
    try:
        return alike(value, other())
    except Exception:
        return False


class _Instrumenting(ast.NodeTransformer):
    def __init__(self, targets: Mapping[ast.AST, Mapping[str, ast.AST]]) -> None:
        self.targets = targets

    def visit(self, node: ast.AST) -> Any:
        done = self.generic_visit(node)
        return _reporting(done, self.targets[node]) if node in self.targets else done


def _reporting(node: ast.AST, others: Mapping[str, ast.AST]) -> ast.AST:
    """A call with the operands of `node`, evaluated once, as arguments."""
    operands = list(_operands(node))
    names = [f"operand_{place}" for place in range(len(operands))]
    values = [_of(other, names) for other in others.values()]
    noted = ast.Tuple([ast.Constant(name) for name in others], ast.Load())
    arguments = [noted, _of(node, names), *(_function([], value) for value in values)]
    return ast.Call(_function(names, ast.Call(ast.Name(HOOK, ast.Load()), arguments, [])), operands, [])


def _function(names: Sequence[str], body: Any) -> ast.Lambda:
    arguments = [ast.arg(name) for name in names]
    return ast.Lambda(ast.arguments([], arguments, None, [], [], None, []), body)


def _of(node: ast.AST, names: Sequence[str]) -> Any:
    """A copy of an expression in which names stand for its operands."""
    left = iter(names)

    class Naming(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            if not isinstance(node, ast.expr):
                return node
            return self.generic_visit(node) if _is_operation(node) else ast.Name(next(left), ast.Load())

    return Naming().visit(copy.deepcopy(node))


def _around(old: ast.AST, new: ast.AST) -> Pair | None:
    """The largest operation around the place where two trees differ, in both; None where there is none."""
    pairs = list(_differing(old, new))
    while pairs and not all(isinstance(node, ast.expr) for node in pairs[-1]):
        pairs.pop()
    found = None
    for pair in reversed(pairs):
        if not all(map(_is_operation, pair)):
            break
        found = pair if all(isinstance(node, VALUES) for node in pair) else found
    if found is None:
        return None
    one, other = (list(map(ast.dump, _operands(node))) for node in found)
    return found if one == other and not any(isinstance(node, ast.Starred) for node in _operands(found[0])) else None


def _differing(old: ast.AST, new: ast.AST) -> Iterator[Pair]:
    """The nodes from the root of two trees to where they differ in more than one child, or in kind."""
    yield old, new
    if type(old) is not type(new):
        return
    children = [list(ast.iter_child_nodes(node)) for node in (old, new)]
    if len(children[0]) != len(children[1]):
        return
    differing = [pair for pair in zip(*children, strict=True) if ast.dump(pair[0]) != ast.dump(pair[1])]
    if len(differing) == 1:
        yield from _differing(*differing[0])


def _is_operation(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        return len(node.ops) == 1
    if isinstance(node, ast.Subscript | ast.Tuple):
        return isinstance(node.ctx, ast.Load)
    return isinstance(node, VALUES + WITHIN)


def _operands(node: ast.AST) -> Iterator[Any]:
    """What an operation is made of, in the order of evaluation; numbers and strings stay where they are."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _operands(child) if _is_operation(child) else (child,)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The operations of an expression, itself the first."""
    yield node
    for child in ast.iter_child_nodes(node):
        if _is_operation(child):
            yield from _parts(child)
