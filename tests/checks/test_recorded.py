"""checks.evidence.recorded: what recorded runs decide, how often they are wrong, and when they decide nothing."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from checks.claim import BUDGETS
from checks.evidence import comparisons, recorded, runs
from checks.evidence.comparisons import (
    CLEAN,
    ROBUST,
    TRAIN_ROBUST,
    Comparison,
    Equivalence,
    Gain,
    Growth,
    Level,
    Row,
    Statement,
)
from checks.evidence.recorded import (
    APGD,
    HELD_OUT_IMAGES,
    LAST_EPOCH,
    LATE_EPOCHS,
    MARGIN_PGD,
    TRAINING_ATTACK,
    Evaluation,
)
from checks.evidence.recorded_exhibits import Stated, exhibits
from checks.evidence.runs import Committed, Runs
from checks.result import Evidence, Kind, Outcome
from models.training.record import Record
from tests.checks import synthetic
from tests.checks.synthetic import Case

QUICK = BUDGETS["quick"]
LASSO = Comparison("lasso", "none", (ROBUST,))
SEEDS, RATE = 400, 0.05


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(runs, "FOLDER", tmp_path)
    return tmp_path


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error rate that a few hundred records can measure."""
    monkeypatch.setattr(recorded, "ERROR_RATE", RATE)


def found(formula: Statement, source: Committed | None = None, evaluation: Evaluation = MARGIN_PGD) -> Evidence:
    return recorded.check(source or Committed("fig4"), evaluation, "LASSO helps").run(formula, QUICK)


def gaining(gain: float, spread: float = 0.0) -> synthetic.Figures:
    """LASSO gains `gain`, at every n; `spread` widens the gap between the sizes."""

    def figures(arm: str, case: Case) -> dict[str, float]:
        value = 0.5 + spread * case.get("n", 0.0) + (gain if arm == "lasso" else 0.0)
        return {"clean": value, "robust": value, "train_clean": 0.999, "train_robust": 0.999}

    return figures


def outcomes(gain: float, count: int, evaluation: Evaluation, cases: list[Case], seeds: int = 6) -> list[Outcome]:
    """What records of so many worlds decide; every record is made of fresh noise."""
    rng, values = np.random.default_rng(1), []
    for _ in range(count):
        made = synthetic.record("fig4", seeds=range(seeds), figures=gaining(gain), cases=cases, noise=0.01, rng=rng)
        contrasts = LASSO.contrasts(Runs(made).cases)
        items = recorded.findings(Runs(made), contrasts, evaluation)
        values.append(recorded.judge(items, "c", "s", Committed("fig4").recording()).outcome)
    return values


