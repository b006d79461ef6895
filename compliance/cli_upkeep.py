"""`adcheck rules new` and `adcheck rules diff`: skeletons of rules, and what a change of the rules does to outcomes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli_rules import engine_of, today
from compliance.errors import InputError

if TYPE_CHECKING:
    from compliance.engine import Engine
    from compliance.model import Document


@click.group("new")
def new() -> None:
    """Write the skeleton of a duty, a language or a market."""


def _root(rules_folder: str | None) -> Path:
    from compliance.rulebook import RULES

    return Path(rules_folder) if rules_folder else RULES


@new.command("duty")
@click.argument("duty_id")
@click.option("--topic", required=True, help="sponsorship, gift, affiliate, own-brand, ai-persona, ai-content, claim …")
@click.option("--title", required=True, help="What the duty asks, in English, as a sentence that can be true.")
@click.option("--title-nl", required=True, help="The same in Dutch.")
@click.option("--cite", required=True, help="The article, section or ruling.")
@click.option("--authority", required=True, help="Who issued it.")
@click.option("--url", required=True, help="Where it can be read.")
@click.option("--in-force", "since", required=True, help="The day on which it began to bind (2026-06-01).")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
def rules_new_duty(
    duty_id: str, topic: str, title: str, title_nl: str, cite: str, authority: str, url: str, since: str, rules_folder: str | None
) -> None:
    """Write a duty as a draft, ready to be filled in: DUTY_ID is such as nl.gift-label."""
    from compliance.upkeep.scaffold import new_duty

    book = engine_of(rules_folder).rulebook
    path = new_duty(
        book,
        _root(rules_folder),
        duty_id,
        topic,
        title,
        title_nl,
        cite,
        authority,
        url,
        today(since).isoformat(),
        today(None).isoformat(),
    )
    click.echo(f"{path} written. Fill in labels and examples, then: adcheck rules test {path.parent.name}/{path.name}")


@new.command("language")
@click.argument("language")
@click.option("--label", "slug", required=True, help="Short name of the first label, in plain letters: mainos.")
@click.option("--wording", required=True, help="The language's word for advertising, as it is written: Mainos.")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
def rules_new_language(language: str, slug: str, wording: str, rules_folder: str | None) -> None:
    """Write labels/LANGUAGE.yaml with the language's word for advertising."""
    from compliance.upkeep.scaffold import new_language

    path = new_language(engine_of(rules_folder).rulebook, _root(rules_folder), language, slug, wording)
    click.echo(f"{path} written. Add the other wordings, then: adcheck rules test {path.name}")


