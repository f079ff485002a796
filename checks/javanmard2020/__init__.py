"""Javanmard, Soltanolkotabi and Hassani (2020), "Precise Tradeoffs in Adversarial Training for Linear Regression".

Only the paper's abstract is quoted here, and its phrases are the places that claims refer to; what the paper proves in
its own notation is not printed. The limits are those of the scalar saddle point that
`theory.derivations.proportional` derives.
"""

from checks.claim import Paper

PAPER = Paper(
    id="javanmard2020",
    title="Precise Tradeoffs in Adversarial Training for Linear Regression",
    authors=("Adel Javanmard", "Mahdi Soltanolkotabi", "Hamed Hassani"),
    venue="COLT 2020",
    locators=(
        "Abstract, any algorithm",
        "Abstract, growth in proportion",
        "Abstract, standard and robust accuracy",
        "Abstract, corresponding tradeoff",
        "Abstract, size of the data",
    ),
)