class TestCalibration:
    """False alarms and power, on synthetic records with normal noise of a hundredth and six seeds."""

    ONE: list[Case] = [{"n": 10.0}]  # noqa: RUF012
    FOUR: list[Case] = [{"n": n} for n in (10.0, 20.0, 50.0, 100.0)]  # noqa: RUF012

    @pytest.mark.usefixtures("coarse")
    def test_a_gain_that_is_not_there_is_found_as_often_as_announced(self) -> None:
        alarms = outcomes(0.0, SEEDS, MARGIN_PGD, self.ONE).count(Outcome.HOLDS)
        assert binom.ppf(1e-6, SEEDS, RATE) <= alarms <= binom.ppf(1 - 1e-6, SEEDS, RATE)

    @pytest.mark.usefixtures("coarse")
    def test_independent_arms_raise_no_more_alarms_than_announced(self) -> None:
        alarms = outcomes(0.0, SEEDS, LATE_EPOCHS, self.ONE).count(Outcome.HOLDS)
        assert alarms <= binom.ppf(1 - 1e-6, SEEDS, RATE)

    @pytest.mark.usefixtures("coarse")
    def test_a_gain_that_is_there_is_denied_no_more_often_than_announced_whatever_the_number_of_cases(self) -> None:
        alarms = outcomes(1e-9, SEEDS // 2, MARGIN_PGD, self.FOUR).count(Outcome.FAILS)
        assert alarms <= binom.ppf(1 - 1e-6, SEEDS // 2, RATE)

    @pytest.mark.usefixtures("coarse")
    def test_a_gain_of_the_detectable_size_is_found_as_often_as_announced(self) -> None:
        made = synthetic.record("fig4", seeds=range(500), figures=gaining(0.0), cases=self.ONE, noise=0.01)
        deviation = recorded.findings(Runs(made), LASSO.contrasts(Runs(made).cases), MARGIN_PGD)[0].estimate
        spread = deviation.standard_error * math.sqrt(500 / 6)
        detectable = replace(deviation, standard_error=spread, degrees=5).detectable(RATE)
        caught = outcomes(detectable, SEEDS, MARGIN_PGD, self.ONE).count(Outcome.HOLDS)
        assert caught >= binom.ppf(1e-6, SEEDS, 0.97)


class TestVerdict:
    def test_a_gain_in_every_case_holds_and_its_reverse_fails(self, folder: Path) -> None:
        synthetic.save(folder, synthetic.record("fig4"))
        assert found(LASSO).outcome is Outcome.HOLDS
        wrong = found(Comparison("none", "lasso", (ROBUST,)))
        assert (wrong.outcome, wrong.kind) == (Outcome.FAILS, Kind.TRAINED)
        assert wrong.counterexample

    @pytest.mark.parametrize("evaluation", [MARGIN_PGD, APGD, LATE_EPOCHS, HELD_OUT_IMAGES, recorded.UNPAIRED])
    def test_an_arm_against_itself_fails(self, folder: Path, evaluation: Evaluation) -> None:
        synthetic.save(folder, synthetic.record("fig4"))
        itself = Comparison("none", "none", (ROBUST,))
        assert found(itself, evaluation=evaluation).outcome is Outcome.FAILS

    def test_a_gain_within_the_noise_decides_nothing(self, folder: Path) -> None:
        synthetic.save(folder, synthetic.record("fig4", figures=gaining(1e-4), noise=0.01))
        evidence = found(LASSO)
        assert evidence.outcome is Outcome.INCONCLUSIVE
        assert not evidence.awaits_record

    def test_one_case_without_a_gain_keeps_the_claim_from_holding_and_one_with_a_loss_refutes_it(
        self, folder: Path
    ) -> None:
        def figures(arm: str, case: Case) -> dict[str, float]:
            worse = arm == "lasso" and case["n"] == 50
            return gaining(0.05)(arm, case) | ({"robust": 0.4} if worse else {})

        synthetic.save(folder, synthetic.record("fig4", figures=figures))
        evidence = found(LASSO)
        assert evidence.outcome is Outcome.FAILS
        assert "n = 50" in str(evidence.counterexample)

    def test_pairs_are_those_of_equal_seeds(self, folder: Path) -> None:
        made = synthetic.record("fig4", seeds=range(8), cases=[{"n": 10.0}], noise=0.0)
        # Seeds differ by far more than the arms do: only pairs tell the arms apart.
        moved = [replace(run, last={key: value + 0.02 * run.seed for key, value in run.last.items()})
                 for run in made.runs]  # fmt: skip
        synthetic.save(folder, replace(made, runs=tuple(moved)))
        assert found(LASSO, Committed("fig4", cases=((("n", 10.0),),))).outcome is Outcome.HOLDS

    def test_evaluations_read_what_they_say(self) -> None:
        [run] = synthetic.record("fig4", seeds=[0], cases=[{"n": 10.0}]).runs[:1]
        epochs = {"epoch": [10.0, 95.0, 100.0], "robust": [0.5, 0.6, 0.8], "train_robust": [0.0, 0.0, 0.9],
                  "held_out": [0.0, 0.1, 0.3]}  # fmt: skip
        last = {"pgd_margin": 0.1, "apgd": 0.2, "train_robust": 0.3}
        run = replace(run, epochs=epochs, last=last, best={"pgd_margin": 0.4})
        assert [item.read(run, ROBUST) for item in (MARGIN_PGD, APGD, recorded.BEST_EPOCH)] == [0.1, 0.2, 0.4]
        assert LATE_EPOCHS.read(run, ROBUST) == pytest.approx(0.7)
        assert (LAST_EPOCH.read(run, TRAIN_ROBUST), TRAINING_ATTACK.read(run, TRAIN_ROBUST)) == (0.3, 0.9)
        assert HELD_OUT_IMAGES.read(
            replace(run, epochs=epochs | {"held_out": [0.0, 0.1, 0.3]}), ROBUST
        ) == pytest.approx(0.2)
        assert math.isnan(MARGIN_PGD.read(run, CLEAN))
        assert math.isnan(LATE_EPOCHS.read(run, CLEAN))

    def test_the_verdict_rests_on_the_last_epoch_and_the_best_one_stands_beside_it(self, folder: Path) -> None:
        made = synthetic.record("fig4")
        level = [replace(run, best=run.last | {"pgd_margin": 0.5 + 1e-4 * run.seed}) for run in made.runs]
        synthetic.save(folder, replace(made, runs=tuple(level)))
        evidence = found(LASSO)
        assert evidence.outcome is Outcome.HOLDS
        assert evidence.numbers["best epoch, the same mean"] == 0
        assert "The best epoch says +0 points" in evidence.summary

    def test_seeds_that_all_agree_detect_no_difference_and_bound_the_share_of_those_that_may_not(
        self, folder: Path
    ) -> None:
        synthetic.save(folder, synthetic.record("fig4", seeds=range(20), figures=gaining(0.1), noise=0.0))
        evidence = found(LASSO)  # 0.6 less 0.5 at four sizes, with four ends to be wrong about
        share = evidence.numbers["share of seeds that may differ"]
        assert binom.cdf(0, 20, share) == pytest.approx(recorded.ERROR_RATE / 4, rel=1e-9)
        assert "detectable difference" not in evidence.numbers
        assert "all seeds found the same figure, an interval without width" in evidence.summary
        assert "up to 33.9 % of seeds may find another" in evidence.summary

    def test_rounding_is_no_spread(self, folder: Path) -> None:
        made = synthetic.record("fig4", figures=gaining(0.0), noise=0.0, cases=[{"n": 10.0}])
        # 0.1 + k/8 rounds differently for every k, so that equal differences of equal figures differ in the last place.
        moved = [
            replace(run, last={"pgd_margin": 0.1 + 0.02 * (run.arm == "lasso") + run.seed / 8}) for run in made.runs
        ]
        values = [run.last["pgd_margin"] for run in moved]
        assert len({a - b for a, b in zip(values[::2], values[1::2], strict=True)}) > 1
        synthetic.save(folder, replace(made, runs=tuple(moved)))
        evidence = found(LASSO, Committed("fig4", cases=((("n", 10.0),),)))
        assert "detectable difference" not in evidence.numbers

    def test_means_that_vary_and_means_that_do_not_are_told_apart(self, folder: Path) -> None:
        made = synthetic.record("fig4", figures=gaining(0.1), noise=0.0)
        runs = [
            replace(run, last=run.last | {"pgd_margin": 0.5 + 0.01 * run.seed * (run.arm == "lasso")})
            if dict(run.case)["n"] == 50 else run
            for run in made.runs
        ]  # fmt: skip
        synthetic.save(folder, replace(made, runs=tuple(runs)))
        evidence = found(LASSO)
        assert {"detectable difference", "share of seeds that may differ"} <= set(evidence.numbers)
        assert "for 3 of the means" in evidence.summary

    def test_evidence_states_its_own_error_rate(self, folder: Path) -> None:
        synthetic.save(folder, synthetic.record("fig4"))
        assert found(LASSO).numbers["error rate"] == recorded.ERROR_RATE == 1e-3


class TestOtherStatements:
    """Levels, rows, growth and gains: each has a right and a wrong form that the same record tells apart."""

    @pytest.mark.parametrize(
        ("experiment", "right", "wrong"),
        [
            ("fig4", Level(("none",), (TRAIN_ROBUST,), low=0.995), Level(("none",), (ROBUST,), low=0.995)),
            ("fig4", Level(("none",), (CLEAN,), low=0.985, place=-1), Level(("none",), (CLEAN,), low=0.985, place=0)),
            (
                "table1",
                Row("none", ((CLEAN, 0.84346), (ROBUST, 0.6176)), 0.01),
                Row("none", ((CLEAN, 0.86568), (ROBUST, 0.63072)), 0.01),
            ),
            ("fig4", Growth("none", ROBUST), Growth("none", ROBUST, step=-1)),
            ("fig4", Growth("none", ROBUST), Growth("none", ROBUST, step=0)),
            (
                "fig4-unsmoothed",
                Equivalence("lasso", "none", (ROBUST,), 0.05),
                Equivalence("lasso", "none", (ROBUST,), 0.01),
            ),
            ("fig2", Gain("smoothed", "plain", CLEAN, ROBUST), Gain("smoothed", "plain", ROBUST, CLEAN)),
            (
                "fig2-init",
                Comparison("smoothed", "smoothed-init", (CLEAN,), -0.01),
                Comparison("smoothed-init", "smoothed", (CLEAN,), 0.01),
            ),
        ],
    )
    def test_right_holds_and_wrong_fails(
        self, folder: Path, experiment: str, right: Statement, wrong: Statement
    ) -> None:
        synthetic.save(folder, synthetic.record(experiment))
        assert found(right, Committed(experiment)).outcome is Outcome.HOLDS
        assert found(wrong, Committed(experiment)).outcome is Outcome.FAILS

    def test_formulas_are_shown_as_latex(self) -> None:
        arms = [rf"\mathrm{{E}}\,a_{{\mathrm{{adv}}}}(\text{{{arm}}})" for arm in ("LASSO", "no penalty")]
        assert LASSO.latex == f"{arms[0]} - {arms[1]} > 0"
        assert "0.84346" in Row("none", ((CLEAN, 0.84346),), 0.01).latex

    def test_cases_in_words(self) -> None:
        assert [comparisons.label(case) for case in ((), (("n", 10.0),))] == ["", "n = 10"]


def _without(made: Record, **named: Any) -> Record:
    kept = [run for run in made.runs if not all(getattr(run, key) == value for key, value in named.items())]
    return replace(made, runs=tuple(kept))


def _few(made: Record) -> Record:
    return replace(made, runs=tuple(run for run in made.runs if run.seed < 4))


def _unpaired(made: Record) -> Record:
    moved = [replace(run, seed=run.seed + 8 * (run.arm == "none")) for run in made.runs]
    return replace(made, runs=tuple(moved))


class TestUndecided:
    """A record that cannot decide says why, names the command, and rejects nothing."""

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (_few, "4 of at least 5 seeds have LASSO and no penalty at n = 10"),
            (_unpaired, "2 of at least 5 seeds have LASSO and no penalty"),
            (lambda made: _without(made, arm="none"), "0 of at least 5 seeds"),
            (lambda made: _without(made, case={"n": 50.0}), "fig4.json lacks n = 50"),
            (lambda made: replace(made, runs=()), "fig4.json lacks n = 10, n = 20, n = 50, n = 100"),
            (lambda made: replace(made, experiment="fig15"), "of experiment 'fig15', and the claim is about 'fig4'"),
            (
                lambda made: replace(made, runs=tuple(replace(run, last={"clean": 1.0}) for run in made.runs)),
                "seed 0 of LASSO lacks the accuracy under attack that margin_pgd reads",
            ),
        ],
    )
    def test_a_record_that_cannot_decide_says_why(self, folder: Path, change: Any, reason: str) -> None:
        synthetic.save(folder, synthetic.record("fig4")).rename(folder / "whole.json")
        made = change(synthetic.record("fig4"))
        synthetic.save(folder, made).rename(folder / "fig4.json")
        self._expect(found(LASSO), reason)

    def test_a_missing_record_is_named_with_its_command(self, folder: Path) -> None:
        evidence = found(LASSO)
        self._expect(evidence, "there is no record fig4.json yet")
        assert "`advtheory train fig4 --data DIR --seeds 0-29`" in evidence.summary
        assert not evidence.numbers

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 9}'])
    def test_a_damaged_record_is_named_without_its_folder(self, folder: Path, text: str) -> None:
        (folder / "fig4.json").write_text(text)
        evidence = found(LASSO)
        self._expect(evidence, "fig4.json cannot be used")
        assert str(folder) not in evidence.summary

    def test_a_smaller_scale_supports_no_claim_about_the_papers(self, folder: Path) -> None:
        synthetic.save(folder, synthetic.record("fig2", "short")).rename(folder / "fig2.json")
        reason = "of scale 'short', and the claim is about 'paper'"
        self._expect(found(Comparison("smoothed", "plain", (ROBUST,)), Committed("fig2")), reason)

    def test_a_short_record_decides_a_claim_that_says_so(self, folder: Path) -> None:
        synthetic.save(folder, synthetic.record("fig2", "short"))
        evidence = found(Comparison("smoothed", "plain", (ROBUST,)), Committed("fig2", "short"))
        assert evidence.outcome is Outcome.HOLDS
        assert "15 epochs" in evidence.scope

    def test_what_is_there_is_shown_although_it_decides_nothing(self, folder: Path) -> None:
        synthetic.save(folder, synthetic.record("fig4", cases=[{"n": 10.0}]))
        shown = exhibits(("lasso", "none"), (ROBUST,))
        evidence = recorded.check(Committed("fig4"), MARGIN_PGD, "LASSO helps", shown).run(LASSO, QUICK)
        self._expect(evidence, "fig4.json lacks n = 20, n = 50, n = 100")
        assert [chart.boxes[0].groups for chart in evidence.charts if chart.boxes] == [("10",)]

    def _expect(self, evidence: Evidence, reason: str) -> None:
        assert evidence.outcome is Outcome.INCONCLUSIVE
        assert evidence.awaits_record
        assert evidence.record is not None
        assert reason in str(evidence.record.lacks)
        assert reason in evidence.summary


