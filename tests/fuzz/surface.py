"""What is fuzzed: every public function, constructor, method and property, found by looking; what is not, and why."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

PACKAGES = ("theory", "models.linear", "models.attacks", "models.datasets")
CHECKED = ("FloatArray", "NDArray", "Pixels", "Labels")  # arrays that somebody has checked before

# By module or name: why nothing is drawn for it. Whatever is not listed here is fuzzed.
EXCLUDED = {
    "theory.derivations": "takes SymPy expressions, which only our own derivations write",
    "theory.validation": "the checks of arguments themselves: all others are fuzzed through them",
    "theory.linf_optimum": "the parts of theory.optimum's linf path, which pass segments of it to each other",
    "models.datasets.download": "asks the network; its tests have a server of their own",
    "models.datasets.files": "readers of files: fuzzed with bytes, in tests/fuzz/parsers.py",
    "models.datasets.mnist": "readers of files: fuzzed with bytes, in tests/fuzz/parsers.py",
    "models.datasets.cifar10": "readers of files: fuzzed with bytes, in tests/fuzz/parsers.py",
    "models.datasets.pickles": "readers of files: fuzzed with bytes, in tests/fuzz/parsers.py",
    "models.attacks.losses.parameters_frozen": "a context for a model, without numbers",
}
# Of these packages only what the package itself exports is public, and the modules named.
EXPORTING = {"models.linear": ("models.linear.population",)}


@dataclass(frozen=True)
class Parameter:
    """An argument: its annotation as text, and its default."""

    annotation: str
    default: Any = inspect.Parameter.empty


@dataclass(frozen=True, eq=False)
class Target:
    """Something to call, by keywords: `owner` is the class whose method or property it is, given as `self`."""

    name: str
    call: Callable[..., Any]
    parameters: dict[str, Parameter]
    doc: str
    module: ModuleType
    owner: type | None = None

    @cached_property
    def names(self) -> frozenset[str]:
        """Words by which a message may call what is wrong: arguments, and fields of the object itself."""
        own = fields(self.owner) if self.owner is not None and is_dataclass(self.owner) else ()
        return frozenset({*self.parameters, *(field.name for field in own)} - {"self"})


def modules() -> Iterator[ModuleType]:
    """Every module of the packages, derivations excepted."""
    for package in map(importlib.import_module, PACKAGES):
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith("theory.derivations"):
                yield importlib.import_module(found.name)


def everything() -> tuple[list[Target], dict[str, str]]:
    """The targets in order, and by name why the other public things are none."""
    targets: list[Target] = []
    left_out = {"theory.derivations.*": EXCLUDED["theory.derivations"]}
    for module in modules():
        for name, thing in sorted(vars(module).items()):
            if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
                continue
            if not (inspect.isfunction(thing) or inspect.isclass(thing)):
                continue
            full = f"{module.__name__}.{name}"
            reason = EXCLUDED.get(module.__name__) or EXCLUDED.get(full) or _internal(module, thing)
            for target in _targets(module, full, thing):
                why = reason or _unchecked(target)
                left_out.update({target.name: why}) if why else targets.append(target)
    return targets, left_out


def _internal(module: ModuleType, thing: Any) -> str | None:
    for package, open_modules in EXPORTING.items():
        exported = vars(importlib.import_module(package)).values()
        if module.__name__.startswith(f"{package}.") and module.__name__ not in open_modules and thing not in exported:
            return f"not exported by {package}"
    return None


def _unchecked(target: Target) -> str | None:
    """Constructors that check take arrays of any kind; whatever else takes a checked array is for our own modules."""
    constructs = inspect.isclass(target.call)
    if constructs and not _checks(target.call):
        return "a plain record that holds what a function returns"
    if constructs:
        return None
    for name, parameter in target.parameters.items():
        if any(word in parameter.annotation for word in CHECKED) and name != "self":
            return "takes an array that the caller has checked: for our own modules"
    return None


def _checks(cls: Any) -> bool:
    return "__post_init__" in vars(cls) or (not is_dataclass(cls) and "__init__" in vars(cls))


def _targets(module: ModuleType, name: str, thing: Any) -> Iterator[Target]:
    if not inspect.isclass(thing):
        yield _target(module, name, thing)
        return
    if issubclass(thing, Exception):
        return
    yield _target(module, name, thing)
    for member, value in vars(thing).items():
        if member.startswith("_") and member != "__call__":
            continue
        if isinstance(value, property | cached_property):
            getter = value.fget if isinstance(value, property) else value.func
            own = {"self": Parameter(thing.__name__)}
            yield Target(f"{name}.{member}", getter, own, inspect.getdoc(getter) or "", module, thing)  # type: ignore[arg-type]
        elif isinstance(value, classmethod):
            yield _target(module, f"{name}.{member}", getattr(thing, member))
        elif inspect.isfunction(value):
            yield _target(module, f"{name}.{member}", value, thing)


def _target(module: ModuleType, name: str, function: Any, owner: type | None = None) -> Target:
    parameters = {}
    for key, found in inspect.signature(function).parameters.items():
        text = owner.__name__ if owner is not None and key == "self" else _text(found.annotation)
        parameters[key] = Parameter(text, found.default)
    return Target(name, function, parameters, inspect.getdoc(function) or "", module, owner)


def _text(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty:
        return "nothing"
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"^ForwardRef\('(.*)'.*\)$", r"\1", text)
