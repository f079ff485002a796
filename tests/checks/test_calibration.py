"""checks.calibration: a rule that is wrong by a little is found, a right one is not, and no piece of a run is lost."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from checks.calibration import __main__ as command
from checks.calibration import record, run, synthetic
from checks.calibration.bands import GRID, band, inside
from checks.calibration.block import run_block
from checks.calibration.figures import interval, sample
from checks.calibration.record import ALARMS, MISSES, PROBLEMS, SMALL, UNUSED
from checks.calibration.sources import sources
from checks.calibration.subjects import Subject, subjects
from checks.claim import Budget, Check
from checks.evidence import montecarlo, noncentral, trend
from checks.evidence.regression import Fit, regress
from checks.result import Evidence, Kind, Outcome

ROOT = Path(__file__).parents[2]
SEEDS = 1000
CASES = (1.0, 2.0, 3.0)
SWEEP = trend.Sweep((10, 20, 40, 80, 160), quick=5, size=float, axis="n", effort=lambda n: 5.0)


@dataclass(frozen=True)
class Toy(Subject):
    """A check that is not in the catalogue, on a formula that is right unless it says otherwise."""

    made: Check[float] | None = None
    formula: float = 1.0

    def run(self, budget: Budget) -> Evidence:
        assert self.made is not None
        return self.made.run(self.formula, budget.derive(self.claim, self.check))


def toy(check: Check[float], formula: float = 1.0, refuted: bool = False) -> Toy:
    return Toy("toy", check.name, check.kind.value, refuted, synthetic.__name__, check, formula)


def means(draw: Callable[[np.random.Generator, int], np.ndarray] | None = None) -> Check[float]:
    """Means of 1, 2 and 3, under noise with mean 0 and variance 1."""
    noise = draw or (lambda rng, n: rng.standard_normal(n))
    return montecarlo.means(
        "means", CASES, lambda case, n, rng: case + noise(rng, n), lambda formula, case: formula * case, 10.0, "claim"
    )


def limit(sweep: trend.Sweep[int] = SWEEP) -> Check[float]:
    def measure(size: int, replicates: int, rng: np.random.Generator) -> np.ndarray:
        return 1 + 3 / size + 0.05 * rng.standard_normal(replicates)

    claimed: Callable[[float], trend.Limit] = lambda value: trend.Limit(value, (1.0,))  # noqa: E731
    return trend.limit("limit", sweep, measure, claimed, 1.0, 10.0, "claim", "n of the sweep")


def bounds() -> Check[float]:
    def measure(size: int, replicates: int, rng: np.random.Generator) -> np.ndarray:
        return 0.5 + 0.1 * rng.standard_normal(replicates)

    return trend.bounds("bounds", SWEEP, measure, lambda top, n: (0.0, top), "claim", "n of the sweep")


def row(subject: Subject, seeds: int = SEEDS) -> dict[str, Any]:
    """What the record says of one check under so many seeds."""
    (found,) = record.record([(subject, [run_block(subject, 0, seeds)])])["rows"]
    return found


class TestRules:
    """Each on a thousand seeds: a false alarm of this test has probability 0.001."""

    def test_right_rules_have_no_defect(self) -> None:
        for check in (means(), limit(), bounds()):
            found = row(toy(check))
            assert found["defects"] == [], found
            assert found["outcomes"].get("fails", 0) <= 0.1 * SEEDS

    def test_the_rules_are_exact_where_they_can_be(self) -> None:
        found = row(toy(means()))
        low, high = found["alarm_interval"]
        assert low <= 0.05 <= high
        assert found["caught_interval"][0] < noncentral.POWER
        assert found["spread"] == pytest.approx(1, abs=0.1)
        assert abs(found["bias"]) < 0.15

    def test_a_margin_a_fifth_too_small_is_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        right, fitted = montecarlo.margins, Fit.margin
        monkeypatch.setattr(montecarlo, "margins", lambda found, rate: 0.8 * right(found, rate))
        assert ALARMS in row(toy(means()))["defects"]
        monkeypatch.setattr(Fit, "margin", lambda self, term, rate: 0.8 * fitted(self, term, rate))
        assert ALARMS in row(toy(limit()))["defects"]

    def test_a_one_sided_quantile_for_two_sides_is_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        one_sided = lambda found, rate: student.isf(rate / len(found), [mean.count - 1 for mean in found])  # noqa: E731
        monkeypatch.setattr(montecarlo, "margins", one_sided)
        assert ALARMS in row(toy(means()))["defects"]

    def test_a_standard_error_that_forgets_dependence_is_found_even_where_nothing_fails(self) -> None:
        """Every draw counted twice: means inside of generous bounds, whose intervals miss the truth too often."""

        def measure(size: int, replicates: int, rng: np.random.Generator) -> np.ndarray:
            return 0.5 + 0.01 * rng.standard_normal(replicates // 2).repeat(2)

        found = row(toy(trend.bounds("bounds", SWEEP, measure, lambda top, n: (0.0, top), "claim", "scope")))
        assert found["outcomes"] == {"holds": SEEDS}
        assert found["defects"] == [MISSES, SMALL]
        assert found["spread"] > 1.3

    def test_a_claim_off_by_less_than_is_detectable_shows_as_bias(self) -> None:
        found = row(toy(means(), formula=1 + 1 / 3 / np.sqrt(500)))
        assert found["bias"] == pytest.approx(-1, abs=0.15)

    def test_a_detectable_size_that_forgets_the_standard_error_is_estimated_is_found(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the rule once said: the margin plus a quantile, in estimated standard errors."""
        few = replaced(SWEEP, effort=lambda n: 1.0)
        check = trend.bounds("b", few, lambda n, count, rng: rng.standard_normal(count), lambda f, n: (-9, 9), "c", "s")
        assert row(toy(check))["defects"] == []
        quantile = lambda margin, degrees: margin + student.ppf(noncentral.POWER, degrees)  # noqa: E731
        monkeypatch.setattr(montecarlo, "noncentrality", quantile)
        assert row(toy(check))["defects"] == [MISSES]

    def test_weights_that_are_estimated_with_what_they_weigh_are_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What regressions once did: weights by the intervals of the very means."""
        few = replaced(SWEEP, effort=lambda n: 1.0)
        assert row(toy(limit(few)))["defects"] == []
        estimated = lambda columns, y, spread, counts, _: regress(columns, y, spread, counts, spread**-2.0)  # noqa: E731
        monkeypatch.setattr(trend, "regress", estimated)
        assert ALARMS in row(toy(limit(few)))["defects"]

    def test_a_rule_that_does_not_use_the_margin_it_states_is_found(self) -> None:
        def lenient(formula: float, budget: Budget) -> Evidence:
            return replaced(means().run(formula, budget), outcome=Outcome.HOLDS)

        assert row(toy(Check("lenient", Kind.MONTE_CARLO, lenient)))["defects"] == [UNUSED]

    def test_a_check_without_an_error_rate_may_raise_no_alarm_at_all(self) -> None:
        def sometimes(formula: float, budget: Budget) -> Evidence:
            outcome = Outcome.FAILS if budget.rng().random() < 0.01 else Outcome.HOLDS
            return Evidence(Kind.TRAINED, outcome, "scope", "summary", {})

        found = row(toy(Check("sometimes", Kind.TRAINED, sometimes)))
        assert found["announced"] == 1e-6
        assert found["defects"] == [ALARMS]

    def test_failures_of_a_refuted_claim_are_no_alarms_and_its_power_is_measured(self) -> None:
        found = row(toy(means(), formula=2.0, refuted=True))
        assert found["outcomes"] == {"fails": SEEDS}
        assert found["alarm_interval"] is None
        assert found["defects"] == []
        assert found["caught"] >= 0.97 * SEEDS

    def test_no_difference_is_planted_in_a_number_that_never_varies(self) -> None:
        constant = trend.bounds("b", SWEEP, lambda n, count, rng: np.full(count, 2.0 + 0 * rng.random()),
                                lambda top, n: (0.0, top), "claim", "scope")  # fmt: skip
        found = row(toy(constant, refuted=True), seeds=50)
        assert found["outcomes"] == {"fails": 50}
        assert found["caught"] is found["caught_interval"] is None
        assert found["defects"] == []

    def test_an_exception_and_a_warning_are_problems(self) -> None:
        def broken(formula: float, budget: Budget) -> Evidence:
            return means(lambda rng, n: np.log(rng.normal(0.01, 1e-3 * formula, n))).run(formula, budget)

        found = row(toy(Check("broken", Kind.MONTE_CARLO, broken), formula=10.0), seeds=20)
        assert PROBLEMS in found["defects"]
        assert "RuntimeWarning: invalid value" in found["problem"]


class TestBlocks:
    def test_blocks_are_parts_of_one_sequence_of_seeds(self) -> None:
        whole, parts = run_block(toy(means()), 0, 6), [run_block(toy(means()), first, 3) for first in (0, 3)]
        assert sample([whole], False).figures.tolist() == sample(parts, False).figures.tolist()
        assert len({str(figures) for figures in whole["tested"]}) == 6

    def test_a_check_that_draws_nothing_and_one_of_recorded_runs_are_run_once(self) -> None:
        def fixed(formula: float, budget: Budget) -> Evidence:
            return Evidence(Kind.TREND, Outcome.HOLDS, "scope", f"at {budget.replicates}", {})

        found = run_block(toy(Check("fixed", Kind.TREND, fixed)), 0, 5)
        assert (found["rests"], len(found["outcomes"])) == ("no draws", 1)
        recorded = next(s for s in subjects("few_digits_are_fitted_completely/last_epoch"))
        assert run_block(recorded, 0, 5)["rests"] == "recorded runs"

    def test_every_statistical_check_is_a_subject(self) -> None:
        names = [subject.name for subject in subjects()]
        assert len(names) == len(set(names)) > 200
        assert "xing2021.risk_has_closed_form/simulation" in names
        assert "xing2021.risk_has_closed_form/derivation" not in names
        assert {f"{synthetic.CLAIM}/{name}" for name in synthetic.WORLDS} <= set(names)

    def test_the_code_behind_a_check_is_followed_through_its_imports(self) -> None:
        (subject,) = subjects("risk_has_closed_form/simulation")[:1]
        found = sources(subject.module)
        assert {"checks/evidence/noncentral.py", "checks/evidence/montecarlo.py", "theory/norms.py"} <= found
        assert not any(path.startswith("models/two_layer") for path in found)


class TestFigures:
    def test_p_values_of_several_numbers_are_uniform(self) -> None:
        values = sample([run_block(toy(means()), 0, SEEDS)], False).p_values
        low, high = band(SEEDS, 1e-3)
        counts = [(values <= point).sum() for point in GRID]
        assert np.all(low <= counts)
        assert np.all(counts <= high)

    def test_a_band_holds_all_counts_with_the_asked_probability(self) -> None:
        rng, draws = np.random.default_rng(7), 20_000
        low, high = band(50, 0.1)
        values = np.sort(rng.random((draws, 50)), axis=1)
        counts = np.stack([(values <= point).sum(axis=1) for point in GRID], axis=1)
        share = np.mean(((low <= counts) & (counts <= high)).all(axis=1))
        assert inside(50, low, high) == pytest.approx(share, abs=5 * np.sqrt(0.09 / draws))
        assert 0.9 <= inside(50, low, high) < 0.93

    def test_intervals_are_those_of_clopper_and_pearson(self) -> None:
        low, high = interval(3, 10, 0.05)
        assert (low, high) == pytest.approx((0.066740, 0.652453), abs=1e-6)  # their table
        assert interval(0, 10, 0.05)[0] == 0
        assert interval(10, 10, 0.05)[1] == 1


ARGUMENTS = ("-k", "risk_has_closed_form/simulation")


def calibrate(folder: Path, name: str, seeds: int, *where: str) -> bytes:
    out = folder / f"{name}.json"
    arguments = ["--seeds", str(seeds), "--workers", "1", *where, "--journal", str(folder / f"{name}.jsonl")]
    assert command.main([*ARGUMENTS, *arguments, "--out", str(out)]) == 0
    return out.read_bytes()


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The record of an uninterrupted run in one process."""
    return calibrate(tmp_path_factory.mktemp("once"), "once", 40)


