"""checks.accuracy: planted losses are found, exact code has none, and what is called exact agrees with the claims."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

import checks.accuracy.__main__ as command
from checks import catalogue
from checks.accuracy import references, risks
from checks.accuracy.catalogue import FORMS
from checks.accuracy.form import Form, Variable, named, scalars
from checks.accuracy.measure import ALL_BITS, EDGES, EPS, Loss, lost, measure
from checks.accuracy.record import record, sources
from checks.xing2021.low_dimension import surrogate_gradient_has_closed_form, surrogate_hessian_has_closed_form
from theory import notation as sym
from theory.surrogate import CROSS_MOMENT, SQUARE_MOMENT

COMMITTED = Path(__file__).resolve().parents[2] / "reports" / "recorded" / "accuracy.json"
X = (Variable("x", 1e-3, 1e3),)


def form(value: Callable[..., Any], exact: Callable[..., Any], name: str = "planted", arguments: int = 1) -> Form:
    variables = X * arguments
    return Form(
        name, "group", "theory.planted", "x", scalars(variables), lambda point: value(*point),
        lambda balls: [exact(*balls)], named(variables),
    )  # fmt: skip


def at(point: Sequence[float], value: Callable[..., Any], exact: Callable[..., Any]) -> Loss:
    found = lost(form(value, exact, arguments=len(point)), tuple(point))
    assert found is not None
    return found


def test_a_planted_loss_of_ten_bits_is_found_and_no_condition_number_explains_it() -> None:
    found = measure(form(lambda x: x * (1 + 1023 * EPS), lambda x: x), 200)
    assert found.worst.bits == pytest.approx(10, abs=0.01)
    assert found.unexplained.excess == pytest.approx(10, abs=0.01)
    assert found.share(8) == 0
    assert sum(found.counts) == found.counts[EDGES.index(8.0)] == 200


def test_a_loss_at_one_point_in_many_is_the_worst_point() -> None:
    found = measure(form(lambda x: x * (1 + 1e-9) if x == 1.0 else x, lambda x: x), 50)
    assert found.worst.point == (1.0,)
    assert found.share(0) == 49 / 50


def test_exact_code_loses_nothing_and_a_correctly_rounded_one_at_most_six_tenths_of_a_bit() -> None:
    assert measure(form(lambda x: 2 * x, lambda x: 2 * x), 200).worst.bits == 0
    found = measure(form(np.sqrt, lambda x: x.sqrt()), 200)
    assert 0.3 < found.worst.bits <= math.log2(1.5)


def test_what_rounding_of_the_inputs_does_is_explained_by_the_condition_number() -> None:
    x, y = 1.0, 1.0 - 1e-6
    found = at((x, y), lambda x, y: x * (1 + EPS) - y, lambda x, y: x - y)
    assert found.bits == pytest.approx(math.log2(1e6), abs=0.1)
    assert found.condition == pytest.approx(2e6, rel=0.01)
    assert found.excess < 1


def test_a_value_out_of_range_may_be_infinite_and_one_in_range_may_not() -> None:
    beyond = at((1e300,), lambda x: np.float64(x) * x, lambda x: x * x)
    assert (beyond.bits, beyond.wrongly_infinite) == (0, False)
    wrong = at((1e300,), lambda x: np.sqrt(np.float64(x) * x), lambda x: x)
    assert (wrong.bits, wrong.excess, wrong.wrongly_infinite) == (ALL_BITS, ALL_BITS, True)
    assert at((1e-300,), lambda x: x * x, lambda x: x * x).bits == 0
    assert at((1e300,), lambda x: -np.float64(x) * x, lambda x: x * x).bits == ALL_BITS


def test_what_is_not_a_number_loses_everything_and_is_counted() -> None:
    found = measure(form(lambda x: math.nan, lambda x: x), 10)
    assert (found.worst.bits, found.undefined, found.infinite) == (ALL_BITS, 10, 0)


def test_an_enclosure_that_stays_wide_says_nothing() -> None:
    found = measure(form(lambda x: x, lambda x: x + arb(0, 1e-9) if x != 1 else x), 10)
    assert (len(found.losses), found.undecided) == (1, 9)


def test_counts_are_not_inputs_that_rounding_moves() -> None:
    real = form(lambda n, x: 2 * (n - x), lambda n, x: n - x, arguments=2)
    counted = Form(**{**vars(real), "integers": 1})
    (both, one) = (lost(chosen, (3.0, 2.0)) for chosen in (real, counted))
    assert both is not None
    assert one is not None
    assert (both.condition, one.condition) == (pytest.approx(5), pytest.approx(2))


@pytest.mark.parametrize("name", ["H", "Risk, ℓ₂", "Shrinkage κ", "Interpolation threshold", "Stopping time"])
def test_the_same_points_and_losses_are_found_again(name: str) -> None:
    chosen = next(form for form in FORMS if form.name == name)
    first, again = (record([measure(chosen, 12)], 12, {}) for _ in range(2))
    assert first == again


def test_points_hold_the_corners_of_the_domain_and_all_sizes() -> None:
    drawn = list(scalars((Variable("a"), Variable("b", 1e-3, 10, (0.0,))))(np.random.default_rng(0), 400))
    assert len(drawn) == 400
    assert {(1e-300, 0.0), (1e300, 10.0), (1.0, 1.0)} <= set(drawn)
    sizes = np.log10([a for a, _ in drawn])
    assert min(sizes) < -250
    assert max(sizes) > 250
    assert np.mean(abs(sizes) <= 3) > 0.4


def test_every_form_has_a_name_of_its_own_and_a_claim_that_exists() -> None:
    known = {claim.id for claim in catalogue.claims()}
    assert len({form.name for form in FORMS}) == len(FORMS)
    assert {form.claim for form in FORMS} - {None} <= known


def test_every_form_is_decided_and_close_at_a_few_points() -> None:
    for chosen in FORMS:
        found = measure(chosen, 6)
        assert found.undecided == 0, chosen.name
        assert found.unexplained.excess < 12, (chosen.name, chosen.describe(found.unexplained.point))


@pytest.mark.parametrize("shape", [0.02, 0.7, 1.0, 5.0])
def test_the_moments_meet_the_expressions_of_the_claims(shape: float) -> None:
    with ctx.workprec(200):
        for name, expression in (("cross_moment", CROSS_MOMENT), ("square_moment", SQUARE_MOMENT)):
            formula = surrogate_gradient_has_closed_form.Formula(expression, "M")
            ball = references.moment(name, arb(shape))
            assert ball.rel_accuracy_bits() > 100
            assert ball.overlaps(formula.enclose({sym.shape: shape}))


# θ = (3, 4), θ - θ₀ = (3, 0), Σ = I, σ = 4: n = s = 5; ε = 1/2, ξ = 3.
POINT = [arb(x) for x in (0, 4, 1, 0, 1, 4, 3, 4, 0.5, 3)]
U = (1, 1)


def test_gradient_and_hessian_meet_the_formulas_of_the_claims() -> None:
    with ctx.workprec(256):
        root = arb(2).sqrt()
        values = {
            sym.residual_std: 5, sym.coefficient_norm: 5, sym.radius: 0.5, sym.smoothing: 3, sym.direction_product: 7,
            sym.direction_error: 3, sym.direction_size: root, sym.direction_std: root,
        }  # fmt: skip
        gradient = sum(u * x for u, x in zip(U, risks.smoothed_gradient(POINT), strict=True))
        hessian = sum(risks.smoothed_hessian(POINT))
    for ball, module in (
        (gradient, surrogate_gradient_has_closed_form),
        (hessian, surrogate_hessian_has_closed_form),
    ):
        stated = module.FORMULA.enclose(values)
        assert stated.rel_accuracy_bits() > 60
        assert ball.rel_accuracy_bits() > 60
        assert ball.overlaps(stated)


def test_a_root_is_enclosed_or_not_found() -> None:
    with ctx.workprec(200):
        found = references.root(lambda log: log * log * log - 27, -200, 200)
        assert found.overlaps(arb(8))
        assert found.rel_accuracy_bits() > 90
        assert not references.root(lambda log: log * log + 1, -200, 200).is_finite()


def test_the_command_prints_and_keeps_a_record_with_its_provenance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "FORMS", (form(lambda x: 2 * x, lambda x: 2 * x),))
    path = tmp_path / "folder" / "accuracy.json"
    assert command.main(["--points", "7", "--out", str(path)]) == 0
    assert capsys.readouterr().out.startswith("planted")
    whole = json.loads(path.read_text(encoding="utf-8"))
    assert [row["points"] for row in whole["rows"]] == [7]
    assert whole["sources"] == sources()
    assert "theory/smoothed_moments.py" in whole["sources"]
    assert [file.name for file in path.parent.iterdir()] == ["accuracy.json"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--points", "0"], "--points must be at least 1, got 0"), (["--form", "nothing"], "--form must be part")],
)
def test_wrong_arguments_are_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(arguments)
    assert message in capsys.readouterr().err


def test_the_committed_record_holds_every_form_and_no_machine_path() -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    whole = json.loads(text)
    assert [row["name"] for row in whole["rows"]] == [form.name for form in FORMS]
    assert whole["edges"] == list(EDGES)
    assert all(row["undecided"] == 0 for row in whole["rows"])
    assert max(row["unexplained"]["excess"] for row in whole["rows"]) < 8
    assert "/work" not in text
    assert "/home" not in text
