"""The Model Context Protocol server: a writing assistant checks a caption, asks what a duty says, and which labels a market accepts, before
it posts. Over standard input and output alone; nothing leaves the machine. Needs `adcheck[mcp]`."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field

from compliance import __version__, check, default_engine
from compliance.atlas import cells
from compliance.dutyfile import nearest
from compliance.errors import AdcheckError
from compliance.model import Checklist, Item, Outcome
from compliance.rulepage import duty_page

INSTRUCTIONS = (
    "Adcheck judges by fixed rules whether a post says that it is advertising or made with AI, as each market's regulator asks. "
    "Check a caption before it is posted, and check it again after every change. It never says that a post is lawful: "
    "`no problem found` speaks of what was given only. Ask the user for facts that it cannot see (paid, gifted, AI-made) and pass them on as `declared`."
)
_READING = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_Interface = Annotated[Literal["en", "nl"], Field(description="Language of the answer's sentences.")]
_Relationship = Literal[
    "paid", "gifted", "affiliate", "discount", "trip", "ambassador", "employee", "family", "own_brand", "contest", "none"
]


class Declared(BaseModel):
    """What the user states of the post. Leave out what is not known; nothing is assumed."""

    model_config = ConfigDict(extra="forbid")
    relationship: _Relationship | None = Field(None, description="What the poster got or is to the brand; `none` if nothing.")
    brand: str | None = Field(None, description="The brand's name or handle.")
    persona: Literal["synthetic", "human"] | None = Field(None, description="Whether the person shown is made with a computer.")
    ai_content: Literal["generated", "modified", "none"] | None = Field(
        None, description="Whether picture, video or text is made or altered with AI."
    )
    retouched: bool | None = Field(None, description="Whether a body in the picture was edited.")
    media: Literal["image", "video", "audio", "text"] | None = None
    platform_label: bool | None = Field(None, description="Whether the platform's paid partnership label is switched on.")
    ai_label: bool | None = Field(None, description="Whether the platform's AI label is switched on.")
    audience_under_18: bool | None = None


class Law(BaseModel):
    """A source of law and how surely it was read."""

    cite: str
    authority: str
    url: str
    certainty: str


_Told = Literal["fail", "needs_review"]
_Outcome = Literal["fail", "needs_review", "pass", "not_applicable"]


class Found(BaseModel):
    """A duty that fails or needs a person's look."""

    duty: str = Field(description="Id for explain_duty.")
    jurisdiction: str
    outcome: _Told
    gate: str | None = Field(description="What is wrong with the label: missing, obscured, language, wording or placement.")
    severity: str
    title: str
    message: str
    words: list[str] = Field(description="The words that caused it.")
    advice: str
    law: list[Law]


class Corrected(BaseModel):
    """The smallest change that cures what fails; it has been checked again."""

    text: str
    insert: str
    only_if: str | None = Field(description="The fact that must be true for this fix, if it is not known.")


class Answer(BaseModel):
    """The outcome for a caption."""

    outcome: _Outcome
    items: list[Found]
    fix: Corrected | None
    markets: list[str]
    as_of: str
    not_seen: list[str] = Field(description="What could change the outcome and was not given.")
    rulebook: str


class Explained(BaseModel):
    """A duty's reference page."""

    duty: str
    markdown: str


class LabelVerdict(BaseModel):
    """What one legal instrument says of one label."""

    text: str
    language: str
    means: str
    market: str
    duty: str
    verdict: str = Field(description="accepted, qualified (under `needs`), ambiguous or rejected.")
    needs: list[str]
    connection: list[str] = Field(description="Holds for these relationships; empty: for all.")
    note: str
    cite: str
    url: str
    certainty: str


class Labels(BaseModel):
    """Labels and what the markets say of them."""

    labels: list[LabelVerdict]
    left_out: int = Field(description="How many more there are; narrow the question to see them.")


