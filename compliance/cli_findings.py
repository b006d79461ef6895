"""Options of `adcheck check` for living with findings: baseline, suppressions, what changed, fixes, the cache."""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.errors import AdcheckError, InputError

if TYPE_CHECKING:
    from compliance.cli_inputs import Inputs
    from compliance.findings.cache import ResultCache
    from compliance.findings.fixes import Change, Edit
    from compliance.findings.suppressions import Rule
    from compliance.model import Checklist
    from compliance.reports.source import Source

    Results = list[tuple[Source, Checklist]]

BASELINE = "adcheck-baseline.json"


def findings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options, for a command that judges."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option("--baseline", type=click.Path(dir_okay=False), help="Known findings: only new ones count."),
    click.option("--write-baseline", is_flag=True, help=f"Write what is found to the baseline ({BASELINE} if none is named)."),
    click.option(
        "--suppressions",
        multiple=True,
        metavar="FILE",
        help="Findings set aside with a reason; adcheck-suppressions.yaml and .json of this folder if not given, `none` for no file.",
    ),
    click.option("--changed-since", metavar="REV", help="Only files that changed since this git revision."),
    click.option("--fix", "write_fixes", is_flag=True, help="Write the safe fixes into captions, then judge again."),
    click.option("--diff", "show_fixes", is_flag=True, help="Show the safe fixes as a unified diff and write nothing."),
    click.option("--cache/--no-cache", default=False, help="Remember the results of files that did not change."),
    click.option(
        "--cache-folder", type=click.Path(file_okay=False), help="Where they are remembered; the user's cache folder if not given."
    ),
    click.option("--also", multiple=True, metavar="FORMAT=FILE", help="A further report of the same run; may be given several times."),
    click.option(
        "--colour", "--color", "colour", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours in text reports."
    ),
)


@dataclass(slots=True)
class Findings:
    """What the options ask for, and what there is to say about suppressions and the baseline.

    Attributes:
        notices: warnings; with `--strict` they count as findings.
        says: news that is no warning.
    """

    options: dict[str, Any]
    rules: list[Rule] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, options: dict[str, Any]) -> Findings:
        """Read the options and the files that they name.

        Raises:
            InputError: options that exclude each other, or a file that cannot be used.
        """
        if options["write_fixes"] and options["show_fixes"]:
            raise InputError("--fix and --diff exclude each other", where="--diff", hint="--diff shows what --fix would write.")
        found = cls(options)
        found.rules.extend(_rules(options["suppressions"]))
        if options["baseline"] and not options["write_baseline"]:
            from compliance.findings.baseline import read_baseline

            read_baseline(Path(options["baseline"]))
        return found

    def read_comments(self, data: bytes, name: str, kind: str) -> None:
        """Take in the suppressions that a file makes itself; `kind` is what it is read as."""
        if b"adcheck-ignore" not in data and b"adcheck_ignore" not in data and data[:2] not in {b"\xff\xfe", b"\xfe\xff"}:  # UTF-16
            return
        from compliance.findings.comments import suppressions_in
        from compliance.readers.campaign import decode

        try:
            is_decoded = kind in {"markdown", "table", "yaml"} or data[:2] in {b"\xff\xfe", b"\xfe\xff"}
            text = decode(data) if is_decoded else data.decode("utf-8", "replace")
        except InputError:  # the reader says so
            return
        rules, notices = suppressions_in(text, name, kind)
        self.rules.extend(rules)
        self.notices.extend(notices)

    def settle(self, results: Results, duties: Collection[str]) -> Results:
        """The results with what is set aside or known; writes the baseline where that is asked for. `duties` are the ids of all duties.

        Raises:
            InputError: the baseline cannot be written.
        """
        own = [place for place, _ in results if place.ignore]
        if self.rules or own:
            from compliance.findings.comments import suppressions_of
            from compliance.findings.suppressions import settle

            rules, notices = suppressions_of(own)
            self.notices.extend(notices)
            settled = settle(results, [*rules, *self.rules], duties, datetime.date.today().isoformat())
            results = settled.results
            self.notices.extend(settled.notices)
        if self.options["write_baseline"]:
            from compliance.findings.baseline import compared, read_baseline, write_baseline

            path = Path(self.options["baseline"] or BASELINE)
            count = write_baseline(path, results)
            self.says.append(f"{path.as_posix()}: {count} finding{'s' if count != 1 else ''} written; from now on only new ones count.")
            return compared(results, read_baseline(path))[0]
        if self.options["baseline"]:
            from compliance.findings.baseline import compared, read_baseline

            results, gone = compared(results, read_baseline(Path(self.options["baseline"])))
            if gone:
                self.says.append(
                    f"{gone} finding{'s' if gone != 1 else ''} of the baseline no longer there; --write-baseline takes them out."
                )
        return results

    def tell(self, is_strict: bool) -> None:
        """All notices on stderr, each once; errors where they count as findings."""
        for notice in dict.fromkeys(self.notices):
            tell(f"{'error' if is_strict else 'warning'}: {notice}")
        for line in self.says:
            tell(line)


