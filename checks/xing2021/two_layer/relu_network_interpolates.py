r"""For the two-layer neural network (6), $(\log n)\sqrt{d/n} \rightarrow \infty$, assume the activation function $\phi$
is ReLU function with zero initialization and no bias. If $\|a^+\|/\|a^-\| = 1$, $\|a\|_\infty = O(1)$. Denote
$T := \min\{t \in \mathbb{Z}^+ : \|\mathbf{f}_{\theta_\xi^{(t)}} - \mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$, then
for any $\xi > 0$, with probability tending to 1, we have $T < \infty$, and $\frac{\hat{R}_{N,\xi}(\theta_\xi^{(T)},
\epsilon)}{v^2} \rightarrow 0$, and $\frac{R_{N,\xi}(\theta_\xi^{(T)}, \epsilon)}{v^2} \rightarrow 1$.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice

import numpy as np
import torch
from flint import arb, ctx, fmpq

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified_line
from checks.evidence.certified import PRECISION, power_of_two_above
from checks.result import Chart, Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_training import Setting, draw
from checks.xing2021.two_layer.exact_relu_networks import State, states
from checks.xing2021.two_layer.full_relu_networks import RECTIFIERS
from theory.schedules import stopping_level

ERRATUM = (
    "The theorem does not say what the derivative of the ReLU at 0 is, where training starts with every neuron. "
    "With relu'(0) = 0, as torch.relu has it, the gradient is 0 and no iterate ever moves: the residual stays "
    "‖y‖/√n, about v, and T = ∞ but for a vanishing probability. The step size is not given either, and the growth "
    "condition is the inverse of Theorem 5's, as in Theorem 6. With any relu'(0) > 0 and d/n → ∞ it holds."
)

N, SIDE, ROUNDS = 60, 30, 60
"""Samples 30 e_i in dimension 900, so that d/n = 15, and a step that takes an eighth of every residual."""
SHOWN = 40  # steps
DATA, WIDTH, STEPS, TRAININGS = Setting(60, 6000), 8, 400, 3
RARE = 1e-6


@dataclass(frozen=True)
class Derivative:
    """relu'(0)."""

    at_zero: Fraction

    @property
    def latex(self) -> str:
        """The convention as LaTeX."""
        return rf"\mathrm{{relu}}'(0) = {self.at_zero}"


def trained(slope: Fraction, samples: int) -> Iterator[State]:
    """The states of training on orthogonal samples, which do not touch each other."""
    X = tuple(tuple(Fraction(SIDE if i == j else 0) for j in range(samples)) for i in range(samples))
    y = tuple(Fraction((-1) ** i) for i in range(samples))
    return states(X, y, slope, Fraction(samples, 8 * SIDE**2))


@lru_cache(maxsize=8)
def exact_run(slope: Fraction) -> tuple[State, ...]:
    """Exact training on y = ±1, v = 1, for at most 60 steps; the last one repeats the one before where none moves."""
    run: list[State] = []
    for state in islice(trained(slope, N), ROUNDS):
        run.append(state)
        if len(run) > 1 and (state.vectors == run[-2].vectors or _below(state)):
            break
    return tuple(run)


def _below(state: State) -> bool:
    square = state.mean_square
    return bool(arb(fmpq(square.numerator, square.denominator)) * arb(N).log() < 1)


def already_there(n: int) -> Ball:
    """P(‖y‖²/n < v²/log n): what is left of P(T < ∞) where no iterate moves."""
    with ctx.workprec(PRECISION):
        return (arb(n) / arb(n).log() / 2).gamma_lower(arb(n) / 2, 1)


def exact_training(formula: Derivative, budget: Budget) -> Evidence:
    """Training four neurons on 60 orthogonal samples in rational arithmetic: whether they move, and when they stop."""
    run = exact_run(formula.at_zero)
    resting = run[-1].vectors == run[-2].vectors
    chance = power_of_two_above(float(already_there(N).upper()))
    outcome = Outcome.FAILS if resting and not _below(run[-1]) and chance < RARE else Outcome.INCONCLUSIVE
    outcome = Outcome.HOLDS if _below(run[-1]) else outcome
    text = f"after {len(run) - 1} steps the mean squared residual is {float(run[-1].mean_square):.4g} v², "
    text += "and no iterate moves any more" if resting else "and training goes on"
    return Evidence(
        Kind.CERTIFIED, outcome, "n = 60 samples with XXᵀ = 900 I, y = ±1, h = 4, no attack",
        f"In exact arithmetic, with relu'(0) = {formula.at_zero}, {text}; the level is {1 / np.log(N):.4g} v². "
        f"Gaussian y start below it with a probability of at most {chance:.1g}.",
        {"steps": float(len(run) - 1), "probability that y starts below the level, at most": chance},
        f"xᵢ = 30 eᵢ, yᵢ = ±1, h = 4: {text}" if outcome is Outcome.FAILS else None,
    )  # fmt: skip


