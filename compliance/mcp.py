"""The Model Context Protocol server: a writing assistant checks a caption, asks what a duty says, and which labels a market accepts, before
it posts. Over standard input and output alone; nothing leaves the machine. Needs `adcheck[mcp]`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult, TextContent, Tool, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from compliance import __version__, readers
from compliance.atlas import VERDICTS, cells
from compliance.config import Settings
from compliance.engine import Engine
from compliance.errors import AdcheckError, InputError, nearest
from compliance.model import Checklist, Item, Outcome
from compliance.rulepage import duty_page

INSTRUCTIONS = (
    "Adcheck judges by fixed rules whether a post says that it is advertising or made with AI, as each market's regulator asks. "
    "Check a caption before it is posted, and check it again after every change. It never says that a post is lawful: "
    "`no problem found` speaks of what was given only. Ask the user for facts that it cannot see (paid, gifted, AI-made) and pass them on as `declared`; "
    "never guess them. Where `fix` cures all that fails, offer its text; what it leaves is for the user to rewrite as `message` and `advice` say."
)
_READING = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_Interface = Annotated[Literal["en", "nl"] | None, Field(description="Language of the answer's sentences; en if not given.")]
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
    certainty: str = Field(description="primary (read at the authority itself), secondary, memory or unsettled.")


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
    message: str = Field(description="What is wrong, and which label would do; or what to ask the user.")
    words: list[str] = Field(description="The words that caused it, each once.")
    why: list[str] = Field(description="What each of the words does in the post.")
    advice: str = Field(description="What to do beyond a label; empty where the message says it all.")
    law: list[Law]


class Corrected(BaseModel):
    """The smallest change that cures what a label can cure; it has been checked again."""

    text: str
    insert: str
    cures: list[str] = Field(description="The duties that no longer fail or ask with it.")
    leaves: list[str] = Field(description="The duties that still fail with it: a label does not cure them.")
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
    """Labels and what the markets say of them, accepted ones first."""

    labels: list[LabelVerdict]
    left_out: int = Field(description="How many more there are; narrow the question to see them.")


_MOST_LABELS = 60
"""An assistant reads no more; who wants all takes `adcheck rules export`."""
_MOST_WORDS = 20


class Checks:
    """The tools, over one engine and what the config says of posts that say nothing of it themselves."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings

    def check_caption(
        self,
        text: Annotated[str, Field(description="The caption as it would be posted, hashtags included.")],
        markets: Annotated[
            list[str] | None,
            Field(description="Markets that the post reaches: nl, de, gb, us-ny …; those of the user's adcheck.toml if not given."),
        ] = None,
        platform: Annotated[str | None, Field(description="instagram, tiktok, youtube …; decides where the text is cut.")] = None,
        surface: Annotated[str | None, Field(description="feed, reel, story …")] = None,
        language: Annotated[str | None, Field(description="The caption's language (nl); guessed if not given.")] = None,
        bio: Annotated[str | None, Field(description="The account's bio.")] = None,
        campaign: Annotated[str | None, Field(description="The campaign that it belongs to, as adcheck.toml calls it.")] = None,
        declared: Declared | None = None,
        as_of: Annotated[str | None, Field(description="The date whose law counts, such as 2026-11-23; today if not given.")] = None,
        interface: _Interface = None,
    ) -> Answer:
        """Judge a post's caption for one or more markets: does it say that it is advertising or AI-made as the law there asks, and does it claim what
        such a speaker cannot claim. Returns what fails or needs a look, each with the words, the law and the smallest fix."""
        stated = declared.model_dump(exclude_none=True) if declared is not None else {}
        given = {"platform": platform, "surface": surface, "language": language, "bio": bio}
        given = {key: value for key, value in given.items() if value}
        try:
            defaults = self._settings.defaults(campaign)
            around = {key: value for key, value in defaults.items() if key != "surface" or "platform" not in given}
            facts = {**defaults["declared"], **stated}
            reach = markets or self._settings.get("reach")
            if not reach:
                raise InputError(
                    "no market was named", where="/reach", hint="Ask which countries the post reaches, and name them: nl, de, gb, us …"
                )
            document = readers.read_caption(text, self._engine.rulebook, **{**around, **given, "declared": facts})
            found = self._engine.check(
                document, reach, as_of or self._settings.get("as-of"), interface or self._settings.get("interface") or "en"
            )
        except AdcheckError as error:
            raise _told(error) from error
        return _answer(found)

    def explain_duty(
        self,
        duty: Annotated[str, Field(description="A duty's id, such as nl.ad-label; check_caption names them.")],
        interface: _Interface = None,
    ) -> Explained:
        """What a duty asks, on which law it rests, when it applies, which labels it accepts and refuses, with worked examples."""
        book = self._engine.rulebook
        found = book.duties.get(duty.strip().lower())
        if found is None:
            raise ToolError(f"duty: no duty is called {duty!r}. {nearest(duty, book.duties)}")
        return Explained(duty=found.id, markdown=duty_page(found, book, interface or "en"))

    def list_labels(
        self,
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
        book = self._engine.rulebook
        try:
            named = [book.jurisdiction(market, f"/reach/{index}") for index, market in enumerate(markets)]
        except AdcheckError as error:
            raise _told(error) from error
        if language and language not in self._engine.lexicon.languages:
            raise ToolError(f"language: there are no labels in {language!r}. Known: {', '.join(self._engine.lexicon.languages)}.")
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
        rows.sort(key=lambda row: VERDICTS.index(row.verdict))
        return Labels(labels=rows[:_MOST_LABELS], left_out=max(0, len(rows) - _MOST_LABELS))


def _told(error: AdcheckError) -> ToolError:
    """The error as the assistant's own arguments call things."""
    where = error.where.lstrip("/").replace("reach", "markets", 1)
    return ToolError(str(type(error)(error.message, hint=error.hint, where=where)))


def _answer(found: Checklist) -> Answer:
    items = sorted((item for item in found.items if item.outcome >= Outcome.NEEDS_REVIEW), key=lambda item: (-item.outcome, -item.severity))
    fix = found.fix
    corrected = None
    if fix is not None:
        leaves = [item.duty for item in items if item.outcome is Outcome.FAIL and item.duty not in fix.cures]
        corrected = Corrected(text=fix.text, insert=fix.insert, cures=list(fix.cures), leaves=leaves, only_if=fix.only_if)
    return Answer(
        outcome=cast(_Outcome, found.outcome.key),
        items=[_found(item, found) for item in items],
        fix=corrected,
        markets=list(found.reach),
        as_of=found.as_of,
        not_seen=[found.names.get(f"segment.{key}", key.replace("_", " ")) for key in found.not_seen],
        rulebook=f"{found.rulebook['version']} {found.rulebook['digest']}",
    )


def _found(item: Item, checklist: Checklist) -> Found:
    words: dict[str, None] = {}
    why: dict[str, None] = {}
    for witness in item.evidence:
        if witness.span is None:
            continue
        segment = checklist.document.segments[witness.span.segment]
        quoted = segment.text[witness.span.start : witness.span.end]
        words[quoted] = None
        if witness.id in checklist.says:
            scope = checklist.names.get(f"segment.{segment.scope}", segment.scope)
            why[f"“{quoted}” ({scope}) {checklist.says[witness.id]}"] = None
    return Found(
        duty=item.duty,
        jurisdiction=item.jurisdiction,
        outcome=cast(_Told, item.outcome.key),
        gate=item.gate.key if item.gate is not None else None,
        severity=item.severity.key,
        title=item.title,
        message=item.message,
        words=list(words)[:_MOST_WORDS],
        why=list(why)[:_MOST_WORDS],
        advice=item.advice,
        law=[Law(cite=law.cite, authority=law.authority, url=law.url, certainty=law.certainty) for law in item.law],
    )


class _Server(MCPServer):
    """A server that refuses arguments which a tool does not have, says what is wrong with others in a line each, and wastes no white space."""

    async def list_tools(self) -> list[Tool]:
        return [
            tool.model_copy(update={"input_schema": {**tool.input_schema, "additionalProperties": False}})
            for tool in await super().list_tools()
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        known: Mapping[str, Any] = next((tool.input_schema["properties"] for tool in await self.list_tools() if tool.name == name), {})
        for key in arguments if known else ():
            if key not in known:
                raise ToolError(f"{key}: {name} takes no such argument. {nearest(key, known)}")
        try:
            result = await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise ToolError(str(error).removeprefix(f"Error executing tool {name}: ")) from error
            wrong = [(".".join(map(str, part["loc"])), part) for part in error.__cause__.errors()]
            lines = (
                f"{place}: there is no such fact. {nearest(str(part['loc'][-1]), Declared.model_fields)}"
                if part["type"] == "extra_forbidden"
                else f"{place}: {part['msg']}."
                for place, part in wrong
            )
            raise ToolError(" ".join(lines)) from error.__cause__
        if isinstance(result, CallToolResult) and result.structured_content is not None:
            told = json.dumps(result.structured_content, ensure_ascii=False, separators=(",", ":"))
            return result.model_copy(update={"content": [TextContent(type="text", text=told)]})
        return result


def make_server(engine: Engine, settings: Settings) -> MCPServer:
    """The server over an engine, with the settings that hold where the assistant says nothing."""
    server = _Server("adcheck", title="Adcheck", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    checks = Checks(engine, settings)
    for title, tool in (
        ("Check a caption", checks.check_caption),
        ("Explain a duty", checks.explain_duty),
        ("List labels", checks.list_labels),
    ):
        server.add_tool(tool, title=title, annotations=_READING)
    return server


def serve(engine: Engine, settings: Settings) -> None:
    """Answer on standard input and output until it is closed."""
    make_server(engine, settings).run("stdio")
