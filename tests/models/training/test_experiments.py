"""The experiments: what the paper states of each, and what the smaller scales say they reduced."""

import math

import pytest

from models.training.experiments import EXPERIMENTS, SCALES, Experiment, Schedule, experiment
from models.training.schedules import decay, learning_rate


def test_figure_two_is_as_stated() -> None:
    found = EXPERIMENTS["fig2"]
    assert (found.network.depth, found.network.width, found.network.smooth_backward) == (34, 1, True)
    assert (found.attack.norm, found.attack.radius, found.printed_seeds) == (2, 3.0, 10)
    assert {arm.name: arm.smoothing for arm in found.arms} == {"smoothed": 1e-3, "plain": 0.0}


@pytest.mark.parametrize(
    ("epoch", "rate", "smoothing"), [(0, 0.1, 1.0), (74, 0.1, 1.0), (75, 0.01, 0.1), (90, 0.001, 0.01)]
)
def test_figure_twos_rate_and_smoothing_fall_at_its_epochs(epoch: int, rate: float, smoothing: float) -> None:
    schedule = EXPERIMENTS["fig2"].schedule
    assert schedule.epochs == 100
    assert learning_rate(schedule, epoch / 100) == pytest.approx(rate)
    assert decay(schedule, epoch / 100) == pytest.approx(smoothing)


def test_figure_four_is_as_stated() -> None:
    found = EXPERIMENTS["fig4"]
    assert (found.network.width, found.classes, found.schedule.epochs) == (1024, (0, 1), 2000)
    assert (found.attack.norm, found.attack.radius, found.printed_seeds) == (2, 3.0, 30)
    assert {arm.name: (arm.l1, arm.smoothing) for arm in found.arms} == {"lasso": (1e-3, 1e-4), "none": (0.0, 1e-4)}
    assert {arm.smoothing for arm in EXPERIMENTS["fig4-unsmoothed"].arms} == {0.0}


@pytest.mark.parametrize(("name", "norm", "radius"), [("table1", 2, 0.5), ("table2", math.inf, 8 / 255)])
def test_the_tables_are_as_stated(name: str, norm: float, radius: float) -> None:
    found = EXPERIMENTS[name]
    assert (found.network.depth, found.network.width) == (34, 10)
    assert (found.attack.norm, found.attack.radius) == (norm, radius)
    assert {arm.name: arm.l1 for arm in found.arms} == {"lasso": 1e-5, "none": 0.0}


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("scale", SCALES)
def test_a_smaller_scale_says_what_it_reduced_and_keeps_the_arms(name: str, scale: str) -> None:
    if scale == "short" and EXPERIMENTS[name].dataset != "cifar10":
        with pytest.raises(ValueError, match="CIFAR-10"):
            experiment(name, scale)
        return
    found, note = experiment(name, scale)
    assert bool(note) == (scale != "paper")
    assert [arm.name for arm in found.arms] == [arm.name for arm in EXPERIMENTS[name].arms]
    assert [arm.l1 > 0 for arm in found.arms] == [arm.l1 > 0 for arm in EXPERIMENTS[name].arms]


def test_a_smoke_run_says_how_many_images_it_trains_on() -> None:
    assert "on 100 training images" in experiment("fig4", "smoke")[1]
    assert "on 32 training images" in experiment("fig2", "smoke")[1]


def test_a_cyclic_rate_rises_to_its_peak_and_falls_to_zero() -> None:
    schedule = Schedule(10, rate=0.2, kind="cyclic")
    rates = [learning_rate(schedule, share) for share in (0.0, 0.2, 0.4, 0.7, 1.0)]
    assert rates == pytest.approx([0.0, 0.1, 0.2, 0.1, 0.0])


def test_what_is_our_choice_is_said_of_every_experiment() -> None:
    def says(found: Experiment) -> bool:
        return any(words in found.ours for words in ("not at hand", "leaves open", "Not in the paper"))

    assert all(says(found) for found in EXPERIMENTS.values())


@pytest.mark.parametrize(("name", "scale"), [("fig9", "paper"), ("fig4", "huge")])
def test_unknown_names_are_refused(name: str, scale: str) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        experiment(name, scale)
