"""Reductions of two-layer networks: what they hold, what they add up to, and bad input."""

import sys
from typing import Any

import numpy as np
import pytest

from theory.two_layer import (
    MAX_WIDTH,
    Reduction,
    balanced_counts,
    collapse,
    collapse_weights,
    relu_reduction,
    relu_reduction_of,
    whole_network,
)

WEIGHTS = np.array([1.0, 1.0, -2.0, 0.5, -2.0, 0.5, 0.5, 1.0])
ROUNDING = 8 * np.finfo(np.float64).eps


def everything() -> list[Reduction]:
    return [whole_network(WEIGHTS), collapse_weights(WEIGHTS)[0], relu_reduction_of(WEIGHTS)]


def test_all_reductions_of_a_network_have_its_mean_square_and_width() -> None:
    for reduction in everything():
        assert reduction.mean_square == pytest.approx(WEIGHTS @ WEIGHTS / WEIGHTS.size, rel=ROUNDING)
        assert reduction.width == WEIGHTS.size


def test_a_collapse_has_each_value_once_and_says_which_neuron_has_it() -> None:
    reduction, index = collapse_weights(WEIGHTS)
    np.testing.assert_allclose(reduction.speeds[index], WEIGHTS / np.sqrt(8), rtol=ROUNDING)
    np.testing.assert_allclose(reduction.output_weights, np.array([-4.0, 1.5, 3.0]) / np.sqrt(8), rtol=ROUNDING)


def test_the_linear_part_of_a_network_is_that_of_its_collapse() -> None:
    reduction, index = collapse_weights(WEIGHTS)
    vectors = np.random.default_rng(0).normal(size=(4, 3, 5))
    expected = whole_network(WEIGHTS).linear_part(vectors[:, index], 0.5)
    np.testing.assert_allclose(reduction.linear_part(vectors, 0.5), expected, atol=ROUNDING)


def test_a_step_moves_the_linear_part_as_a_linear_model() -> None:
    for reduction in everything():
        step = reduction.step_size(0.1, 0.5)
        # One step from zero on one sample: u_k = -η s_k φ'(0) g, and β = φ'(0) Σ w_k u_k = -0.1 g.
        moved = reduction.linear_part(-step * reduction.speeds[:, None] * 0.5 * np.ones((1, 3)), 0.5)
        np.testing.assert_allclose(moved, np.full(3, -0.1), rtol=ROUNDING)


def test_counts_reach_two_to_the_53() -> None:
    assert 2**sys.float_info.mant_dig == MAX_WIDTH  # the largest integer up to which a float holds each
    assert collapse([1.0, -1.0], balanced_counts(MAX_WIDTH, 2)).width == MAX_WIDTH
    with pytest.raises(ValueError, match="at most 2\\^53"):
        collapse([1.0, -1.0], [MAX_WIDTH, 2])


def test_a_network_of_one_sign_has_one_vector_that_never_moves() -> None:
    assert relu_reduction_of([1.0, 2.0]).speeds.tolist() == [2.5, 0.0]
    assert relu_reduction(0.0, 1.0, 4).speeds.tolist() == [0.0, -0.25]


@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [1.0, np.nan], [1.0, np.inf], [[1.0]], 1.0, ["1"]])
def test_bad_weights_are_refused(weights: Any) -> None:
    for reduce in (whole_network, collapse_weights, relu_reduction_of):
        with pytest.raises(ValueError, match="weights"):
            reduce(weights)


@pytest.mark.parametrize("counts", [[1], [1.5, 1], [0, 1], [-1, 2], [np.nan, 1], [np.inf, 1], [[1, 1]], "ab"])
def test_bad_counts_are_refused(counts: Any) -> None:
    with pytest.raises(ValueError, match="counts"):
        collapse([1.0, -1.0], counts)


@pytest.mark.parametrize(
    ("positive", "negative", "width", "message"),
    [
        (-1.0, 1.0, 2, "positive_square"),
        (1.0, np.inf, 2, "negative_square"),
        (np.nan, 1.0, 2, "positive_square"),
        (0.0, 0.0, 2, "both"),
        (1.0, 1.0, 0, "width"),
        (1.0, 1.0, 1.5, "width"),
        (1.0, 1.0, -3, "width"),
    ],
)
def test_bad_squares_and_widths_are_refused(positive: float, negative: float, width: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        relu_reduction(positive, negative, width)


def test_other_bad_input_is_refused() -> None:
    reduction = whole_network([1.0, -1.0])
    with pytest.raises(ValueError, match="multiple of 3"):
        balanced_counts(10, 3)
    with pytest.raises(ValueError, match="parts"):
        balanced_counts(10, 0)
    with pytest.raises(ValueError, match="slope"):
        reduction.step_size(0.1, 0.0)
    with pytest.raises(ValueError, match="linear_step"):
        reduction.step_size(-0.1)
    for vectors in (np.zeros((3, 2)), np.zeros(2), [[np.nan, 0.0], [0.0, 0.0]]):
        with pytest.raises(ValueError, match="vectors"):
            reduction.linear_part(vectors, 1.0)
