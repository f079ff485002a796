"""Whole trainings: killed and resumed, appended, replayed, shared between processes, and refused with one sentence."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from distributed import LocalCluster

from models.training import Options, load_record, train
from models.training.checkpoint import load_checkpoint, save_checkpoint
from models.training.command import main, parser
from models.training.record import Run
from models.training.replay import replay
from models.training.run import run_elsewhere

ROOT = Path(__file__).resolve().parents[3]
SMALL = ["fig4", "--scale", "digits", "--case", "n=20", "--arms", "lasso", "--device", "cpu"]
VARIABLE = {"started", "seconds", "images_per_second", "resumed"}


def fixed(run: Run) -> dict[str, object]:
    return {name: value for name, value in asdict(run).items() if name not in VARIABLE}


def launch(*arguments: str) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", "models.training", *arguments)
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_killed_in_mid_training_the_same_command_ends_with_the_very_numbers(tmp_path: Path) -> None:
    whole = train("fig4", scale="digits", arms=["lasso"], cases=[{"n": 20.0}], options=Options(device="cpu"))
    process = launch(*SMALL, "--out", str(tmp_path))
    checkpoints, progress = tmp_path / "checkpoints", tmp_path / "progress"
    while process.poll() is None and not list(progress.glob("*.json")):  # written after the first checkpoint
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "record.json").exists()
    assert list(checkpoints.glob("*.pt"))
    assert main([*SMALL, "--out", str(tmp_path)]) == 0
    (run,) = load_record(tmp_path / "record.json").runs
    assert run.resumed == 1
    assert fixed(run) == fixed(whole.runs[0])
    assert not list(checkpoints.iterdir())


def test_a_record_is_appended_to_and_finished_runs_are_not_repeated(tmp_path: Path) -> None:
    options = Options(device="cpu", out=tmp_path)
    first = train("fig15", scale="digits", seeds=(1,), cases=[{"n": 10.0}], options=options)
    both = train("fig15", scale="digits", seeds=(0, 1), cases=[{"n": 10.0}], options=options)
    assert [(run.seed, run.arm) for run in both.runs] == [(0, "lasso"), (0, "none"), (1, "lasso"), (1, "none")]
    assert both.runs[2:] == first.runs
    assert load_record(tmp_path / "record.json") == both


def test_a_training_leaves_the_process_as_it_was() -> None:
    threads = torch.get_num_threads()
    train("fig15", scale="digits", epochs=1, cases=[{"n": 10.0}], options=Options(device="cpu", threads=threads + 1))
    assert np.float64(5e-324) * 1.0 > 0
    assert float(torch.tensor(1e-310, dtype=torch.float64) * 0.5) > 0
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_trainings_on_a_cluster_are_those_of_one_process(tmp_path: Path) -> None:
    def trained(options: Options) -> list[dict[str, object]]:
        return [fixed(run) for run in train("fig15", scale="digits", cases=[{"n": 10.0}], options=options).runs]

    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0") as workers:
        there = trained(Options(out=tmp_path, cluster=workers.scheduler_address))
    assert there == trained(Options(device="cpu"))
    assert len(load_record(tmp_path / "record.json").runs) == 2


def test_a_worker_with_another_trainer_is_refused() -> None:
    with pytest.raises(ValueError, match="workers must have the trainer another, got"):
        run_elsewhere(None, torch.device("cpu"), Options(), "another")  # type: ignore[arg-type]


def test_a_record_of_other_settings_is_not_continued(tmp_path: Path) -> None:
    options = Options(device="cpu", out=tmp_path)
    train("fig15", scale="digits", epochs=1, cases=[{"n": 10.0}], options=options)
    with pytest.raises(ValueError, match="must be of the same"):
        train("fig15", scale="digits", epochs=2, cases=[{"n": 10.0}], options=options)


def test_a_record_of_another_trainer_is_not_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options(device="cpu", out=tmp_path)
    train("fig15", scale="digits", epochs=1, cases=[{"n": 10.0}], options=options)
    monkeypatch.setattr("models.training.record.trainer_digest", lambda: "another")
    with pytest.raises(ValueError, match="present trainer"):
        train("fig15", scale="digits", epochs=1, seeds=(1,), cases=[{"n": 10.0}], options=options)


def test_a_changed_number_of_epochs_is_no_longer_the_papers_scale() -> None:
    record = train("fig15", scale="digits", epochs=1, cases=[{"n": 10.0}], options=Options(device="cpu"))
    assert record.scale == "digits-reduced"
    assert "1 epochs for 200" in record.scale_note


def test_a_replayed_record_agrees_and_a_forged_one_does_not(tmp_path: Path) -> None:
    options = Options(device="cpu", out=tmp_path)
    train("table1", scale="digits", epochs=2, seeds=(0, 1), options=options)
    path = tmp_path / "record.json"
    lines, same = replay(path, Options(device="cpu"))
    assert same, lines
    assert "seed 1" in replay(path, Options(device="cpu"), seed=1)[0][0]
    data = json.loads(path.read_text())
    data["runs"][0]["first"]["train_loss"] *= 1.01
    path.write_text(json.dumps(data))
    assert not replay(path, Options(device="cpu"))[1]
    assert main(["--replay", str(path)]) == 1


def test_the_recorded_mnist_training_is_repeated_by_this_trainer() -> None:
    path = ROOT / "reports" / "recorded" / "fig4.json"
    data = os.environ.get("ADVTHEORY_DATA")
    if data is None or not path.is_file():
        pytest.skip("MNIST: ADVTHEORY_DATA names no folder with its files, or there is no record yet")
    lines, same = replay(path, Options(data=Path(data), device="cpu"))
    assert same, lines


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    script = """
import sys
from dataclasses import replace
import torch
from models.training.experiments import Arm, Attack, experiment
from models.training.loop import train_task
from models.training.run import data_of
from models.training.task import How, Task
from models.training.workers import joined
chosen, _ = experiment("fig4", "digits")
chosen = replace(chosen, arms=(Arm("a", l1=1e-3),), attack=Attack(2, 0.0),
                 schedule=replace(chosen.schedule, epochs=6, batch=16, momentum=0.9, augment=False),
                 evaluation=replace(chosen.evaluation, every=3))
