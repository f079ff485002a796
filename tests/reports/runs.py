"""Results made by hand, and a run whose every text is hostile."""

import dataclasses
import math
from typing import Any

from checks.result import (
    SCHEMA,
    WHOLE_DOMAIN,
    Boxes,
    Chart,
    CheckResult,
    ClaimResult,
    Distribution,
    Evidence,
    Grid,
    Kind,
    MutantRun,
    Outcome,
    Recording,
    Run,
    Series,
    Step,
    Symbol,
    Table,
    Verdict,
    decide,
    refutation_strength,
)

PAPER = "On the Generalization Properties of Adversarial Training"
HOLDS, FAILS, UNSURE = Outcome.HOLDS, Outcome.FAILS, Outcome.INCONCLUSIVE


def evidence(kind: Kind, outcome: Outcome = HOLDS, **changes: Any) -> Evidence:
    fields = {
        "kind": kind,
        "outcome": outcome,
        "scope": WHOLE_DOMAIN,
        "summary": "The stated formula and the definition agree on 60 cases; the worst relative gap is 3e-15.",
        "numbers": {"cases": 60.0, "worst gap": 3.1e-15, "tolerance": 64 * 2.0**-52},
    }
    return Evidence(**(fields | changes))


def check(
    name: str, found: Evidence | None, rejects: dict[str, Outcome | None], problem: str | None = None, **changes: Any
) -> CheckResult:
    own = found.outcome if found else None
    runs = tuple(MutantRun(m, o, o not in {None, UNSURE, own}) for m, o in rejects.items())
    kind = found.kind if found else Kind.SAMPLED
    fields = {"name": name, "kind": kind, "evidence": found, "problem": problem, "mutants": runs}
    fields["reproduce"] = f"advtheory reproduce CLAIM {name}"
    return CheckResult(**(fields | changes))


def claim(name: str, checks: tuple[CheckResult, ...], **changes: Any) -> ClaimResult:
    found = [item.evidence for item in checks if item.evidence]
    verdict = decide(found, len(checks))
    fields = {
        "id": f"xing2021.{name}",
        "paper": PAPER,
        "locator": "Section 2.1",
        "statement": "A statement.",
        "formula": None,
        "assumptions": (),
        "uses": (),
        "erratum": None,
        "reading": None,
        "amends": None,
        "ours": False,
        "digest": "0123456789abcdef",
        "mutants": tuple(dict.fromkeys(run.mutant for item in checks for run in item.mutants)),
        "checks": tuple(
            dataclasses.replace(item, reproduce=item.reproduce.replace("CLAIM", f"xing2021.{name}")) for item in checks
        ),
        "verdict": verdict,
        "given": (),
        "strength": refutation_strength(found),
        "problem": None,
        "expected": verdict,
        "expected_reason": None,
        "edited": False,
    }
    return ClaimResult(**(fields | changes))


def run(*claims: ClaimResult, **changes: Any) -> Run:
    times = {f"{c.id}-{k.name}": 0.4 for c in claims for k in c.checks}
    times |= {f"{c.id}-{k.name}-{m.mutant}": 0.15 for c in claims for k in c.checks for m in k.mutants}
    fields = {
        "schema": SCHEMA,
        "project": "advtheory 0.1.0",
        "budget": {"name": "quick", "examples": 60.0, "samples": 100000.0, "error_rate": 1e-6, "seed": 20210413.0},
        "packages": {"numpy": "2.4.6", "sympy": "1.14.0", "python-flint": "0.9.0", "hypothesis": "6.170.15"},
        "revision": "3f2c1a9",
        "platform": "Linux x86_64, Python 3.11.9, 2 cores",
        "started": "2026-01-05 14:03 UTC",
        "seconds": 83.4,
        "workers": 2,
        "false_alarm_probability": 3e-6,
        "claims": claims,
        "times": times,
    }
    return Run(**(fields | changes))


HOSTILE = (
    "</script><script>alert(1)</script> \"'><img src=x onerror=alert(1)> "
    "$\\text{<b>}$ $ & `</pre>` {{ 7*7 }} \x07\ud800"
)


def hostile_run() -> Run:
    """A run in which every text tries to leave its place and every number is not one."""
    odd = (math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0)
    chart = Chart(HOSTILE, HOSTILE, HOSTILE, (Series(HOSTILE, odd, odd[::-1], odd, odd, True),), x_log=True)
    grid = Chart(HOSTILE, HOSTILE, HOSTILE, grid=Grid((1.0, 2.0), (1.0,), ((math.nan, math.inf),), ()))
    boxed = Chart(HOSTILE, HOSTILE, HOSTILE, boxes=(Boxes(HOSTILE, (HOSTILE, ""), (odd, ())),))
    found = evidence(
        Kind.SAMPLED, FAILS, scope=HOSTILE, summary=HOSTILE, counterexample=HOSTILE,
        numbers=dict(zip("abcde" + HOSTILE, odd, strict=False)),
        steps=(Step(HOSTILE, HOSTILE, HOSTILE),), charts=(chart, grid, Chart("", "", ""), boxed),
        tables=(Table(HOSTILE, (HOSTILE, HOSTILE), ((HOSTILE, HOSTILE),)),),
        record=Recording(HOSTILE, HOSTILE, ((HOSTILE, HOSTILE),), (HOSTILE,), HOSTILE, cost=HOSTILE, settings=HOSTILE),
        distributions=(Distribution(HOSTILE, (-math.inf, 1.0), (0.0, math.inf), (0, 2**70), math.nan),
                       Distribution(HOSTILE, (1e308,), (1e308,), (0,))),
    )  # fmt: skip
    item = claim(
        "hostile",
        (check(HOSTILE, found, {HOSTILE: HOLDS}, reproduce=HOSTILE),
         check("silent", None, {HOSTILE: None}, problem=HOSTILE)),
        id=HOSTILE, paper=HOSTILE, locator=HOSTILE, statement=HOSTILE, formula=HOSTILE,
        assumptions=((HOSTILE, HOSTILE),),
        uses=(HOSTILE, "absent"), erratum=HOSTILE, reading=HOSTILE, amends=HOSTILE, given=(HOSTILE,), strength=HOSTILE,
        problem=HOSTILE, expected=Verdict.PROVED, expected_reason=HOSTILE, edited=True,
    )  # fmt: skip
    texts = {"project": HOSTILE, "revision": HOSTILE, "platform": HOSTILE, "started": HOSTILE}
    return run(item, budget={HOSTILE: HOSTILE, "rate": math.nan}, packages={HOSTILE: HOSTILE}, seconds=math.nan,
               false_alarm_probability=math.inf, times={f"{HOSTILE}-silent": math.nan},
               notation=(Symbol(HOSTILE, HOSTILE, (HOSTILE, "absent")),), **texts)  # fmt: skip
