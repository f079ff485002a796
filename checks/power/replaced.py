"""Other code in the place of a module's own, in this process."""

from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType


class Replaced(MetaPathFinder):
    """Finds one module where it is, and runs the code that `make` returns instead; `executed` says that it was run."""

    def __init__(self, module: str, make: Callable[[], CodeType]) -> None:
        self.module, self.make, self.executed = module, make, False

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's spec with a loader of its own; None for every other module."""
        if name != self.module:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin, self)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, replaced: Replaced) -> None:
        super().__init__(name, path)
        self.replaced = replaced

    def get_code(self, fullname: str) -> CodeType:
        self.replaced.executed = True
        return self.replaced.make()
