"""Records made by hand, of a world in which everything that the paper says of images is true."""

import math
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from models.training.experiments import EXPERIMENTS
from models.training.record import Record, Run, save_record, trainer_digest

EPOCHS = (25.0, 50.0, 75.0, 92.0, 100.0)
NOISE = 5e-4
ATTACKS = ("pgd_ce", "pgd_margin", "apgd")
Case = dict[str, float]
Figures = Callable[[str, Case], dict[str, float]]
"""(arm, case) to standard accuracy, accuracy under attack, both on training images, and the attack difference."""


def printed(experiment: str) -> Figures:
    """The world of the paper."""

    def figures(arm: str, case: Case) -> dict[str, float]:
        found = {"train_clean": 1.0, "train_robust": 1.0, "attack_difference": 0.0}
        good = arm.startswith(("smoothed", "lasso"))
        if experiment in TABLES:
            clean, robust = TABLES[experiment][good]
        elif "n" in case:
            clean = 0.9825 + 0.015 * math.log10(case["n"] / 10) + 0.002 * good
            robust = 0.6 + 1e-3 * case["n"] + 0.03 * good
        else:
            clean, robust = 0.4 + 0.06 * good, 0.2 + 0.02 * good
            found["attack_difference"] = (0.1 + 0.1 * case.get("radius", 0.0)) * (0.5 if good else 1.0)
        return found | {"clean": clean, "robust": robust}

    return figures


present_digest = cache(trainer_digest)

TABLES = {
    "table1": ((0.84346, 0.61760), (0.86568, 0.63072)),
    "table2": ((0.82870, 0.50338), (0.84800, 0.54260)),
    "fig16": ((0.7, 0.4), (0.72, 0.43)),
}


def record(
    experiment: str,
    scale: str = "paper",
    seeds: Iterable[int] = range(10),
    figures: Figures | None = None,
    cases: Iterable[Case] | None = None,
    noise: float = NOISE,
    rng: np.random.Generator | None = None,
    **changes: Any,
) -> Record:
    """A record of all arms of an experiment; `figures` are those of the paper's world unless given."""
    settings, rng = EXPERIMENTS[experiment], rng or np.random.default_rng(0)
    truth = figures or printed(experiment)
    chosen = [dict(case) for case in settings.cases] if cases is None else list(cases)
    runs = tuple(
        _run(arm.name, seed, case, truth(arm.name, case), noise, rng)
        for case in chosen
        for seed in seeds
        for arm in settings.arms
    )
    fields: dict[str, Any] = {
        "experiment": experiment,
        "scale": scale,
        "scale_note": "" if scale == "paper" else "15 epochs",
        "config": {},
        "data": {"name": "made by hand", "source": "folder", "checksum": "sha256:" + "0" * 64, "official": True,
                 "dropped": 0, "note": ""},
        "trainer": {"digest": present_digest(), "revision": "000000000000"},
        "command": f"advtheory train {experiment}",
        "runs": runs,
    }  # fmt: skip
    return Record(**(fields | changes))


def save(folder: Path, made: Record) -> Path:
    """Write a record where a claim looks for it."""
    path = folder / (f"{made.experiment}.json" if made.scale == "paper" else f"{made.experiment}-{made.scale}.json")
    save_record(made, path)
    return path


def save_all(folder: Path, **changes: Any) -> None:
    """Write every record that a claim can ask for."""
    for experiment in EXPERIMENTS:
        save(folder, record(experiment, **changes))
    for experiment in ("fig2", "table1", "table2"):
        save(folder, record(experiment, "short", **changes))


def _run(arm: str, seed: int, case: Case, truth: dict[str, float], noise: float, rng: np.random.Generator) -> Run:
    def measured() -> dict[str, float]:
        found = {name: _noisy(value, noise, rng) for name, value in truth.items() if name != "robust"}
        robust = _noisy(truth["robust"], noise, rng)
        return found | dict.fromkeys(ATTACKS, robust) | {"epoch": EPOCHS[-1], "zeros": 0.0, "l1": 0.01}

    sources = {"clean": "clean", "robust": "robust", "train_robust": "train_robust", "held_out_clean": "clean",
               "held_out": "robust"}  # fmt: skip
    curves = {name: [_noisy(truth[of], noise, rng) for _ in EPOCHS] for name, of in sources.items()}
    return Run(
        case=case, arm=arm, seed=seed, resumed=0, started="2026-01-01 00:00:00 UTC", seconds=60.0,
        images_per_second=1000.0, device={"kind": "cpu", "name": "by hand", "threads": 1, "deterministic": True},
        versions={"python": "3.11", "torch": "2.13"}, epochs={"epoch": list(EPOCHS), **curves},
        first={"train_loss": 0.1, "l1": 0.01}, last=measured(), best=measured(),
    )  # fmt: skip


def _noisy(value: float, noise: float, rng: np.random.Generator) -> float:
    return value if value in {0.0, 1.0} else value + noise * float(rng.standard_normal())
