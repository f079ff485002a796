"""checks.evidence: each kind accepts what is true, rejects what is false, and says when it could not tell."""

import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
import sympy as sp
from flint import arb
from hypothesis import strategies as st
from scipy.stats import binom

from checks.claim import BUDGETS, Budget
from checks.evidence import certified, montecarlo, noncentral, sampled, symbolic
from checks.formula import Formula, Undefined
from checks.result import WHOLE_DOMAIN, Outcome
from checks.xing2021.high_dimension import frozen_training_settles_iff, settling
from theory.derivations import interpolation_stability
from theory.derivations.derivation import Derivation, Link, Step, derive

QUICK = BUDGETS["quick"]
x = sp.Symbol("x", positive=True)


def integral_of_x() -> Derivation:
    definition = sp.Integral(2 * x, (x, 0, x))
    return Derivation(definition, (Step("integrate", definition, x**2, lambda e: sp.simplify(e.doit())),), "every x")


def cited_step() -> Derivation:
    half_angle = 2 * sp.cosh(x / 2) ** 2 - 1
    return Derivation(sp.cosh(x), (Step("half angle", sp.cosh(x), half_angle, cited="DLMF 4.35.21"),), "every x")


def broken_step() -> Derivation:
    definition = sp.Integral(2 * x, (x, 0, x))
    return Derivation(definition, (Step("integrate", definition, 2 * x**2, lambda e: e.doit()),), "every x")


class TestSymbolic:
    def run(self, derive: object, stated: sp.Expr) -> tuple[Outcome, str]:
        check = symbolic.derivation("derivation", derive, lambda f: f, "claim")  # type: ignore[arg-type]
        evidence = check.run(stated, QUICK)
        return evidence.outcome, evidence.scope

    def test_the_derived_result_proves(self) -> None:
        assert self.run(integral_of_x, x**2) == (Outcome.HOLDS, WHOLE_DOMAIN)

    def test_another_result_fails_with_a_point(self) -> None:
        assert self.run(integral_of_x, x**2 + x / 10**9)[0] is Outcome.FAILS

    def test_a_cited_step_supports_without_proving(self) -> None:
        outcome, scope = self.run(cited_step, 2 * sp.cosh(x / 2) ** 2 - 1)
        assert outcome is Outcome.HOLDS
        assert scope != WHOLE_DOMAIN

    def test_a_wrong_step_is_never_favourable(self) -> None:
        assert self.run(broken_step, 2 * x**2)[0] is Outcome.INCONCLUSIVE


class TestCertified:
    def run(self, expression: sp.Expr, width: float = 0.0) -> Outcome:
        check = certified.agreement(
            "enclosure",
            lambda budget: certified.random_points({x: (0.1, 10.0)}, 5, budget.rng()),
            lambda point: arb(point[x]) ** 2 + arb(0, width),
            "claim",
            "0.1 to 10",
        )
        return check.run(Formula(expression, "f"), QUICK).outcome

    def test_narrow_overlapping_enclosures_agree(self) -> None:
        assert self.run(x**2) is Outcome.HOLDS

    def test_disjoint_enclosures_refute_however_close(self) -> None:
        assert self.run(x**2 + sp.Rational(1, 10**30)) is Outcome.FAILS

    def test_wide_enclosures_say_nothing(self) -> None:
        assert self.run(x**2, width=1e-6) is Outcome.INCONCLUSIVE

    def test_quadrature_encloses_gaussian_moments(self) -> None:
        second = certified.half_gaussian_mean(lambda z, analytic: z * z, growth=(0, 1))
        assert second.contains(1)
        assert second.rel_accuracy_bits() > 100


class TestSampled:
    def check(self, tolerance: float = 0.0) -> object:
        return sampled.search("search", st.integers(0, 10**6), lambda bound, n: float(n - bound), tolerance, "claim")

    def test_a_true_bound_holds(self) -> None:
        evidence = self.check().run(10**6, QUICK)  # type: ignore[attr-defined]
        assert evidence.outcome is Outcome.HOLDS
        assert evidence.numbers["cases"] >= QUICK.examples

    def test_a_false_bound_fails_with_the_smallest_case(self) -> None:
        evidence = self.check().run(1000, QUICK)  # type: ignore[attr-defined]
        assert evidence.outcome is Outcome.FAILS
        assert evidence.counterexample == "1001"

    def test_a_nan_gap_fails(self) -> None:
        check = sampled.search("search", st.integers(), lambda f, n: float("nan"), 0.0, "claim")
        assert check.run(None, QUICK).outcome is Outcome.FAILS

    def test_a_crash_in_the_gap_is_not_swallowed(self) -> None:
        check = sampled.search("search", st.integers(), lambda f, n: 1 / 0, 0.0, "claim")
        with pytest.raises(ZeroDivisionError):
            check.run(None, QUICK)

    def test_a_search_without_a_case_is_inconclusive(self) -> None:
        def undefined(formula: object, case: int) -> float:
            raise Undefined

        check = sampled.search("search", st.integers(), undefined, 0.0, "claim")
        assert check.run(None, QUICK).outcome is Outcome.INCONCLUSIVE

    def test_evidence_does_not_depend_on_what_else_is_loaded(self, tmp_path: object) -> None:
        check = sampled.search("search", st.floats(0, 1e9), lambda f, n: abs(n - 123456.789), 1e12, "claim")
        before = check.run(None, QUICK)
        path = tmp_path / "constants.py"  # type: ignore[operator]
        path.write_text("A = 123456.789\nB = 987654.321\n" * 10)
        module = ModuleType("constants")
        module.__file__ = str(path)
        sys.modules["constants"] = module
        try:
            assert check.run(None, QUICK) == before
        finally:
            del sys.modules["constants"]