def _chart() -> Chart:
    """Residuals over the steps, as two of the samples have them, which all share: y = 1 and y = -1."""
    steps = tuple(float(i) for i in range(SHOWN + 1))
    squares = {
        slope: [state.mean_square for state in islice(trained(Fraction(slope), 2), SHOWN + 1)] for slope in (0, 1)
    }

    def residual(slope: int, step: float) -> Ball:
        square = squares[slope][int(step)]
        return arb(fmpq(square.numerator, square.denominator))

    return Chart(
        f"With relu'(0) = 0 no step changes anything: n = {N} samples 30 eᵢ, y = ±1, h = 4",
        "step",
        "mean squared residual over v²",
        (
            certified_line.curve("relu'(0) = 0", lambda step: residual(0, step), steps),
            certified_line.curve("relu'(0) = 1, where the statement holds", lambda step: residual(1, step), steps),
            certified_line.curve("1/log n, below which training is said to get", lambda _: 1 / arb(N).log(), steps),
            certified_line.counterexample(lambda step: residual(0, step), steps[-1]),
        ),
    )


@lru_cache(maxsize=8)
def train_automatically(slope: float, seed: int) -> tuple[float, ...]:
    """Least RMS residuals, over v, of networks of eight neurons differentiated by PyTorch, with its own max(u, 0)."""
    rng = np.random.default_rng(seed)
    X, y = (torch.from_numpy(array) for array in draw(DATA, TRAININGS, rng))
    v, rectifier = float(np.hypot(DATA.true_size, DATA.noise_std)), RECTIFIERS[slope]
    weights = torch.tensor([1.0, -1.0] * (WIDTH // 2), dtype=torch.float64) / np.sqrt(WIDTH)
    theta = torch.zeros(TRAININGS, WIDTH, X.shape[-1], dtype=torch.float64, requires_grad=True)
    least = torch.full((TRAININGS,), torch.inf, dtype=torch.float64)
    for _ in range(STEPS):
        x = X.clone().requires_grad_()
        loss = (rectifier(x @ theta.mT) @ weights - y) ** 2
        least = torch.minimum(least, loss.mean(-1).sqrt().detach())
        (gradient,) = torch.autograd.grad(loss.sum(), x)
        shift = DATA.radius * gradient / torch.sqrt((gradient**2).sum(-1, keepdim=True) + 0.1**2)
        attacked = ((rectifier((X + shift) @ theta.mT) @ weights - y) ** 2).mean(-1).sum()
        (update,) = torch.autograd.grad(attacked, theta)
        theta = (theta - DATA.step_size * update).detach().requires_grad_()
    return tuple((least / v).tolist())


def automatic_differentiation(formula: Derivative, budget: Budget) -> Evidence:
    """Whether networks that PyTorch differentiates get below the level."""
    residuals = train_automatically(float(formula.at_zero), budget.seed)
    level = stopping_level(1.0, DATA.n)
    endless = sum(residual >= level for residual in residuals)
    outcome = {0: Outcome.HOLDS, TRAININGS: Outcome.FAILS}.get(endless, Outcome.INCONCLUSIVE)
    text = f"{endless} of {TRAININGS} trainings do not reach the level {level:.4g} v in {STEPS} steps; least residuals "
    text += ", ".join(f"{residual:.4g}" for residual in residuals)
    return Evidence(
        Kind.TRAINED, outcome, f"n = {DATA.n}, d = {DATA.d}, ε = 0.5, ξ = 0.1, h = {WIDTH}",
        f"Networks that PyTorch differentiates, with its max(u, 0) of derivative {formula.at_zero} at 0: {text}.",
        {"trainings": float(TRAININGS), "endless": float(endless), "level": level},
        text if outcome is Outcome.FAILS else None,
    )  # fmt: skip


PRINTED = Derivative(Fraction(0))

CLAIM = Claim(
    id="xing2021.relu_network_interpolates",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 7"),
    formula=PRINTED,
    checks=(
        certified_line.refuting(Check("exact_training", Kind.CERTIFIED, exact_training), PRINTED, _chart),
        Check("automatic_differentiation", Kind.TRAINED, automatic_differentiation),
    ),
    mutants=(
        Mutant("derivative_one", Derivative(Fraction(1))),
        Mutant("derivative_one_half", Derivative(Fraction(1, 2))),
    ),
    erratum=ERRATUM,
    reading="relu'(0) = 0, as in torch.relu. For any c > 0 the conclusion holds.",
)