class TestRuns:
    def test_one_and_two_processes_write_the_same_bytes_and_a_longer_run_goes_on(
        self, tmp_path: Path, once: bytes
    ) -> None:
        calibrate(tmp_path, "two", 20, "--workers", "2")
        assert calibrate(tmp_path, "two", 40, "--workers", "2") == once
        assert json.loads(once)["rows"][0]["seeds"] == 40

    def test_a_cluster_writes_the_same_bytes(self, tmp_path: Path, once: bytes) -> None:
        assert calibrate(tmp_path, "cluster", 40, "--cluster", "local[2]") == once

    def test_a_worker_with_other_code_or_packages_is_refused(self) -> None:
        subject = toy(means())
        assert run.do(run.key(), subject, subject.code, 0)["outcomes"]
        for wanted, code in ((run.key(), "another"), (run.key() | {"base": 1}, subject.code)):
            with pytest.raises(ValueError, match="workers must have the packages and the code of toy/means"):
                run.do(wanted, subject, code, 0)

    def test_a_killed_run_goes_on_without_losing_or_counting_twice(
        self, tmp_path: Path, once: bytes, capsys: pytest.CaptureFixture[str]
    ) -> None:
        journal = tmp_path / "killed.jsonl"
        arguments = (*ARGUMENTS, "--seeds", "1000", "--workers", "1", "--journal", str(journal))
        line = (sys.executable, "-m", "checks.calibration", *arguments, "--out", str(tmp_path / "never.json"))
        process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (journal.exists() and journal.read_bytes().count(b"\n") > 2):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with journal.open("ab") as file:
            file.write(b"0123456789abcdef [")  # what a kill in the middle of a line leaves
        kept = journal.read_bytes().splitlines()[:-1]
        assert calibrate(tmp_path, "killed", 40) == once
        assert journal.read_bytes().splitlines()[: len(kept)] == kept
        assert "ends in the middle of a line" in capsys.readouterr().err
        assert not (tmp_path / "never.json").exists()

    def test_a_slow_check_gets_fewer_seeds(self) -> None:
        class Finished:
            finished = {f"toy/means/{toy(means()).code}/0": {"seconds": 0.5, "rests": None}}  # noqa: RUF012

        assert run.blocks(toy(means()), 1000, Finished()) == 10  # 50 s of processor time, 10 seeds a block
        Finished.finished = {name: found | {"seconds": 60.0} for name, found in Finished.finished.items()}
        assert run.blocks(toy(means()), 1000, Finished()) == 1

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--seeds", "0"], "--seeds must be at least 1, got 0"),
            (["--workers", "-1"], "--workers must be at least 1, got -1"),
            (["-k", "no such check"], "-k must be part of a statistical check's name"),
        ],
    )
    def test_wrong_options_are_told(
        self, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as raised:
            command.main(arguments)
        assert raised.value.code == 2
        assert sentence in capsys.readouterr().err

    def test_no_scheduler_is_one_sentence(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = (*ARGUMENTS, "--cluster", "nowhere", "--journal", str(tmp_path / "j"), "--out", str(tmp_path / "o"))
        assert command.main(arguments) == 2
        assert capsys.readouterr().err.startswith("calibration: cluster must be tcp://HOST:PORT")