def tell(line: str) -> None:
    """A line on stderr, in which no file name, id or reason moves the cursor or begins a line of its own."""
    from compliance.reports.text import printable

    click.echo(f"adcheck: {printable(line)}", err=True)


def _rules(names: Sequence[str]) -> list[Rule]:
    from compliance.findings.suppressions import DEFAULT_FILES, read_suppressions

    if "none" in names:
        return []
    files = [Path(name) for name in names] or [Path(name) for name in DEFAULT_FILES if Path(name).is_file()]
    return [rule for file in files for rule in read_suppressions(file)]


def changed_among(inputs: Inputs, files: Sequence[str], revision: str | None) -> list[tuple[str, bool]]:
    """The files to check, as `Inputs.files` finds them: all, or those that changed since a git revision.

    Raises:
        InputError: no file is named, no git, no checkout, or no such revision.
    """
    if revision is None:
        return list(inputs.files(files))
    if not files or "-" in files:
        raise InputError(
            "name the files or folders that may have changed",
            where="--changed-since",
            hint="Such as: adcheck check campaign/ --changed-since main.",
        )
    from compliance.findings.changed import changed_since

    changed = changed_since(revision, Path.cwd())

    def is_wanted(name: str) -> bool:
        path = Path(name).resolve()
        if not path.exists():  # a file that went is left out; of one that never was, the reader says so
            return path not in changed
        return path in changed or not changed.isdisjoint(path.parents)

    return [found for found in dict.fromkeys(inputs.files(files)) if is_wanted(found[0])]


def cache_of(options: dict[str, Any]) -> ResultCache | None:
    """The cache of results, where it is asked for."""
    if not options["cache"] and not options["cache_folder"]:
        return None
    from compliance.findings.cache import ResultCache

    return ResultCache(Path(options["cache_folder"]) if options["cache_folder"] else None)


def edits_of(results: Results) -> list[Edit]:
    """The safe fixes, each with the place of its caption as far as it is known."""
    return [edit for source, checklist in results if (edit := _edit_of(source, checklist)) is not None]


def _edit_of(source: Source, checklist: Checklist) -> Edit | None:
    from compliance.findings.fixes import Edit
    from compliance.reports import safe_fix
    from compliance.reports.places import region_of

    fix = safe_fix(checklist)
    if fix is None or not source.name:
        return None
    text = checklist.document.segments[0].text
    place = region_of(checklist, source, 0, 0, 0)
    if place.column:
        return Edit(source.name, fix.insert, text, place.line, place.column)
    return Edit(source.name, fix.insert, text, source.line or 0, source.column or 1)  # written with marks of its format


def with_fixes(results: Results) -> Results:
    """The results, each with what its safe fix is in its file, where one can be written there."""
    from dataclasses import replace

    from compliance.findings.fixes import changes_of
    from compliance.reports.source import Insertion

    edits = [_edit_of(*result) for result in results]
    places = {
        put.edit: Insertion(put.line, put.column, put.column + put.length, put.words)
        for change in changes_of(edit for edit in edits if edit is not None)
        for put in change.replacements
    }
    return [
        (replace(source, fix=places.get(edit)) if edit else source, found) for (source, found), edit in zip(results, edits, strict=True)
    ]


def write_fixes(changes: Sequence[Change]) -> list[tuple[Source, AdcheckError]]:
    """Write the changes and say so; what cannot be written keeps no other from it, and is returned."""
    from compliance.reports.source import Source

    problems: list[tuple[Source, AdcheckError]] = []
    for change in changes:
        try:
            change.write()
            tell(f"{change.name}: fixed.")
        except AdcheckError as error:
            problems.append((Source(change.name), error))
    return problems


def tell_left_out(left_out: Sequence[Edit]) -> None:
    """Say which fixes are not in a file, and what to do."""
    for name in dict.fromkeys(edit.name for edit in left_out):
        number = sum(1 for edit in left_out if edit.name == name)
        what = "1 fix is" if number == 1 else f"{number} fixes are"
        tell(
            f"{name}: {what} not written: text, Markdown, CSV, JSON, JSONL and YAML files are changed, where the caption stands as it "
            "was read and the file's encoding has the label's letters. Take it from the report."
        )


def further_reports(pairs: Sequence[str], formats: Sequence[str]) -> list[tuple[str, str]]:
    """The formats and files of `--also`.

    Raises:
        InputError: not a format and a file.
    """
    reports = [(pair.partition("=")[0], pair.partition("=")[2]) for pair in pairs]
    for format_, file in reports:
        if format_ not in formats or not file:
            raise InputError(
                f"cannot read {f'{format_}={file}'!r}",
                where="--also",
                hint=f"Write it as sarif=adcheck.sarif; formats: {', '.join(formats)}.",
            )
    return reports


def has_colour(option: str, output: str | None) -> bool:
    """Whether a text report is coloured: asked for, else on a terminal that has colours unless NO_COLOR is set (no-color.org)."""
    if option != "auto" or output is not None:
        return option == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in {"", "0", "false"}:
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