server: MCPServer = MCPServer("adcheck", title="Adcheck", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")


@server.tool(title="Check a caption", annotations=_READING)
def check_caption(
    text: Annotated[str, Field(description="The caption as it would be posted, hashtags included.")],
    markets: Annotated[list[str], Field(min_length=1, description="Markets that the post reaches: nl, de, gb, us-ny …")],
    platform: Annotated[str | None, Field(description="instagram, tiktok, youtube …; decides where the text is cut.")] = None,
    surface: Annotated[str | None, Field(description="feed, reel, story …")] = None,
    language: Annotated[str | None, Field(description="The caption's language (nl); guessed if not given.")] = None,
    bio: Annotated[str | None, Field(description="The account's bio.")] = None,
    declared: Declared | None = None,
    as_of: Annotated[str | None, Field(description="The date whose law counts, such as 2026-11-23; today if not given.")] = None,
    interface: _Interface = "en",
) -> Answer:
    """Judge a post's caption for one or more markets: does it say that it is advertising or AI-made as the law there asks, and does it claim what such a
    speaker cannot claim. Returns what fails or needs a look, each with the words, the law and the smallest fix."""
    facts = declared.model_dump(exclude_none=True) if declared is not None else None
    try:
        found = check(
            text=text,
            reach=markets,
            platform=platform,
            surface=surface,
            language=language,
            bio=bio,
            declared=facts,
            as_of=as_of,
            interface=interface,
        )
    except AdcheckError as error:
        raise ToolError(str(error)) from error
    return _answer(found)


def _answer(found: Checklist) -> Answer:
    items = sorted((item for item in found.items if item.outcome >= Outcome.NEEDS_REVIEW), key=lambda item: (-item.outcome, -item.severity))
    fix = found.fix
    return Answer(
        outcome=cast(_Outcome, found.outcome.key),
        items=[_found(item, found) for item in items],
        fix=Corrected(text=fix.text, insert=fix.insert, only_if=fix.only_if) if fix is not None else None,
        markets=list(found.reach),
        as_of=found.as_of,
        not_seen=[found.names.get(f"segment.{key}", key.replace("_", " ")) for key in found.not_seen],
        rulebook=f"{found.rulebook['version']} {found.rulebook['digest']}",
    )


def _found(item: Item, checklist: Checklist) -> Found:
    spans = [witness.span for witness in item.evidence if witness.span is not None]
    return Found(
        duty=item.duty,
        jurisdiction=item.jurisdiction,
        outcome=cast(_Told, item.outcome.key),
        gate=item.gate.key if item.gate is not None else None,
        severity=item.severity.key,
        title=item.title,
        message=item.message,
        words=[checklist.document.segments[span.segment].text[span.start : span.end] for span in spans],
        advice=item.advice,
        law=[Law(cite=law.cite, authority=law.authority, url=law.url, certainty=law.certainty) for law in item.law],
    )


@server.tool(title="Explain a duty", annotations=_READING)
def explain_duty(
    duty: Annotated[str, Field(description="A duty's id, such as nl.ad-label; check_caption names them.")], interface: _Interface = "en"
) -> Explained:
    """What a duty asks, on which law it rests, when it applies, which labels it accepts and refuses, with worked examples."""
    book = default_engine().rulebook
    found = book.duties.get(duty)
    if found is None:
        raise ToolError(f"no duty is called {duty!r}. {nearest(duty, book.duties)}")
    return Explained(duty=duty, markdown=duty_page(found, book, interface))


@server.tool(title="List labels", annotations=_READING)
def list_labels(
    markets: Annotated[list[str], Field(min_length=1, description="Markets: nl, de … Their parents (eu, icc) are looked up as well.")],
    language: Annotated[str, Field(description="Only labels in this language (nl); empty: all.")] = "",
    relationship: Annotated[_Relationship | Literal[""], Field(description="Only verdicts that hold for it; empty: all.")] = "",
    means: Annotated[
        Literal["", "sponsorship", "ai_persona", "ai_content", "retouched"], Field(description="Only labels that say this; empty: all.")
    ] = "",
    verdict: Annotated[
        Literal["", "accepted", "qualified", "ambiguous", "rejected"], Field(description="Only labels with this verdict; empty: all.")
    ] = "",
) -> Labels:
    """Which disclosure labels each market's instruments accept, accept under conditions, find unclear or refuse, each with its source."""
    book = default_engine().rulebook
    try:
        named = [book.jurisdiction(market, "markets") for market in markets]
    except AdcheckError as error:
        raise ToolError(str(error)) from error
    wanted = dict.fromkeys(name for market in named for name in (market.id, *market.parents))
    rows = [
        LabelVerdict(
            text=cell.text,
            language=cell.language,
            means=cell.means,
            market=cell.market,
            duty=cell.duty,
            verdict=cell.verdict,
            needs=list(cell.needs),
            connection=list(cell.connection),
            note=cell.note,
            cite=cell.cite,
            url=cell.url,
            certainty=cell.certainty,
        )
        for market in wanted
        for cell in cells(book, market, language, relationship, means)
        if not verdict or cell.verdict == verdict
    ]
    return Labels(labels=rows[:_MOST_LABELS], left_out=max(0, len(rows) - _MOST_LABELS))


_MOST_LABELS = 200
"""An assistant reads no more; who wants all takes `adcheck rules export`."""


def serve() -> None:
    """Answer on standard input and output until it is closed."""
    server.run("stdio")
