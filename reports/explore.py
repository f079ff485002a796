"""The closed forms that a reader can move, and the claims of a run that say whether they are right."""

from checks.result import ClaimResult, Run

FORMULAS = {
    "xing2021.risk_has_closed_form": "Adversarial risk, equation (5)",
    "xing2021.surrogate_risk_has_closed_form": "Smoothed risk",
    "xing2021.shrinkage_solves_scalar_equation": "Shrinkage κ of the minimiser",
    "xing2021.null_threshold_has_closed_form": "Radius from which the minimiser is 0",
    "xing2021.exact_recovery_threshold_has_closed_form": "Radius up to which it is θ₀, without noise",
    "xing2021.robustness_cost_limit": "Where the cost of robustness ends",
}


def closed_forms(run: Run) -> list[tuple[str, ClaimResult]]:
    """What the pictures are computed from: a name, and the claim of `run` about its formula."""
    found = {claim.id: claim for claim in run.claims}
    return [(name, found[claim_id]) for claim_id, name in FORMULAS.items() if claim_id in found]
