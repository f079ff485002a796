"""Arguments for a target: valid ones from its annotations and names, and then one or two of them spoilt."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from hypothesis import assume
from hypothesis import strategies as st

from models.attacks import losses
from models.attacks.pgd import Best
from models.attacks.threat import Threat
from models.datasets.images import DataProvenance, Images
from models.linear.population import ExpectedUpdate
from tests.fuzz import hostile
from tests.fuzz.surface import Parameter, Target
from theory import smoothed_moments
from theory.early_stopping import StoppedTraining
from theory.interpolation import InterpolatorLaw
from theory.interpolation_stability import Interpolation
from theory.population import LinearGaussian
from theory.schedules import Schedule, low_dimensional_schedule
from theory.two_layer import Reduction, collapse, relu_reduction, whole_network

# A huge number of these is done as long as it takes, or as much memory as there is: it is what was asked for.
WORK = ("steps", "max_iterations", "restarts", "nodes", "samples", "parts", "width")


GIVEN = ("data",)  # without a folder of data there would be a download


class NoStrategy(LookupError):
    """An annotation that no strategy is known for: add one to `STRATEGIES`."""


@dataclass(frozen=True)
class Sizes:
    """What the arguments of one call have in common: sample size, dimension, classes, and the scale of numbers."""

    n: int
    d: int
    mode: str

    def array(self, *shape: int) -> st.SearchStrategy[np.ndarray]:
        """An array of numbers of this scale."""
        count = int(np.prod(shape, dtype=int))
        entries = st.lists(hostile.scalars(self.mode), min_size=count, max_size=count)
        return entries.map(lambda values: np.array(values, dtype=np.float64).reshape(shape))

    def size(self) -> st.SearchStrategy[float]:
        """A number that is not negative."""
        return hostile.scalars(self.mode).map(abs)


SHAPES: dict[str, Callable[[Sizes], tuple[int, ...]]] = {
    "X": lambda at: (at.n, at.d),
    "y": lambda at: (at.n,),
    "covariance": lambda at: (at.d, at.d),
    "vectors": lambda at: (2, at.d),
    "values": lambda at: (at.n,),
    "counts": lambda at: (at.n,),
    "weights": lambda at: (at.n,),
    "times": lambda at: (at.n,),
    "radii": lambda at: (at.n,),
}
NUMBERS = ("radius", "smoothing", "l1", "step_size", "stop_residual", "residual_std", "coefficient_norm", "shape")
"""Arrays that are usually a single number. An array of any other name has shape (d,)."""


@st.composite
def calls(draw: st.DrawFn, target: Target) -> dict[str, Any]:
    """Keyword arguments for `target`: valid ones, and in three calls of four some that are not."""
    at = Sizes(draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.sampled_from(("mild", "mild", "any"))))
    arguments = {name: draw(valid(target, name, found, at)) for name, found in target.parameters.items()}
    optional = [name for name, found in target.parameters.items() if found.default is not Parameter("").default]
    given_default = [name for name in optional if name not in GIVEN]
    for name in draw(st.lists(st.sampled_from(given_default), unique=True)) if given_default else ():
        arguments[name] = target.parameters[name].default
    spoilt = [name for name, found in target.parameters.items() if _spoils(found.annotation)]
    count = draw(st.sampled_from((0, 1, 1, 2)))
    for name in (
        draw(st.lists(st.sampled_from(spoilt), max_size=count, min_size=min(1, count), unique=True)) if spoilt else ()
    ):
        arguments[name] = draw(_spoilt(name, target.parameters[name].annotation, arguments[name]))
    return arguments


def valid(target: Target, name: str, parameter: Parameter, at: Sizes) -> st.SearchStrategy[Any]:
    """Values that the function may accept; NoStrategy where the annotation is unknown."""
    text = parameter.annotation.removesuffix(" | None")
    if text in {"ArrayLike", "FloatArray", "Any"}:
        shape = () if name in NUMBERS else SHAPES.get(name, lambda at: (at.d,))(at)
        strategy: st.SearchStrategy[Any] = at.array(*shape)
        if name == "covariance":
            strategy = covariances(at)
        if name in {*NUMBERS, "times", "counts", "radii"}:
            strategy = strategy.map(np.abs)
        strategy = strategy.map(np.ceil) if name in {"counts", "times"} else strategy
    elif text in {"str", "Update", "Sequence[str]"} or text.startswith("Literal["):
        known = st.sampled_from(
            [*_words(target, text), parameter.default if isinstance(parameter.default, str) else "x"]
        )
        strategy = st.lists(known, max_size=3) if text == "Sequence[str]" else known
    elif text in STRATEGIES:
        strategy = STRATEGIES[text](name, at)
    else:
        raise NoStrategy(f"{target.name} takes {name}: {parameter.annotation}, for which nothing is known")
    return strategy | st.none() if parameter.annotation.endswith("| None") and name not in GIVEN else strategy


def _words(target: Target, text: str) -> list[str]:
    """The names that the target's module has in its constants, and those in the annotation."""
    constants = [v for name, v in vars(target.module).items() if name.isupper() and isinstance(v, tuple | dict)]
    found = [entry for value in constants for entry in value if isinstance(entry, str)]
    return sorted({*found, *re.findall(r"'(\w+)'", text), "frozen", "full"})


