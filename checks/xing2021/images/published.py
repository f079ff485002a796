"""Accuracies that others published for the same data and attack: the paper's own, and public leaderboards."""

from checks.evidence.recorded_exhibits import Stated

UNSTATED, AUTO, PGD = "attack not stated", "AutoAttack", "PGD"

FIGURE_TWO = (
    Stated("paper, ξ = 0.001 (standard deviations only)", "(0.321)", "(0.458)", UNSTATED),
    Stated("paper, ξ = 0 (standard deviations only)", "(0.219)", "(0.743)", UNSTATED),
    Stated("Engstrom et al. 2019, ResNet-50 trained at ε = 1, attacked at ε = 2", "–", "18.05", PGD),
)
TABLE_ONE = (
    Stated("paper, benchmark", "84.346 (0.355)", "61.760 (0.204)", UNSTATED),
    Stated("paper, LASSO 10⁻⁵", "86.568 (0.214)", "63.072 (0.292)", UNSTATED),
    Stated("Rice et al. 2020, ResNet-18, early stopping", "88.67", "67.68", AUTO),
    Stated("Engstrom et al. 2019, ResNet-50", "90.83", "69.24", AUTO),
    Stated("Wu et al. 2020, WRN-34-10, weight perturbation", "88.51", "73.66", AUTO),
    Stated("Wang et al. 2023, WRN-28-10, generated data", "95.16", "83.68", AUTO),
    Stated("Amini et al. 2024, WRN-70-16, MeanSparse", "95.51", "87.28", AUTO),
)
TABLE_TWO = (
    Stated("paper, benchmark", "82.870 (0.131)", "50.338 (0.315)", UNSTATED),
    Stated("paper, LASSO 10⁻⁵", "84.800 (0.282)", "54.260 (0.376)", UNSTATED),
    Stated("Madry et al. 2018, WRN-34-10", "87.14", "44.04", AUTO),
    Stated("Rice et al. 2020, WRN-34-20, early stopping", "85.34", "53.42", AUTO),
    Stated("Zhang et al. 2019, WRN-34-10, TRADES", "84.92", "53.08", AUTO),
    Stated("Wu et al. 2020, WRN-34-10, weight perturbation", "85.36", "56.17", AUTO),
    Stated("Bartoldson et al. 2024, WRN-94-16", "93.68", "73.71", AUTO),
    Stated("Amini et al. 2024, WRN-94-16, MeanSparse", "93.60", "75.28", AUTO),
)