@new.command("market")
@click.argument("market")
@click.option("--name", required=True, help="Its name in English.")
@click.option("--name-nl", required=True, help="Its name in Dutch.")
@click.option("--languages", required=True, help="The languages that its audience reads: fi,sv.")
@click.option("--parents", default="", help="What it inherits: eu,icc.")
@click.option("--regulator", required=True, help="Who judges advertising there.")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
def rules_new_market(market: str, name: str, name_nl: str, languages: str, parents: str, regulator: str, rules_folder: str | None) -> None:
    """Add a market to jurisdictions.yaml."""
    from compliance.upkeep.scaffold import new_market

    def split(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())

    book = engine_of(rules_folder).rulebook
    path = new_market(book, _root(rules_folder), market, name, name_nl, split(languages), split(parents), regulator)
    click.echo(f"{market} added to {path}. Next: adcheck rules new duty {market}.ad-label …")
    for wordless in (item for item in split(languages) if not any(entry.language == item for entry in book.entries.values())):
        click.echo(f"No words are known in {wordless}: adcheck rules new language {wordless} …")


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--corpus", "-c", required=True, multiple=True, help="Posts to judge by both: JSONL, or a text file with one post.")
@click.option("--reach", "-r", default="", help="Markets; all that both rulebooks know if not given.")
@click.option("--as-of", help="The date whose law counts; today if not given.")
@click.option("--format", "-f", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--exit-code", is_flag=True, help="Exit code 1 where any outcome differs.")
@click.pass_context
def diff(
    ctx: click.Context, old: str, new: str, corpus: tuple[str, ...], reach: str, as_of: str | None, format_: str, exit_code: bool
) -> None:
    """What changes in outcomes between the rulebooks OLD and NEW: rules folders, or git:REVISION for the rules of a commit."""
    from compliance.upkeep.diff import compare

    with _rules_at(old) as first, _rules_at(new) as second:
        engines = engine_of(first), engine_of(second)
        markets = [part.strip() for part in reach.split(",") if part.strip()]
        result = compare(*engines, _posts(corpus, *engines), markets, as_of)
    if format_ == "json":
        click.echo(json.dumps(result.to_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo(_diff_text(result.to_dict()))
    ctx.exit(1 if exit_code and result.changes else 0)


def _diff_text(data: dict[str, object]) -> str:
    lines = [f"old {data['old']['version']} {data['old']['digest'][:19]}  new {data['new']['version']} {data['new']['digest'][:19]}"]  # type: ignore[index]
    for kind in ("duties", "labels"):
        for what, names in data[kind].items():  # type: ignore[attr-defined]
            if names:
                lines.append(f"{kind} {what}: {', '.join(names)}")
    changes = data["changes"]
    assert isinstance(changes, list)
    lines.append(f"{len(changes)} outcomes differ on {data['posts']} posts.")
    for row in data["counts"]:  # type: ignore[attr-defined]
        lines.append(f"  {row['posts']:5}  {row['duty']:36} {row['before']} → {row['after']}")
    for change in changes[:200]:
        gates = "/".join(str(side["gate"] or "-") for side in (change["before"], change["after"]))
        words = f"  “{change['words'][:80]}”" if change["words"] else ""
        lines.append(f"{change['post']}: {change['duty']} {change['before']['outcome']} → {change['after']['outcome']} ({gates}){words}")
    if len(changes) > 200:
        lines.append(f"… and {len(changes) - 200} more; --format json has them all.")
    return "\n".join(lines)


@contextmanager
def _rules_at(name: str) -> Iterator[Path]:
    """The rules folder that `name` means: a folder, or git:REVISION of the repository that the current folder is in."""
    import subprocess
    import tarfile
    import tempfile

    if not name.startswith("git:"):
        yield Path(name)
        return
    revision = name.removeprefix("git:")
    if revision.startswith("-"):
        raise InputError(f"{revision!r} is no revision", where="rules diff", hint="Write git:main or git:HEAD~1.")
    done = subprocess.run(["git", "archive", "--format=tar", revision, "rules"], capture_output=True, check=False)  # noqa: S603, S607 - git itself, no shell
    if done.returncode:
        message = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(
            f"git has no rules at {revision!r}: {message[-1] if message else 'git failed'}",
            where="rules diff",
            hint="Run it in the repository, with a revision that exists.",
        )
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder) / "rules"


def _posts(corpus: tuple[str, ...], old: Engine, new: Engine) -> Iterator[tuple[str, Document, Document]]:
    """Each post of the corpus, read with the platforms of either rulebook."""
    from compliance.readers import read_caption, read_jsonl

    for name in corpus:
        path = Path(name)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror or error}", where=name, hint="Name a file that exists.") from error
        if path.suffix.lower() not in {".jsonl", ".ndjson"}:
            text = data.decode("utf-8", "replace").rstrip("\n")
            yield name, read_caption(text, old.rulebook), read_caption(text, new.rulebook)
            continue
        pairs = zip(read_jsonl(io.BytesIO(data), old.rulebook, name, {}), read_jsonl(io.BytesIO(data), new.rulebook, name, {}), strict=True)
        for first, second in pairs:
            wrong = first.error or second.error
            if wrong is not None:
                raise wrong
            for before, after in zip(first.documents, second.documents, strict=False):
                yield f"{name}:{first.line}" + (f" [{first.id}]" if first.id else ""), before, after