task = Task(chosen, {"n": 50.0}, (("a", 1),))
workers, device = joined(torch.device("cpu"))
state = train_task(task, data_of(task, None, device), How(device, workers=workers))
found = {"weights": state.model.state_dict(), "curves": state.curves}
torch.save(found, f"{sys.argv[1]}-{workers.rank}-{workers.count}")
"""
    (tmp_path / "script.py").write_text(script)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    for command in ([sys.executable], torchrun):
        arguments = [*command, str(tmp_path / "script.py"), str(tmp_path / "state")]
        done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr[-2000:]
    alone, first, second = (torch.load(tmp_path / f"state-{end}", weights_only=True) for end in ("0-1", "0-2", "1-2"))
    for name, weights in alone["weights"].items():
        torch.testing.assert_close(first["weights"][name], weights, rtol=1e-4, atol=1e-6)
        assert torch.equal(first["weights"][name], second["weights"][name])
    assert first["curves"]["clean"] == second["curves"]["clean"]
    torch.testing.assert_close(torch.tensor(first["curves"]["clean"]), torch.tensor(alone["curves"]["clean"]))


def test_a_damaged_or_foreign_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    assert load_checkpoint(path, torch.device("cpu")) is None
    save_checkpoint({"epoch": 3, "weights": torch.ones(2)}, path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"damaged: .*c\.pt"):
        load_checkpoint(path, torch.device("cpu"))


def test_a_checkpoint_never_runs_code(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    torch.save({"epoch": Hostile()}, tmp_path / "c.pt")
    with pytest.raises(ValueError, match="damaged"):
        load_checkpoint(tmp_path / "c.pt", torch.device("cpu"))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "experiment must be one of"),
        (["fig4", "--data", "/nowhere"], "must be an existing folder"),
        (["fig4", "--scale", "digits", "--device", "tpu"], "device must be auto, cpu or cuda"),
        (["fig4", "--scale", "digits", "--case", "n=7"], "case must be one of"),
        (["fig4", "--scale", "digits", "--arms", "ridge"], "arm must be one of lasso, none"),
        (["fig4", "--scale", "digits", "--epochs", "0"], "epochs must be at least 1"),
        (["fig4", "--scale", "short"], "scale 'short' is for CIFAR-10"),
        (["--replay", "/nowhere.json"], "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = [] if "--replay" in arguments or not arguments else ["--out", str(tmp_path)]
    assert main([*arguments, *out]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fig4", "--scale", "digits", "--device", "cuda"]) == 2
    assert "finds no GPU" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "a", "3-1", "1,,2", "-1"])
def test_seeds_that_are_not_are_refused(text: str) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["fig4", f"--seeds={text}"])


def test_seeds_are_ranges_and_lists() -> None:
    assert parser().parse_args(["fig4", "--seeds", "0-2,7"]).seeds == (0, 1, 2, 7)


def test_the_trainer_needs_numpy_torch_and_tqdm_alone() -> None:
    others = "{'scipy', 'sympy', 'hypothesis', 'sklearn', 'pooch', 'matplotlib', 'PIL'}"
    code = f"import sys, models.training.command; print(*{{n.partition('.')[0] for n in sys.modules}} & {others})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
