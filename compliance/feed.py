"""Checklists of the posts of one page → their sum: for each duty the item of the post that fares worst, every fact and signal in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compliance.model import Checklist, Disclosure, Document, Fact, Facts, Item, Outcome, Profile, Signal, Span, Tri, Witness

_PLACES = ("platform_label", "post", "bio", "bio_more")


def joined(posts: Sequence[Checklist]) -> Checklist:
    """One checklist for a page with several posts; `posts` holds theirs. Of one post, its own checklist.

    The segments of the posts stand one after the other in the document of the sum, so that every span still leads to its words.
    """
    posts = _with_profiles(posts)
    if len(posts) == 1:
        return posts[0]
    starts = []
    total = 0
    for post in posts:
        starts.append(total)
        total += len(post.document.segments)
    shifted = [_Shift(start, post) for start, post in zip(starts, posts, strict=True)]
    first = posts[0]
    items: dict[str, Item] = {}
    for shift in shifted:
        for item in shift.items():
            known = items.get(item.duty)
            if known is None or _rank(item) > _rank(known):
                items[item.duty] = item
    return replace(
        first,
        document=_document(shifted),
        facts=_facts(shifted),
        items=tuple(items.values()),
        fix=None,
        profile=first.profile if all(post.profile == first.profile for post in posts) else None,
        says={key: value for post in posts for key, value in post.says.items()},
        signals=tuple(signal for shift in shifted for signal in shift.signals()),
        judged_on=tuple(dict.fromkeys(name for post in posts for name in post.judged_on)),
        not_seen=tuple(dict.fromkeys(name for post in posts for name in post.not_seen)),
        posts=tuple(posts),
    )


def _rank(item: Item) -> tuple[bool, int]:
    """How bad an item is beside its like: a problem that someone set aside counts less than any that is open."""
    return item.is_open and item.outcome >= Outcome.NEEDS_REVIEW, item.outcome


def _with_profiles(posts: Sequence[Checklist]) -> list[Checklist]:
    """The checklists, those of a profile's posts with what the profile says as a whole. A page begins at each post with index 0."""
    result: list[Checklist] = []
    page: list[Checklist] = []
    for post in posts:
        origin = post.document.origin
        if page and (origin is None or origin.index == 0):
            result.extend(_page(page))
            page = []
        page.append(post)
    return [*result, *_page(page)]


def _page(posts: list[Checklist]) -> list[Checklist]:
    origin = posts[0].document.origin
    if origin is None or origin.page != "profile":
        return posts
    profile = _profile(
        posts, next((post.document.origin.handle for post in posts if post.document.origin and post.document.origin.handle), None)
    )
    return [replace(post, profile=profile) for post in posts]


def _profile(posts: Sequence[Checklist], handle: str | None) -> Profile:
    places: set[str] = set()
    silent = []
    for index, post in enumerate(posts):
        own = {_where(item, post.document) for item in post.facts.disclosures if item.means == "ai_persona" and not item.negated}
        places |= own
        if not own & {"platform_label", "post"}:
            silent.append(index)
    persona = max(post.facts.values["ai_persona"].value for post in posts)
    declared_in = tuple(place for place in _PLACES if place in places)
    experience = tuple(index for index, post in enumerate(posts) if post.facts.values["experience_claim"].value is not Tri.NO)
    if posts[0].document.kind == "profile":  # the bio by itself
        silent, experience = [], ()
    names = posts[0].names
    key = "unknown" if persona is Tri.NO else "undeclared" if not declared_in else "posts" if not silent else declared_in[0]
    said = names.get(f"profile.{key}", "")
    if experience:
        said = f"{said} {names.get('profile.experience' if persona is not Tri.NO else 'profile.own_experience', '')}"
    message = said.strip().format(silent=len(silent), posts=len(posts), experience=len(experience))
    return Profile(handle, persona, declared_in, tuple(silent), experience, message)


def _where(item: Disclosure, document: Document) -> str:
    if item.span is None:
        return "platform_label"
    segment = document.segments[item.span.segment]
    if segment.scope == "bio":
        return "bio" if segment.visible else "bio_more"
    if segment.scope == "platform_label":
        return "platform_label"
    return "post" if segment.visible and segment.scope != "author" else "other"


class _Shift:
    """A post's checklist with its segments counted from `start`."""

    def __init__(self, start: int, post: Checklist) -> None:
        self._start = start
        self.post = post

    def span(self, span: Span | None) -> Span | None:
        return None if span is None else Span(span.segment + self._start, span.start, span.end)

    def witnesses(self, witnesses: Sequence[Witness]) -> tuple[Witness, ...]:
        return tuple(replace(witness, span=self.span(witness.span)) for witness in witnesses)

    def disclosure(self, item: Disclosure) -> Disclosure:
        return replace(item, span=self.span(item.span))

    def items(self) -> list[Item]:
        return [
            replace(
                item,
                evidence=self.witnesses(item.evidence),
                disclosure=None if item.disclosure is None else self.disclosure(item.disclosure),
            )
            for item in self.post.items
        ]

    def signals(self) -> list[Signal]:
        return [
            replace(signal, span=Span(signal.span.segment + self._start, signal.span.start, signal.span.end))
            for signal in self.post.signals
        ]

    def document(self) -> Document:
        document = self.post.document
        return replace(document, links=tuple(replace(link, segment=link.segment + self._start) for link in document.links))


def _document(shifted: Sequence[_Shift]) -> Document:
    documents = [shift.document() for shift in shifted]
    first = documents[0]
    return replace(
        first,
        segments=tuple(segment for document in documents for segment in document.segments),
        links=tuple(link for document in documents for link in document.links),
        marks=tuple(dict.fromkeys(mark for document in documents for mark in document.marks)),
        language=_common([document.language for document in documents]),
        kind="feed",
        complete=all(document.complete for document in documents),
        not_read=tuple(dict.fromkeys(name for document in documents for name in document.not_read)),
        origin=None if first.origin is None else replace(first.origin, index=0, line=1, url=None, posted=None),
    )


def _facts(shifted: Sequence[_Shift]) -> Facts:
    """Each fact as strong as in the post where it is strongest, with the witnesses of all of these."""
    values: dict[str, Fact] = {}
    connection: dict[str, tuple[Witness, ...]] = {}
    for shift in shifted:
        for name, fact in shift.post.facts.values.items():
            known = values.get(name, Fact(Tri.NO))
            seen = shift.witnesses(fact.witnesses)
            if name not in values or fact.value > known.value:
                values[name] = Fact(fact.value, seen)
            elif fact.value is known.value:
                values[name] = Fact(fact.value, tuple(dict.fromkeys((*known.witnesses, *seen))))
        for name, witnesses in shift.post.facts.connection.items():
            connection[name] = (*connection.get(name, ()), *shift.witnesses(witnesses))
    facts = [shift.post.facts for shift in shifted]
    return replace(
        facts[0],
        values=values,
        connection=connection,
        disclosures=tuple(shift.disclosure(item) for shift in shifted for item in shift.post.facts.disclosures),
        language=_common([item.language for item in facts]),
        language_known=all(item.language_known for item in facts),
        complete=all(item.complete for item in facts),
        contradictions=tuple((name, shift.witnesses(seen)) for shift in shifted for name, seen in shift.post.facts.contradictions),
    )


def _common(values: Sequence[str | None]) -> str | None:
    return values[0] if len(set(values)) == 1 else None