class TestRecording:
    def test_a_record_of_another_trainer_is_stale_and_decides_as_before(self, folder: Path) -> None:
        made = synthetic.record("fig4", trainer={"digest": "0" * 16, "revision": "r"})
        synthetic.save(folder, made)
        evidence = found(LASSO)
        assert evidence.outcome is Outcome.HOLDS
        assert evidence.record is not None
        assert "stale: the trainer changed since" in evidence.record.flags

    def test_flags_say_what_a_reader_should_mind(self, folder: Path) -> None:
        made = synthetic.record("fig4")
        data = made.data | {"official": False, "dropped": 92}
        resumed = (replace(made.runs[0], resumed=2), *made.runs[1:])
        synthetic.save(folder, replace(made, data=data, runs=resumed))
        record = found(LASSO).record
        assert record is not None
        assert record.flags == (
            "resumed: 1 of 80 runs went on from a checkpoint", "data: not the official copy",
            "10 of the paper's 30 repeats",
        )  # fmt: skip
        assert "92 records dropped" in dict(record.facts)["Data"]

    def test_a_record_of_its_own_trainer_has_no_flag(self, folder: Path) -> None:
        synthetic.save(folder, synthetic.record("fig4", seeds=range(30)))
        record = found(LASSO).record
        assert record is not None
        assert record.flags == ()
        assert dict(record.facts)["Runs"] == "240, seeds 0-29"


