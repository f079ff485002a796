r"""The abstract does not speak of the training loss. As $n \to \infty$ with $d / n \to c$ the least adversarial
training loss tends to the value of $\Phi(\mu, s, t) - \mu c b^2 / 2$ at its saddle point, minimal in $(a, b)$ and
maximal in $\mu$.
"""

from checks.claim import Claim, Reference
from checks.javanmard2020 import PAPER, quadrature, replicates, saddle
from checks.javanmard2020.settings import READING, Quantity, Value

FORMULA = Quantity("training_loss", r"\min_\theta \hat{R}_L(\theta, \epsilon) = \Phi(\mu, s, t) - \mu c b^2 / 2")

CLAIM: Claim[Value] = Claim(
    id="javanmard2020.training_loss_has_proportional_limit",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, growth in proportion"),
    ours=True,
    formula=FORMULA,
    checks=(
        saddle.enclosure("enclosure", saddle.TRAINING_LOSS, "The training loss at the saddle point"),
        quadrature.search(
            "quadrature", "training_loss", "The training loss of the saddle point that quadrature finds"
        ),
        replicates.minimisers("minimisers", "training_loss", 0.25, "The training loss of exact minimisers"),
    ),
    mutants=FORMULA.mutants("clean_risk"),
    uses=("javanmard2020.saddle_point_solves_three_equations",),
    reading=READING,
)  # fmt: skip
