"""The paper's experiments on images as settings: what is trained, on what, with which attack, schedule and arms."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

SCALES = ("paper", "short", "digits", "smoke")

EPSILON_8 = 8 / 255


@dataclass(frozen=True)
class Network:
    """ "perceptron": two layers with `width` hidden units; "wide_resnet": WRN-`depth`-`width`."""

    kind: str
    width: int
    depth: int = 2
    smooth_backward: bool = False


@dataclass(frozen=True)
class Attack:
    """The attack that trains: PGD of `steps` steps of length `step` ε on cross-entropy from a random start."""

    norm: float
    radius: float
    steps: int = 10
    step: float = 0.25


@dataclass(frozen=True)
class Schedule:
    """Epochs, batches, learning rate and weight decay of stochastic gradient descent.

    "steps" multiplies the rate by 0.1 at the shares `milestones` of the epochs; "cyclic" lets it rise linearly to
    `rate` over two fifths of them and fall to 0. In both, the smoothing is multiplied by 0.1 at the milestones.
    `batch` None takes all samples at once.
    """

    epochs: int
    rate: float = 0.1
    kind: str = "steps"
    milestones: tuple[float, ...] = (0.75, 0.9)
    batch: int | None = 128
    momentum: float = 0.9
    weight_decay: float = 2e-4
    augment: bool = True


@dataclass(frozen=True)
class Arm:
    """One side of a comparison: the smoothing ξ, the weight l1 of ‖θ‖₁ and how it acts, and where training starts.

    "loss" adds the penalty to the loss, as the paper does; "proximal" follows each step with soft thresholding, which
    gives exact zeros. `standard_epochs` of training without attack come first where it is positive.
    """

    name: str
    smoothing: float = 0.0
    l1: float = 0.0
    penalty: str = "loss"
    standard_epochs: int = 0


@dataclass(frozen=True)
class Evaluation:
    """When and how accuracies are measured.

    After every `every` epochs PGD of `watch_steps` steps on the margin loss over `watch_images` test images and
    `held_out` training images, which are not trained on and choose the best epoch; at the end, over `images` test
    images (None: all), PGD on cross-entropy and on the margin, and APGD.
    """

    every: int = 1
    watch_steps: int = 10
    watch_images: int | None = None
    held_out: int = 1000
    images: int | None = None
    pgd_steps: int = 20
    restarts: int = 1
    apgd_steps: int = 50
    difference: bool = False


@dataclass(frozen=True)
class Experiment:
    """One of the paper's experiments. `cases` lists what varies besides the arms: ("n", 10.0) trains on 10 images,
    ("radius", 3.0) replaces the attack's radius; `train_images` limits the training set where there is no "n".
    `printed_seeds` is how often the paper repeats it, None where it does not say; `ours` what the paper leaves open.
    """

    name: str
    dataset: str
    classes: tuple[int, ...] | None
    network: Network
    attack: Attack
    schedule: Schedule
    arms: tuple[Arm, ...]
    cases: tuple[tuple[tuple[str, float], ...], ...] = ((),)
    evaluation: Evaluation = Evaluation()
    train_images: int | None = None
    printed_seeds: int | None = None
    ours: str = ""

    def arm(self, name: str) -> Arm:
        """The arm called `name`; ValueError when there is none."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise ValueError(f"arm must be one of {', '.join(arm.name for arm in self.arms)}, got {name!r}")