def _spoils(annotation: str) -> bool:
    plain = {
        "ArrayLike",
        "FloatArray",
        "Any",
        "float",
        "int",
        "str",
        "Update",
        "Sequence[str]",
        "PerSample",
        "Tensor",
        "Number",
    }
    text = annotation.removesuffix(" | None")
    return text in plain or text.startswith("Literal[")


def _spoilt(name: str, annotation: str, value: Any) -> st.SearchStrategy[Any]:
    text = annotation.removesuffix(" | None")
    if text in {"ArrayLike", "FloatArray", "Any"}:
        return hostile.arrays(np.zeros(2) if value is None else np.asarray(value))
    if text == "Tensor":
        return tensors_spoilt(value)
    if text == "int":
        return hostile.integers(name in WORK)
    if text in {"str", "Update"} or text.startswith("Literal["):
        return hostile.texts()
    if text == "Sequence[str]":
        return st.lists(hostile.texts(), max_size=2) | hostile.texts()
    return hostile.numbers()


def covariances(at: Sizes) -> st.SearchStrategy[np.ndarray]:
    """Symmetric and positive semidefinite to rounding: identity, diagonal, full, singular, in any units."""

    def full(root: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.nan_to_num(root @ root.T)

    diagonal = at.array(at.d).map(lambda stds: np.diag(np.abs(stds)))
    square = Sizes(at.n, at.d, "mild").array(at.d, at.d).map(full)
    low_rank = Sizes(at.n, at.d, "mild").array(at.d, 1).map(full)
    return st.one_of(st.just(np.eye(at.d)), diagonal, square, low_rank)


@st.composite
def populations(draw: st.DrawFn, at: Sizes) -> LinearGaussian:
    """Populations of dimension d; those that are refused are another target's matter."""
    return _made(LinearGaussian, draw(at.array(at.d)), draw(covariances(at)), draw(at.size()))


def _made(kind: Callable[..., Any], *arguments: Any) -> Any:
    with np.errstate(all="ignore"):
        try:
            return kind(*arguments)
        except (ValueError, ArithmeticError):
            assume(False)


@st.composite
def _interpolator_laws(draw: st.DrawFn, at: Sizes) -> InterpolatorLaw:
    return _made(InterpolatorLaw, at.n, at.n + draw(st.integers(1, 5)), draw(at.size()), draw(at.size()))


@st.composite
def _stopped(draw: st.DrawFn, at: Sizes) -> StoppedTraining:
    n = at.n + 2
    d = n + draw(st.integers(2, 20))
    step = draw(st.sampled_from([0.5, 1e-6, 0.999])) * n / (2 * d)
    return _made(StoppedTraining, n, d, draw(at.size()), draw(at.size()), step)


@st.composite
def _interpolations(draw: st.DrawFn, at: Sizes) -> Interpolation:
    X, y = draw(at.array(at.n, at.n + at.d)), draw(at.array(at.n))
    return _made(Interpolation.of, X, y)


@st.composite
def _reductions(draw: st.DrawFn, at: Sizes) -> Reduction:
    kind = draw(st.sampled_from(("whole", "collapse", "relu")))
    if kind == "relu":
        return _made(relu_reduction, draw(at.size()), draw(at.size()), draw(st.integers(1, 2**60)))
    weights = draw(at.array(2))
    counts = draw(st.lists(st.integers(1, 10), min_size=2, max_size=2))
    return _made(whole_network, weights) if kind == "whole" else _made(collapse, weights, counts)


@st.composite
def _schedules(draw: st.DrawFn, at: Sizes) -> Schedule:
    return _made(low_dimensional_schedule, draw(at.size()), draw(st.integers(3, 10**6)), at.d, draw(at.size()))


@st.composite
def _expected_updates(draw: st.DrawFn, at: Sizes) -> ExpectedUpdate:
    return _made(
        ExpectedUpdate, draw(populations(at)), draw(at.size()), draw(at.size()), draw(st.sampled_from([2, np.inf])),
        draw(st.sampled_from(["frozen", "full"])),
    )  # fmt: skip


MOMENTS = [value for value in vars(smoothed_moments).values() if isinstance(value, smoothed_moments.Moment)]


def _tensor(name: str, at: Sizes) -> st.SearchStrategy[torch.Tensor]:
    """Samples (n, d), labels (n,) of two classes, weights (2, d): finite, in single or double precision."""
    if name == "labels":
        return st.lists(st.integers(0, 1), min_size=at.n, max_size=at.n).map(torch.tensor)
    shape = {"weights": (2, at.d), "bias": (2,), "logits": (at.n, 3), "outputs": (at.n, 1), "targets": (at.n,)}
    one_each = {"gradient_norm", "shrunk"}
    found = at.array(*(at.n,) if name in one_each else shape.get(name, (at.n, at.d)))
    kinds = st.sampled_from([torch.float32, torch.float64])
    return st.builds(lambda array, kind: torch.tensor(array.clip(-3e38, 3e38)).to(kind), found, kinds)


def tensors_spoilt(value: torch.Tensor) -> st.SearchStrategy[torch.Tensor]:
    """Tensors of another shape."""
    shapes = [value[:0], value[None], value[..., None], value[..., :-1], value.flatten(), torch.tensor(1.0)]
    return st.integers(0, len(shapes) - 1).map(lambda which: shapes[which])


@st.composite
def _models(draw: st.DrawFn, at: Sizes) -> Any:
    weights = draw(at.array(at.d, 3))
    return lambda x: x.flatten(1) @ torch.tensor(weights, dtype=x.dtype)


@st.composite
def _threats(draw: st.DrawFn, at: Sizes) -> Threat:
    box = draw(st.sampled_from([(0.0, 1.0), (None, None), (-1.0, None)]))
    return Threat(draw(st.sampled_from([2, np.inf])), draw(at.size()), *box)


PIXELS = np.zeros((2, 1, 2, 2), np.uint8)
IMAGES = Images(
    "toy", PIXELS, PIXELS, np.array([0, 1]), np.array([1, 1]), ("a", "b"), DataProvenance("folder", "", True)
)

STRATEGIES: dict[str, Callable[[str, Sizes], st.SearchStrategy[Any]]] = {
    "float": lambda name, at: st.sampled_from([2.0, np.inf, 1.0, 3.0]) if name in {"norm", "exponent"} else at.size(),
    "int": lambda name, at: (
        st.just({"n": at.n, "d": at.d}[name]) | st.integers(1, 8) if name in {"n", "d"} else st.integers(1, 8)
    ),
    "bool": lambda name, at: st.booleans(),
    "LinearGaussian": lambda name, at: populations(at),
    "np.random.Generator": lambda name, at: st.integers(0, 9).map(np.random.default_rng),
    "InterpolatorLaw": lambda name, at: _interpolator_laws(at),
    "StoppedTraining": lambda name, at: _stopped(at),
    "Interpolation": lambda name, at: _interpolations(at),
    "Reduction": lambda name, at: _reductions(at),
    "Schedule": lambda name, at: _schedules(at),
    "ExpectedUpdate": lambda name, at: _expected_updates(at),
    "Moment": lambda name, at: st.sampled_from(MOMENTS),
    "Law": lambda name, at: st.sampled_from([lambda norm, error: norm + error, lambda norm, error: np.sqrt(norm)]),
    "PerSample": lambda name, at: at.size() | at.array(at.n).map(lambda values: torch.tensor(np.abs(values))),
    "Tensor": _tensor,
    "Model": lambda name, at: _models(at),
    "Loss": lambda name, at: st.sampled_from([losses.cross_entropy, losses.margin, losses.dlr]),
    "Threat": lambda name, at: _threats(at),
    "Best": lambda name, at: _tensor("x", at).map(Best.none),
    "torch.Generator": lambda name, at: st.just(torch.Generator()),
    "str | os.PathLike[str]": lambda name, at: st.sampled_from(
        ["/nowhere", "", "\0", "/dev/null", "x" * 5000, "~nobody/x"]
    ),
    "Images": lambda name, at: st.just(IMAGES),
    "Sequence[int]": lambda name, at: st.lists(st.sampled_from([0, 1, 2, -1, True, 0.0, None, 2**70, "0"]), max_size=3),
    "Pixels": lambda name, at: hostile.arrays(PIXELS.astype(float)) | st.just(PIXELS),
    "Labels": lambda name, at: hostile.arrays(np.array([0.0, 1.0])) | st.just(np.array([0, 1])),
    "tuple[str, ...]": lambda name, at: st.sampled_from([(), ("a",), ("a", "b")]),
    "DataProvenance": lambda name, at: st.just(IMAGES.provenance),
}
