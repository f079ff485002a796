r"""[...] we precisely characterize the [...] robust accuracy [...] achieved by a contemporary mini-max adversarial
training approach in a high-dimensional regime where the number of data points and the parameters of the model grow in
proportion to each other.
"""

from checks.claim import Claim, Reference
from checks.javanmard2020 import PAPER, quadrature, replicates, saddle
from checks.javanmard2020.settings import READING, Quantity, Value

FORMULA = Quantity("risk", r"R_L(\hat{\theta}, \epsilon) = s^2 + t^2 + 2 c_0 s t")

CLAIM: Claim[Value] = Claim(
    id="javanmard2020.robust_risk_has_proportional_limit",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, standard and robust accuracy"),
    formula=FORMULA,
    checks=(
        saddle.enclosure("enclosure", saddle.RISK, "The robust risk at the saddle point"),
        quadrature.search(
            "quadrature", "risk", "The robust risk of the saddle point that quadrature finds"
        ),
        replicates.minimisers("minimisers", "risk", 0.15, "The robust risk of exact minimisers"),
    ),
    mutants=FORMULA.mutants("training_loss"),
    uses=("javanmard2020.saddle_point_solves_three_equations",),
    reading=READING,
)  # fmt: skip