SMOOTHED, PLAIN = Arm("smoothed", smoothing=1e-3), Arm("plain")
RESNET = Network("wide_resnet", 1, 34, smooth_backward=True)
LARGE_RESNET = Network("wide_resnet", 10, 34)
SIZES = tuple((("n", float(n)),) for n in (10, 20, 50, 100))
CIFAR_OURS = (
    "The paper leaves open: batches (128), momentum (0.9), weight decay (2e-4, as Madry et al. 2018), augmentation "
    "(crops and flips), the training attack's 10 steps of ε/4 on cross-entropy in l2 or linf from a random start, and "
    "how accuracy under attack was measured."
)
FIGURE_TWO = Experiment(
    "fig2", "cifar10", None, RESNET, Attack(2, 3.0), Schedule(100), (SMOOTHED, PLAIN),
    printed_seeds=10, ours=CIFAR_OURS,
)  # fmt: skip
FIGURE_FOUR = Experiment(
    "fig4", "mnist", (0, 1), Network("perceptron", 1024), Attack(2, 3.0),
    Schedule(2000, batch=None, momentum=0.0, weight_decay=0.0, milestones=(), augment=False),
    (Arm("lasso", 1e-4, 1e-3), Arm("none", 1e-4)), SIZES,
    Evaluation(every=100, watch_images=250, held_out=250), printed_seeds=30,
    ours="The paper leaves open: the sizes n, the learning rate (0.1, all samples in one batch, no momentum), the "
    "training attack's 10 steps of ε/4 on cross-entropy from a random start, pixels kept in [0, 1], and how accuracy "
    "under attack was measured. Half of the n images are zeros, half ones.",
)  # fmt: skip
TABLE_ONE = Experiment(
    "table1", "cifar10", None, LARGE_RESNET, Attack(2, 0.5), Schedule(100), (Arm("lasso", l1=1e-5), Arm("none")),
    ours=f"The schedule is Figure 2's; the number of repeats is not stated. {CIFAR_OURS}",
)  # fmt: skip


def _variant(base: Experiment, name: str, attack: Attack | None = None, smoothing: float | None = None) -> Experiment:
    arms = base.arms if smoothing is None else tuple(replace(arm, smoothing=smoothing) for arm in base.arms)
    return replace(base, name=name, attack=attack or base.attack, arms=arms)


def _sourced(base: Experiment, name: str, text: str) -> Experiment:
    return replace(base, name=name, printed_seeds=None, ours=f"{text} {base.ours}")


APPENDIX = "The authors' appendix with its settings is not at hand: these are ours."
LINF = _variant(FIGURE_FOUR, "fig15", Attack(math.inf, 0.1))

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        FIGURE_TWO,
        _sourced(replace(FIGURE_TWO, schedule=Schedule(200)), "fig2-long", APPENDIX),
        _sourced(
            replace(
                FIGURE_TWO,
                arms=tuple(
                    replace(arm, name=f"{arm.name}{suffix}", standard_epochs=epochs)
                    for suffix, epochs in (("", 0), ("-init", 30))
                    for arm in FIGURE_TWO.arms
                ),
            ),
            "fig2-init",
            f"{APPENDIX} Initialised means 30 epochs of training without attack first.",
        ),
        _sourced(
            replace(
                FIGURE_TWO,
                cases=tuple((("radius", radius),) for radius in (0.5, 1.0, 2.0, 3.0)),
                evaluation=Evaluation(difference=True),
            ),
            "attack-difference",
            f"{APPENDIX} Two PGD attacks on the margin from two random starts, of each test image.",
        ),
        FIGURE_FOUR,
        _sourced(_variant(FIGURE_FOUR, "fig4-unsmoothed", smoothing=0.0), "fig4-unsmoothed", APPENDIX),
        _sourced(
            replace(
                FIGURE_FOUR,
                name="fig4-proximal",
                arms=(Arm("lasso", 1e-4, 1e-3, penalty="proximal"), Arm("none", 1e-4)),
            ),
            "fig4-proximal",
            "Not in the paper: the penalty as a proximal step, whose zeros are exact.",
        ),
        _sourced(LINF, "fig15", f"{APPENDIX} The linf radius is 0.1."),
        TABLE_ONE,
        replace(_variant(TABLE_ONE, "table2", Attack(math.inf, EPSILON_8)), name="table2"),
        _sourced(
            replace(_variant(TABLE_ONE, "fig16", Attack(math.inf, EPSILON_8)), network=RESNET),
            "fig16",
            f"{APPENDIX} The network is WRN-34-1, whose training Figure 2 describes.",
        ),
    )
}  # fmt: skip


