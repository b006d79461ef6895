"""Skeletons for new rules. A skeleton is a draft: it loads, judges nothing, and its own examples tell what is still to be written."""

from __future__ import annotations

import json
import re
from pathlib import Path

from compliance.errors import InputError, nearest
from compliance.forms import compile_form
from compliance.rulebook import Rulebook, load_rulebook

_ID = re.compile(r"[a-z]{2,4}(-[a-z]{2})?\.[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2}")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def new_duty(
    rulebook: Rulebook,
    root: Path,
    duty_id: str,
    topic: str,
    title: str,
    title_nl: str,
    cite: str,
    authority: str,
    url: str,
    since: str,
    today: str,
) -> Path:
    """Write a duty's skeleton to `root`/duties/<market>/<name>.yaml, as a draft. Returns the file.

    Raises:
        InputError: a wrong id, an unknown market or topic, no web address, or a file that is there already.
    """
    if not _ID.fullmatch(duty_id):
        raise InputError(
            f"{duty_id!r} is no duty id", where="rules new duty", hint="Write it as nl.gift-label: the market, a dot, a short name."
        )
    market, name = duty_id.split(".", 1)
    if market not in rulebook.jurisdictions:
        raise InputError(f"unknown market {market!r}", where="rules new duty", hint=nearest(market, rulebook.jurisdictions))
    topics = sorted(rulebook.messages.get("topics", {}))
    if topic not in topics:
        raise InputError(f"unknown topic {topic!r}", where="rules new duty", hint=nearest(topic, topics))
    if not re.match(r"https?://[^/]+\.", url):
        raise InputError(f"{url!r} is no web address", where="rules new duty", hint="Give the page of the law or ruling, with https://.")
    languages = rulebook.jurisdictions[market].languages
    text = f"""# yaml-language-server: $schema=../../schema/duty.json
# A draft: it judges nothing until `status` is preview (asks, never fails) or stable. See rules/README.md for every key.
id: {duty_id}
title:
  en: {_quoted(title)}
  nl: {_quoted(title_nl)}
topic: {topic}
status: draft
severity: serious
in_force: {{from: {_quoted(since)}}}
law:
  main:
    cite: {_quoted(cite)}
    kind: regulator-guidance      # statute, regulator-guidance, self-regulation, case-law or platform-policy
    authority: {_quoted(authority)}
    url: {_quoted(url)}
    checked: {_quoted(today)}
    certainty: unsettled          # primary once you have read it at the authority itself, secondary for press or a law firm
applies_when:
  commercial: yes
requires:
  disclosure:
    means: [sponsorship]
    place: before_fold
    language: {"audience" if languages else "any"}
labels:
  accepted: []
  ambiguous: []
  rejected: []
fix:
  advice:
    en: {_quoted("Say at the beginning that this is advertising.")}
    nl: {_quoted("Zet aan het begin dat dit reclame is.")}
known_gaps: "Write what this rule cannot see."
examples:
  # One of fail (needs_review while the status is preview), pass and not_applicable at least, in the market's own languages.
  - {{text: "…", outcome: not_applicable}}
"""
    return _write(root / "duties" / market / f"{name}.yaml", text, root)


def new_language(rulebook: Rulebook, root: Path, language: str, slug: str, wording: str) -> Path:
    """Write labels/<language>.yaml with the first label of a language: its word for advertising. Returns the file.

    Raises:
        InputError: no ISO 639-1 code, no short name, or a file that is there already.
        RuleError: a wording that cannot be looked for, such as one of two letters, or a rulebook that does not load with it.
    """
    if not _LANGUAGE.fullmatch(language):
        raise InputError(
            f"{language!r} is no language code", where="rules new language", hint="Use the two letters of ISO 639-1, such as fi."
        )
    if not _SLUG.fullmatch(slug):
        raise InputError(f"{slug!r} is no short name", where="rules new language", hint="Plain letters and hyphens, such as mainos.")
    form = wording.strip().lower()
    compile_form(form, "rules new language --wording")
    text = f"""# yaml-language-server: $schema=../schema/labels.json
language: {language}
labels:
  {slug}:
    means: sponsorship
    text: {_quoted(wording)}
    strength: strong
    standalone:
      {_quoted(form)}: {_quoted(f"{wording} | @glowlab")}
    miss: []
"""
    return _write(root / "labels" / f"{language}.yaml", text, root)


def new_market(
    rulebook: Rulebook,
    root: Path,
    market: str,
    name: str,
    name_nl: str,
    languages: tuple[str, ...],
    parents: tuple[str, ...],
    regulator: str,
) -> Path:
    """Append a market to jurisdictions.yaml. Returns the file.

    Raises:
        InputError: a market that is there already, or an unknown parent.
    """
    if market in rulebook.jurisdictions:
        raise InputError(
            f"the market {market!r} is there already", where="rules new market", hint=f"Edit it in {root / 'jurisdictions.yaml'}."
        )
    if not re.fullmatch(r"[a-z]{2,4}(-[a-z]{2})?", market):
        raise InputError(f"{market!r} is no market code", where="rules new market", hint="ISO 3166 in small letters, such as fi or us-tx.")
    for parent in parents:
        if parent not in rulebook.jurisdictions:
            raise InputError(f"unknown parent {parent!r}", where="rules new market", hint=nearest(parent, rulebook.jurisdictions))
    path = root / "jurisdictions.yaml"
    lines = [f"  {market}:", f"    name: {{en: {_quoted(name)}, nl: {_quoted(name_nl)}}}"]
    if parents:
        lines.append(f"    parents: [{', '.join(parents)}]")
    lines += [f"    languages: [{', '.join(map(_quoted, languages))}]", f"    regulators: [{_quoted(regulator)}]"]
    before = path.read_text(encoding="utf-8")
    return _write_if_it_loads(path, before.rstrip("\n") + "\n" + "\n".join(lines) + "\n", root, before)


def _write(path: Path, text: str, root: Path) -> Path:
    if path.exists():
        raise InputError("the file is there already", where=str(path), hint="Edit it, or choose another name.")
    return _write_if_it_loads(path, text, root, None)


def _write_if_it_loads(path: Path, text: str, root: Path, before: str | None) -> Path:
    """Write a rule file and load the whole rulebook; where that fails, put back what was there and say why."""
    fresh = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    load_rulebook.cache_clear()
    try:
        load_rulebook(root)
    except Exception:
        if before is not None:
            path.write_text(before, encoding="utf-8")
        else:
            path.unlink()
            if fresh:
                path.parent.rmdir()
        raise
    finally:
        load_rulebook.cache_clear()
    return path
