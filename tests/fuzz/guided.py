"""`python -m tests.fuzz.guided PARSER SECONDS`: atheris feeds one parser, led by the branches that its bytes reach."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["checks", "models", "reports", "json"]):
    from tests.fuzz.parsers import PARSERS, Fed, feed


def main() -> None:
    """Feed until the time is over; ends with another status than 0 at the first defect, whose file it names."""
    name, seconds = sys.argv[1:]
    parser = next(parser for parser in PARSERS if parser.name == name)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as corpus:
        for number, content in enumerate(parser.seeds()):
            (Path(corpus) / str(number)).write_bytes(content)

        def once(content: bytes) -> None:
            fed = Fed(name)
            feed(parser, content, Path(folder), fed)
            if fed.defects:
                raise AssertionError(f"{name}: {next(iter(fed.defects))}")

        limits = [f"-max_total_time={seconds}", "-rss_limit_mb=4096", "-timeout=60", f"-artifact_prefix={corpus}/"]
        atheris.Setup([sys.argv[0], *limits, corpus], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