def experiment(name: str, scale: str = "paper") -> tuple[Experiment, str]:
    """The experiment `name` at `scale`, and what the scale reduced; ValueError for unknown ones.

    "paper" is the paper's size. "short" is 15 epochs of a cyclic rate on CIFAR-10, WRN-16-4 in the place of WRN-34-10:
    fixed in advance. "digits" trains two-layer networks on scikit-learn's digits in seconds. "smoke" runs the paper's
    network for one epoch on 32 images, to show that the command works.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"experiment must be one of {', '.join(EXPERIMENTS)}, got {name!r}")
    reductions: dict[str, Callable[[Experiment], tuple[Experiment, str]]] = {
        "paper": lambda found: (found, ""), "short": _short, "digits": _digits, "smoke": _smoke,
    }  # fmt: skip
    if scale not in reductions:
        raise ValueError(f"scale must be one of {', '.join(reductions)}, got {scale!r}")
    return reductions[scale](EXPERIMENTS[name])


def _short(found: Experiment) -> tuple[Experiment, str]:
    if found.dataset != "cifar10":
        raise ValueError(f"scale 'short' is for CIFAR-10, got experiment {found.name!r} on {found.dataset}")
    network = Network("wide_resnet", 4, 16) if found.network == LARGE_RESNET else found.network
    schedule = replace(found.schedule, epochs=15, kind="cyclic", rate=0.2)
    reduced = replace(found, network=network, schedule=schedule, arms=_shorter(found, 5))
    size = f"WRN-{network.depth}-{network.width}"
    return reduced, f"15 epochs of a cyclic learning rate for {found.schedule.epochs}, {size}"


def _shorter(found: Experiment, epochs: int) -> tuple[Arm, ...]:
    return tuple(replace(arm, standard_epochs=min(arm.standard_epochs, epochs)) for arm in found.arms)


def _smoke(found: Experiment) -> tuple[Experiment, str]:
    evaluation = replace(
        found.evaluation, every=1, images=16, watch_images=8, watch_steps=2, held_out=8, pgd_steps=2, apgd_steps=3
    )
    reduced = replace(
        found, schedule=replace(found.schedule, epochs=1), attack=replace(found.attack, steps=2, step=0.5),
        cases=found.cases[-1:], evaluation=evaluation, train_images=32, arms=_shorter(found, 1),
    )  # fmt: skip
    images = dict(reduced.cases[0]).get("n", reduced.train_images)
    note = f"one epoch on {images:g} training images with an attack of 2 steps, accuracies over 16 test images"
    return reduced, f"{note}: shows that the command works"


DIGITS_RADIUS = {2.0: 1.0, math.inf: 0.15}
DIGITS_L1 = 1e-3  # makes the penalty comparable with the loss, as the paper chooses its own


def _digits(found: Experiment) -> tuple[Experiment, str]:
    """Two-layer networks with 128 hidden units; radii suit images of 64 pixels instead of 784 or 3072."""
    scale = DIGITS_RADIUS[found.attack.norm] / found.attack.radius
    attack = replace(found.attack, radius=DIGITS_RADIUS[found.attack.norm], steps=5, step=0.5)
    epochs = 200 if found.classes else 100
    schedule = replace(
        found.schedule, epochs=epochs, rate=0.5, batch=None, momentum=0.0, weight_decay=0.0, augment=False
    )
    evaluation = Evaluation(every=50, held_out=150, watch_steps=5, pgd_steps=10, apgd_steps=20)
    evaluation = replace(evaluation, difference=found.evaluation.difference)
    cases = tuple(
        tuple((key, value * scale if key == "radius" else value) for key, value in case) for case in found.cases
    )
    reduced = replace(
        found, dataset="digits", network=Network("perceptron", 128), attack=attack, schedule=schedule, cases=cases,
        evaluation=evaluation, arms=tuple(replace(arm, l1=DIGITS_L1 * (arm.l1 > 0)) for arm in _shorter(found, 20)),
    )  # fmt: skip
    note = f"scikit-learn's digits (8 x 8), two-layer networks with 128 hidden units, {epochs} epochs, radius"
    return reduced, f"{note} {attack.radius:g}"
