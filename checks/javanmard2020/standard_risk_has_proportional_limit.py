r"""[...] we precisely characterize the standard [...] accuracy [...] achieved by a contemporary mini-max adversarial
training approach in a high-dimensional regime where the number of data points and the parameters of the model grow in
proportion to each other.
"""

from checks.claim import Claim, Reference
from checks.javanmard2020 import PAPER, quadrature, replicates, saddle
from checks.javanmard2020.settings import READING, Quantity, Value

FORMULA = Quantity("clean_risk", r"R_L(\hat{\theta}, 0) = s^2")

CLAIM: Claim[Value] = Claim(
    id="javanmard2020.standard_risk_has_proportional_limit",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, standard and robust accuracy"),
    formula=FORMULA,
    checks=(
        saddle.enclosure("enclosure", saddle.CLEAN_RISK, "The standard risk at the saddle point"),
        quadrature.search(
            "quadrature", "clean_risk", "The standard risk of the saddle point that quadrature finds"
        ),
        replicates.minimisers("minimisers", "clean_risk", 0.2, "The standard risk of exact minimisers"),
    ),
    mutants=FORMULA.mutants("risk"),
    uses=("javanmard2020.saddle_point_solves_three_equations",),
    reading=READING,
)  # fmt: skip