class TestMonteCarlo:
    BUDGET = Budget("calibration", examples=1, samples=400, replicates=1, error_rate=0.05)
    SEEDS = 600

    def outcome(self, value: float, budget: Budget, resolution: float = 10.0) -> Outcome:
        check = montecarlo.means(
            "simulation",
            (1.0, 2.0, 3.0),
            lambda case, n, rng: rng.normal(case, 1.0, n),
            lambda formula, case: formula * case,
            resolution,
            "claim",
        )
        return check.run(value, budget).outcome

    def alarms(self, value: float) -> int:
        budgets = [replace(self.BUDGET, seed=seed) for seed in range(self.SEEDS)]
        return sum(self.outcome(value, budget) is Outcome.FAILS for budget in budgets)

    def test_false_alarms_occur_as_often_as_announced(self) -> None:
        alarms = self.alarms(1.0)
        low, high = binom.interval(1 - 1e-6, self.SEEDS, 0.05)
        assert low <= alarms <= high

    def test_a_difference_of_the_detectable_size_is_caught(self) -> None:
        alarms = self.alarms(1.0 + (2.394 + 2.326) / np.sqrt(400))  # on the case of mean 1: margin and power quantiles
        assert alarms >= binom.ppf(1e-6, self.SEEDS, montecarlo.POWER)

    def test_too_small_a_sample_for_the_resolution_is_inconclusive(self) -> None:
        assert self.outcome(1.0, QUICK, resolution=1e-9) is Outcome.INCONCLUSIVE

    def test_a_nan_fails(self) -> None:
        assert self.outcome(float("nan"), QUICK) is Outcome.FAILS

    def test_the_picture_shows_what_is_accepted_and_what_is_caught(self) -> None:
        check = montecarlo.means(
            "simulation", (4.0,), lambda case, n, rng: rng.normal(case, 1.0, n), lambda f, case: f, 10.0, "claim"
        )
        evidence = check.run(4.0, self.BUDGET)
        simulation, _, caught = evidence.charts[0].series
        (low,), (high,) = simulation.low, simulation.high
        centre = 4.0 / evidence.charts[0].series[1].y[0]
        assert check.run(centre * (high - 1e-9), self.BUDGET).outcome is Outcome.HOLDS
        assert check.run(centre * (high + 1e-9), self.BUDGET).outcome is Outcome.FAILS
        assert check.run(centre * (low - 1e-9), self.BUDGET).outcome is Outcome.FAILS
        assert (caught.high[0] - caught.y[0]) == pytest.approx(evidence.numbers["detectable relative difference"])

    def test_chunked_moments_are_those_of_the_whole_sample(self) -> None:
        found = montecarlo.average(lambda n, rng: rng.normal(5.0, 2.0, n), 200_000, np.random.default_rng(1))
        draws = np.random.default_rng(1).normal(5.0, 2.0, 200_000)
        assert found.mean == pytest.approx(draws.mean(), rel=1e-12)
        assert found.standard_error == pytest.approx(draws.std(ddof=1) / np.sqrt(200_000), rel=1e-9)

    def test_chunked_higher_moments_are_those_of_the_whole_sample(self) -> None:
        found = montecarlo.average(lambda n, rng: rng.exponential(3.0, n), 200_000, np.random.default_rng(1))
        draws = np.random.default_rng(1).exponential(3.0, 200_000)
        standard = (draws - draws.mean()) / draws.std()
        assert found.moments == pytest.approx([(standard**k).mean() for k in (3, 4, 5, 6)], rel=1e-9)

    def test_draws_that_never_vary_count_as_normal(self) -> None:
        found = montecarlo.average(lambda n, rng: np.full(n, 0.1), 1000, np.random.default_rng(1))
        assert found.moments == noncentral.NORMAL

    @pytest.mark.parametrize("side", [1, -1])
    def test_skewed_draws_too_are_caught_as_often_as_announced(self, side: int) -> None:
        """500 squared normal draws: a difference of the size for normal ones would be caught 975 times in 1,000."""
        samples, seeds, margin = 500, 2000, 2.746
        draws = side * np.random.default_rng(7).standard_normal((seeds, samples)) ** 2
        found = [montecarlo.average(lambda n, rng, row=row: row, samples, np.random.default_rng()) for row in draws]  # type: ignore[misc]
        noise, spread = np.array([[mean.mean - side, mean.standard_error] for mean in found]).T
        typical, plain = np.sqrt(2 / samples), noncentral.noncentrality(margin, samples - 1)
        allowance = [noncentral.skew_allowance(margin, samples, mean.moments) for mean in found]
        missed, missed_before = (
            int((typical * size - side * noise <= margin * spread).sum())
            for size in (plain + np.array(allowance), plain)
        )
        assert missed <= binom.isf(1e-6, seeds, 1 - noncentral.POWER)
        assert missed_before > binom.isf(1e-6, seeds, 1 - noncentral.POWER)


def test_a_linearisation_whose_step_is_not_decided_is_open() -> None:
    """The stated result alone is no evidence: a chain may end there from a wrong definition."""
    right = interpolation_stability.frozen_multiplier()
    (step,) = right.steps
    wrong = derive(2 * right.definition, (Link(step.name, right.result, step.method),), right.scope)
    formula = frozen_training_settles_iff.SETTLING
    outcomes = [
        settling.linearisation(lambda chain=chain: chain).run(formula, QUICK).outcome for chain in (right, wrong)
    ]
    assert outcomes == [Outcome.HOLDS, Outcome.INCONCLUSIVE]
