r"""The abstract does not speak of residuals. As $n \to \infty$ with $d / n \to c$ the share of samples that adversarial
training fits exactly, $y = x^\top \hat{\theta}$, tends to $1 - 2 Q(z)$ with $z = 2 t / (\mu s)$ at the saddle point.
"""

from checks.claim import Claim, Reference
from checks.javanmard2020 import PAPER, quadrature, replicates, saddle
from checks.javanmard2020.settings import READING, Quantity, Value

FORMULA = Quantity("zero_residual_fraction", r"\#\{i : y_i = x_i^\top \hat{\theta}\} / n = 1 - 2 Q")

CLAIM: Claim[Value] = Claim(
    id="javanmard2020.zero_residuals_have_proportional_limit",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, growth in proportion"),
    ours=True,
    formula=FORMULA,
    checks=(
        saddle.enclosure("enclosure", saddle.ZERO_RESIDUAL_FRACTION, "The share of zero residuals at the saddle point"),
        quadrature.search(
            "quadrature", "zero_residual_fraction", "The share of zero residuals that quadrature finds"
        ),
        replicates.minimisers(
            "minimisers", "zero_residual_fraction", 0.35, "The share of zero residuals of exact minimisers"
        ),
    ),
    mutants=FORMULA.mutants("training_loss"),
    uses=("javanmard2020.saddle_point_solves_three_equations",),
    reading=READING,
)  # fmt: skip