class TestExhibits:
    def test_boxes_hold_every_run_by_case_and_curves_have_bands(self, folder: Path) -> None:
        made = Runs(synthetic.record("fig4"))
        charts, tables = exhibits(("lasso", "none"), (ROBUST,))(made, APGD)
        boxes, curves = charts
        assert boxes.boxes[0].groups == ("10", "20", "50", "100")
        assert boxes.boxes[0].values[2] == tuple(100 * run.last["apgd"] for run in made.of((("n", 50.0),), "lasso"))
        assert [series.label for series in curves.series][:2] == [
            "LASSO, accuracy under attack", "no penalty, accuracy under attack",
        ]  # fmt: skip
        assert all(low < y < high for s in curves.series for low, y, high in zip(s.low, s.y, s.high, strict=True))
        assert len(tables[0].rows) == 4 * 2 * 2

    def test_runs_that_were_evaluated_once_are_boxes_and_no_curve_of_one_point(self) -> None:
        made = synthetic.record("table1")
        once = [replace(run, epochs={key: values[-1:] for key, values in run.epochs.items()}) for run in made.runs]
        show = exhibits(("lasso", "none"), (CLEAN, ROBUST))
        for found, drawn in ((made.runs, "series"), (tuple(once), "boxes")):
            (chart,), _ = show(Runs(replace(made, runs=found)), MARGIN_PGD)
            assert [name for name in ("series", "boxes") if getattr(chart, name)] == [drawn]

    def test_boxes_of_several_quantities_are_called_accuracies_and_those_of_one_by_its_name(self) -> None:
        made = Runs(synthetic.record("table1"))
        for quantities, title, unit in (
            ((CLEAN, ROBUST), "Accuracies of every run, last epoch, APGD", "accuracy (%)"),
            ((CLEAN,), "Standard accuracy of every run, last epoch", "standard accuracy (%)"),
        ):
            (chart,), _ = exhibits(("lasso", "none"), quantities, first=False)(made, APGD)
            assert (chart.title, chart.y_label) == (title, unit)

    def test_published_figures_stand_below_ours_and_alone_without_a_record(self) -> None:
        stated = (Stated("paper", "84.346 (0.355)", "61.760 (0.204)", "attack not stated"),)
        show = exhibits(("lasso", "none"), (ROBUST,), stated)
        _, (table,) = show(Runs(synthetic.record("table1")), MARGIN_PGD)
        assert table.rows[-1][0] == "paper"
        assert table.rows[-1][-1] == "61.760 (0.204) (attack not stated)"
        assert table.rows[1][:2] == ("LASSO, best epoch", table.rows[1][1])
        assert show(None, MARGIN_PGD)[1][0].rows == (("paper", "84.346 (0.355)", "61.760 (0.204) (attack not stated)"),)

    def test_second_checks_repeat_no_table(self) -> None:
        charts, tables = exhibits(("lasso", "none"), (ROBUST,), first=False)(Runs(synthetic.record("table1")), APGD)
        assert (len(charts), tables) == (1, ())
