"""The claims in pytest's JUnit XML: a test case for each check, named as a sentence, with what was found."""

from typing import Any
from xml.etree.ElementTree import Element

import pytest
from _pytest.junitxml import bin_xml_escape, xml_key  # what record_xml_attribute uses, which no worker can


def add_counterexample(report: pytest.TestReport, found: dict[str, Any]) -> None:
    """Put the counterexample into the text of a failure, on the terminal as in the XML."""
    if not report.failed:
        return
    counterexample = (found.get("evidence") or {}).get("counterexample")
    if counterexample and hasattr(report.longrepr, "addsection"):
        report.longrepr.addsection("counterexample", counterexample)
    text = str(report.longrepr)
    if _whole(text) != text:  # no worker can send it: the whole run would end, and as if it had passed
        report.longrepr = _whole(text)


def describe(config: pytest.Config, report: pytest.TestReport, found: dict[str, Any]) -> None:
    """Name the test case of `report` and add its evidence; nothing happens when no JUnit XML is written."""
    xml = config.stash.get(xml_key, None)
    if xml is None:
        return
    case = xml.node_reporter(report)
    case.add_attribute("classname", found["claim"])
    case.add_attribute("name", sentence(found))
    evidence = found.get("evidence") or {}
    for name in ("kind", "outcome", "scope"):
        if name in evidence:
            case.add_property(name, _whole(evidence[name]))
    for name, value in evidence.get("numbers", {}).items():
        case.add_property(bin_xml_escape(_whole(name)), str(value))
    case.add_property("reproduce", _whole(f"advtheory reproduce {found['claim']} {found['check'] or ''}".strip()))
    output = Element("system-out")
    output.text = bin_xml_escape(_whole("\n".join(_lines(found))))
    case.append(output)


def sentence(found: dict[str, Any]) -> str:
    """What the test says, the same in every run."""
    claim = found["claim"].partition(".")[2].replace("_", " ")
    if found["check"] is None:
        return f"{claim}: its checks tell it from its mutants"
    return f"{claim}: {found['check'].replace('_', ' ')} finds what the claim says"


def _lines(found: dict[str, Any]) -> list[str]:
    evidence = found.get("evidence") or {}
    lines = [evidence["summary"]] if evidence else []
    if evidence.get("counterexample"):
        lines.append(f"counterexample: {evidence['counterexample']}")
    lines += [f"{name}: {outcome}" for name, outcome in (found.get("mutants") or {}).items()]
    return lines + ([found["failure"]] if found.get("failure") else [])


def _whole(text: str) -> str:
    """`text` without halves of characters, which can neither be written nor sent to another process."""
    return text.encode(errors="backslashreplace").decode()
