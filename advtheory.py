"""The command line: check claims, show them, compare runs and write the report; everything is imported when needed."""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import PIPE, Popen

ROOT = Path(__file__).resolve().parent
RESULTS = Path("build") / "verify" / "results.json"
OK, DIFFERS, CANNOT = 0, 1, 2
NO_TESTS, FAILED, BAD_USAGE, STOPPED = 5, 1, 4, 7  # pytest's exit statuses, and the one of tests/collector.py


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is as expected, 1 when something differs, 2 when it could not be done."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Training has a grammar of its own, help included, which `python -m models.training` shares.
    options = parser().parse_args(given[:1] if given[:1] == ["train"] else given)
    options.arguments = given[1:]
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has left; nothing more to say
        return OK
    except (ValueError, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("interrupted")


def verify(options: argparse.Namespace) -> int:
    """Check the claims, write results and report, compare verdicts with the ledger; interrupted, go on where it was."""
    if options.cluster and options.n:
        raise ValueError(f"-n is for processes on this machine, got -n {options.n} beside --cluster {options.cluster}")
    tests = [ROOT / "tests" / "test_claims.py", ROOT / "tests" / "test_power.py"]
    if not all(test.is_file() for test in tests):
        return _fail(f"verify needs a checkout of the project with its tests, got none at {ROOT}")
    results = options.results.absolute()
    results.parent.mkdir(parents=True, exist_ok=True)
    part = results.with_name(results.name + ".part")  # what cannot be written is said before the checks run
    part.touch()
    part.unlink()
    log = results.with_name("pytest.log")
    status = _pytest(tests, options, results, log)
    if status == STOPPED:
        return CANNOT  # it has said why
    if status == NO_TESTS:
        return _fail(f"no claim matches the selection {options.k!r}; `advtheory list` shows them all")
    if status == BAD_USAGE or "Wrong expression passed to '-k'" in log.read_text(encoding="utf-8"):
        return _fail(f"the selection must be a pytest -k expression, got {options.k!r}")
    if status not in {OK, FAILED} or not results.is_file():
        return _fail(f"the checks could not run (pytest status {status}); its output is in {log}")
    return _conclude(results, status, log)


def list_(options: argparse.Namespace) -> int:
    """Every claim in paper order with its place and what is expected of it."""
    from checks import catalogue
    from reports import ledger

    expected = ledger.load()
    place = ""
    for claim in catalogue.claims():
        if claim.reference.locator != place:
            place = claim.reference.locator
            print(f"\n{claim.reference.paper.id}, {place}")
        entry = expected.get(claim.id)
        print(f"  {claim.id.split('.', 1)[1]:<56} {entry.verdict.value if entry else 'new'}")
    return OK


def show(options: argparse.Namespace) -> int:
    """One claim: statement, assumptions, uses, mutants and the last evidence; without CLAIM the whole last run."""
    from checks import catalogue

    if options.claim is None:
        return _show_run(options)
    if options.format != "text":
        raise ValueError(f"--format {options.format} is for a whole run, got the claim {options.claim!r} beside it")
    claim = catalogue.claim(options.claim)
    print(f"{claim.id}\n{claim.reference.paper.title}, {claim.reference.locator}\n")
    print(textwrap.indent(claim.statement.strip(), "  "), "\n")
    for title, text in (("reading", claim.reading), ("erratum", claim.erratum), ("amends", claim.amends)):
        if text:
            print(_wrapped(f"{title}: {text}"))
    for assumption in claim.assumptions:
        print(_wrapped(f"assumes {assumption.name}: {assumption.sentence}"))
    print(_wrapped(f"uses: {', '.join(claim.uses) or 'nothing'}"))
    print(_wrapped(f"mutants: {', '.join(mutant.name for mutant in claim.mutants)}"))
    print(_wrapped(f"checks: {', '.join(f'{check.name} ({check.kind.value})' for check in claim.checks)}"))
    _show_last_evidence(claim.id, options.results)
    return OK


def report(options: argparse.Namespace) -> int:
    """Write the report of a results file; of several, oldest first, that of the last one with its history."""
    from reports.history import load_runs
    from reports.page import write_site

    *earlier, run = load_runs(options.results)
    print(write_site(run, options.site, earlier))
    return OK


def diff(options: argparse.Namespace) -> int:
    """Compare two results files; 1 when a verdict changed or a claim vanished."""
    from checks.result import load
    from reports.comparison import as_json, compare
    from reports.markdown import comparison_summary
    from reports.wording import visible

    old, new = load(options.old), load(options.new)
    changes = compare(old, new)
    texts = {
        "text": lambda: "\n".join(map(visible, changes.lines)) or "nothing changed",
        "md": lambda: comparison_summary(old, new, options.page).rstrip(),
        "json": lambda: as_json(old, new, changes),
    }
    print(texts[options.format]())
    return DIFFERS if changes.is_regression else OK


def accept(options: argparse.Namespace) -> int:
    """Make a claim's last verdict the expected one."""
    from checks import catalogue
    from checks.result import load
    from reports import ledger

    id_ = catalogue.claim(options.claim).id
    found = {claim.id: claim for claim in load(options.results).claims}
    if id_ not in found:
        raise ValueError(f"results must hold {id_}, got a run without it: {options.results}")
    if found[id_].digest != catalogue.digest(catalogue.claim(id_)):
        raise ValueError(f"results must be of the claim as it is now; {id_} was edited since: run advtheory verify")
    entry = ledger.accept(found[id_], options.reason, options.closes)
    path = ROOT / "reports" / "ledger.json"
    ledger.save((ledger.load(path) if path.is_file() else {}) | {id_: entry}, path)
    print(f"{id_}: {entry.verdict.value} is now expected ({entry.reason})")
    return OK


def reproduce(options: argparse.Namespace) -> int:
    """Run one check, or all checks, of a claim again and print what they find."""
    from checks import catalogue
    from checks.claim import BUDGETS
    from checks.runner import run_check
    from reports.terminal import evidence_lines

    claim = catalogue.claim(options.claim)
    chosen = [claim.check(options.check)] if options.check else list(claim.checks)
    for check in chosen:
        print(f"{claim.id} {check.name}", *evidence_lines(run_check(claim, check, BUDGETS[options.budget])), sep="\n")
    return OK


def train(options: argparse.Namespace) -> int:
    """Train the networks of an experiment on images and record how they do; `advtheory train -h` says more."""
    from models.training.command import main as train_main

    return train_main(options.arguments)


def parser() -> argparse.ArgumentParser:
    """The command line's grammar, with an example for each command."""
    top = argparse.ArgumentParser(
        prog="advtheory",
        description="Continuous integration for theorems: check every claim of a paper and report what holds.",
        epilog="examples:\n  advtheory verify\n  advtheory list\n  advtheory show risk_is_convex",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, function: Callable[[argparse.Namespace], int], example: str) -> argparse.ArgumentParser:
        text = (function.__doc__ or "").strip()
        command = commands.add_parser(
            name, help=text, description=text, epilog=f"example:\n  advtheory {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        command.set_defaults(command=function)
        return command

    budget = {"choices": ("quick", "full"), "default": "quick", "help": "how much effort each check may spend"}
    page = {"metavar": "URL", "help": "with md: the address of the report, to which the claims' names then lead"}
    last = {"type": Path, "default": RESULTS, "help": f"results file (default: {RESULTS})"}

    command = add("verify", verify, 'verify -k "risk and not linf" --budget full')
    command.add_argument("-k", metavar="EXPR", default="", help="check only the claims that match (pytest -k)")
    command.add_argument("--budget", **budget)  # type: ignore[arg-type]
    command.add_argument("--results", **last, metavar="FILE")  # type: ignore[arg-type]
    command.add_argument("-n", metavar="N", type=_workers, help="worker processes, or auto (default)")
    command.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler, as tcp://host:8786, or local[N]")
    command.add_argument("--fresh", action="store_true", help="do not go on with an interrupted run")
    command.add_argument("--junit", metavar="FILE", type=Path, help="write every check as a JUnit XML test case too")
    add("list", list_, "list")
    command = add("show", show, "show risk_is_convex\n  advtheory show --format md > summary.md")
    command.add_argument("claim", metavar="CLAIM", nargs="?")
    command.add_argument("--results", **last, metavar="FILE")  # type: ignore[arg-type]
    command.add_argument("--format", choices=("text", "md"), default="text", help="of the whole run; md: Markdown")
    command.add_argument("--page", **page)  # type: ignore[arg-type]
    command = add("report", report, "report build/verify/results.json build/verify")
    command.add_argument("results", metavar="RESULTS", type=Path, nargs="+", help="results files, oldest first")
    command.add_argument("site", metavar="SITE", type=Path, help="the folder for index.html")
    command = add("diff", diff, "diff old.json new.json\n  advtheory diff old.json new.json --format md > comment.md")
    command.add_argument("old", metavar="OLD", type=Path)
    command.add_argument("new", metavar="NEW", type=Path)
    command.add_argument("--format", choices=("text", "md", "json"), default="text", help="md: for a pull request")
    command.add_argument("--page", **page)  # type: ignore[arg-type]
    command = add("accept", accept, 'accept risk_is_convex --reason "the new proof covers singular covariances"')
    command.add_argument("claim", metavar="CLAIM")
    command.add_argument("--reason", required=True, metavar="TEXT", help="why this verdict is the right one")
    command.add_argument("--closes", metavar="COMMAND", help="for an open claim: the command that would close it")
    command.add_argument("--results", **last, metavar="FILE")  # type: ignore[arg-type]
    command = add("reproduce", reproduce, "reproduce surrogate_risk_is_convex certificate")
    command.add_argument("claim", metavar="CLAIM")
    command.add_argument("check", metavar="CHECK", nargs="?")
    command.add_argument("--budget", **budget)  # type: ignore[arg-type]
    add("train", train, "train fig4 --data DIR --seeds 0-29 --jobs 2")
    return top


def _pytest(tests: list[Path], options: argparse.Namespace, results: Path, log: Path) -> int:
    command = [
        sys.executable, "-m", "pytest", *map(str, tests), "-q", "-s", "--tb=short", "--progress", "--tied",
        "-k", options.k, "--budget", options.budget, "--results", str(results), "--dist", "worksteal",
        *(["--cluster", options.cluster, "-n", "0"] if options.cluster else ["-n", options.n or "auto"]),
        *(["--fresh"] if options.fresh else []),
        *(["--junitxml", str(options.junit.absolute()), "-o", "junit_suite_name=advtheory"] if options.junit else []),
        "-p", "tests.plugin", "-p", "no:cacheprovider", "-o", "console_output_style=classic", "--rootdir", str(ROOT),
    ]  # fmt: skip
    # The checks end with this process, however it ends: a run that goes on must not meet the one before.
    with log.open("w", encoding="utf-8") as output, Popen(command, cwd=ROOT, stdin=PIPE, stdout=output) as checks:
        return checks.wait()


def _conclude(results: Path, status: int, log: Path) -> int:
    from checks.result import load
    from reports.page import write_site
    from reports.terminal import Screen, differences, table
    from reports.wording import visible

    found = load(results)
    page = write_site(found, results.parent)
    print(table(found, Screen.of(sys.stdout)))
    problems = differences(found)
    for line in problems:
        print(visible(line))
    if status == FAILED and not problems:
        problems = [f"a check or a mutant did not do what it should; pytest's output is in {log}"]
        print(problems[0])
    print(f"\nreport: {page}\nresults: {results}")
    return DIFFERS if problems else OK


def _show_run(options: argparse.Namespace) -> int:
    from checks.result import load
    from reports.markdown import run_summary
    from reports.terminal import Screen, table

    run = load(options.results)
    print(run_summary(run, options.page).rstrip() if options.format == "md" else table(run, Screen.of(sys.stdout)))
    return OK


def _show_last_evidence(id_: str, path: Path) -> None:
    from checks.result import load
    from reports.terminal import evidence_lines

    if not path.is_file():
        print(f"\nno evidence yet: {path} does not exist; run advtheory verify")
        return
    found = load(path)
    for claim in found.claims:
        if claim.id == id_:
            print(f"\nlast evidence ({found.started}): {claim.verdict.value}")
            for check in claim.checks:
                print(f"\n{check.name}")
                lines = evidence_lines(check.evidence) if check.evidence else [f"  no evidence: {check.problem}"]
                print(*lines, sep="\n")


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 100, initial_indent="  ", subsequent_indent="  ")


def _workers(text: str) -> str:
    if text != "auto" and not (text.isascii() and text.isdigit() and len(text) < 4):
        raise argparse.ArgumentTypeError(f"N must be a number of processes below 1000 or auto, got {text!r}")
    return text


def _fail(message: str) -> int:
    from models.untrusted import one_line

    print(f"advtheory: {one_line(message)}", file=sys.stderr)
    return CANNOT


if __name__ == "__main__":
    sys.exit(main())
