"""The excess risk of the LASSO at a finite size, to leading order, as a formula that samples can contradict."""

from dataclasses import dataclass, replace

from checks.claim import Check
from checks.evidence import trend
from checks.xing2021.lasso.sparse_designs import Setting
from checks.xing2021.lasso.sparsity_growth import CORRECTIONS, Growth, excess_ratio, last_setting, sweep


@dataclass(frozen=True)
class Excess:
    """How s grows, and the prediction at a size; a mutant's prediction is that for `penalty` times λ."""

    growth: Growth
    penalty: float = 1.0

    def __call__(self, setting: Setting) -> float:
        """The predicted mean of (R_L(θ̂) - R*)/v²."""
        return replace(setting, constant=setting.constant * self.penalty).predicted_excess


def of_growth(check: Check[Growth]) -> Check[Excess]:
    """The check, of the formula's growth."""
    return Check(check.name, check.kind, lambda formula, budget: check.run(formula.growth, budget))


def samples(growth: Growth, scope: str, resolution: float) -> Check[Excess]:
    """A check that the measured excess over the predicted one tends to 1 along `growth`, within `resolution`."""

    def claimed(formula: Excess) -> trend.Limit:
        setting = last_setting(growth)
        return trend.Limit(formula(setting) / setting.predicted_excess, CORRECTIONS)

    return trend.limit(
        "samples",
        sweep(growth),
        excess_ratio,
        claimed,
        scale=1.0,
        resolution=resolution,
        claim="Excess risk of the LASSO, less what the sample is known to add, over its leading terms at that size",
        scope=scope,
    )
