"""JUnit XML as Jenkins and GitLab read it: a suite for each post, a case for each duty that applies."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from compliance.model import Checklist, Item, Outcome
from compliance.reports.places import Problems, Results, name_of, words_of
from compliance.reports.source import Source

# What XML 1.0 cannot hold, whatever way it is written.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(results: Results, problems: Problems = ()) -> str:
    """Fails are failures; questions and what was set aside are skipped, with the reason; an input that could not be read is an error."""
    root = Xml.Element("testsuites", name="adcheck")
    totals = {"tests": 0, "failures": 0, "errors": 0}
    for source, checklist in results:
        _count(_suite(root, source, checklist), totals)
    for source, error in problems:
        suite = Xml.SubElement(root, "testsuite", name=_text(name_of(source)), tests="1", failures="0", errors="1", skipped="0")
        case = Xml.SubElement(suite, "testcase", classname=_text(name_of(source)), name="read")
        Xml.SubElement(case, "error", message=_text(error.message), type=type(error).__name__).text = _text(str(error))
        _count(suite, totals)
    for key, value in totals.items():
        root.set(key, str(value))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _count(suite: Xml.Element, totals: dict[str, int]) -> None:
    for key in totals:
        totals[key] += int(suite.get(key, "0"))


def _suite(root: Xml.Element, source: Source, checklist: Checklist) -> Xml.Element:
    items = [item for item in checklist.items if item.outcome > Outcome.NOT_APPLICABLE]
    suite = Xml.SubElement(root, "testsuite", name=_text(name_of(source)))
    properties = Xml.SubElement(suite, "properties")
    about = {"reach": ",".join(checklist.reach), "as_of": checklist.as_of, "rulebook": checklist.rulebook["digest"]}
    for name, value in about.items():
        Xml.SubElement(properties, "property", name=name, value=value)
    failures = skipped = 0
    for item in items:
        case = Xml.SubElement(suite, "testcase", classname=_text(name_of(source)), name=item.duty)
        if item.outcome is Outcome.FAIL and item.is_open:
            failures += 1
            element = Xml.SubElement(case, "failure", message=_text(item.message), type=item.gate.key if item.gate is not None else "fact")
            element.text = _text(_told(item, source, checklist))
        elif item.outcome >= Outcome.NEEDS_REVIEW:
            skipped += 1
            Xml.SubElement(case, "skipped").text = _text(_why_skipped(item))
    for key, number in {"tests": len(items), "failures": failures, "errors": 0, "skipped": skipped}.items():
        suite.set(key, str(number))
    return suite


def _why_skipped(item: Item) -> str:
    if item.suppression is not None:
        return f"Set aside: {item.suppression.reason}"
    return f"In the baseline: {item.message}" if item.known else f"Needs review: {item.message}"


def _told(item: Item, source: Source, checklist: Checklist) -> str:
    lines = [f"{item.title} ({item.severity.key})"]
    for words in words_of(item, source, checklist):
        place = f":{words.region.line}" + (f":{words.region.column}" if words.region.column else "")
        lines.append(f"{source.name or 'input'}{place}: “{words.text}”")
    lines.extend(f"{law.cite} ({law.authority}; {law.certainty}) {law.url}" for law in item.law)
    fix = checklist.fix
    if fix is not None and item.duty in fix.cures:
        lines.append(f"Put “{fix.insert.strip()}” first.")
    if item.advice:
        lines.append(item.advice)
    return "\n".join(lines)


def _text(value: str) -> str:
    return _NOT_XML.sub("\ufffd", value)
