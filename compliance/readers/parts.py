"""The parts of a page: its own content, and what stands around it. Names of elements, roles and classes in one pass, then where the prose is.

The own content is one element (the article, `main`, or where most of the prose stands); inside it boxes of other things are cut out again.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from compliance.readers.source import PlacedSoup

SCOPES = ("body", "aside", "hidden", "header", "nav", "footer", "teaser", "ad", "comments", "consent")
"""Where a page's text can stand, in the order of the segments. All but `body` is not the page's own content."""

_BY_NAME = {"nav": "nav", "aside": "aside", "footer": "footer", "header": "header"}
RAIL = frozenset({"nav", "aside", "footer"})
"""Elements that stand around a page's own content by their name alone."""
_BY_ROLE = {"navigation": "nav", "complementary": "aside", "contentinfo": "footer", "banner": "header", "menu": "nav", "menubar": "nav"}
_WORDS = {
    "consent": {"cookie", "cookies", "consent", "gdpr", "onetrust", "cookiebot", "didomi", "usercentrics", "cookiebanner", "cookienotice"},
    "comments": {"comments", "commentlist", "disqus", "livefyre", "commentform", "respond", "kommentare", "reacties", "commentaires"},
    "teaser": {"taboola", "trc", "outbrain", "zergnet", "revcontent", "mgid", "plista", "ligatus", "related", "relatedposts", "yarpp", "rp4wp", "recommended",
               "recommendations", "recirculation", "recirc", "teasers", "teaserlist", "similar", "trending", "upnext", "nativo", "sharethrough"},
    "ad": {"ad", "ads", "adv", "advert", "adverts", "advertisement", "advertising", "adsbygoogle", "adsense", "adslot", "adunit", "adbox", "adcontainer",
           "adwrapper", "dfp", "gpt", "mpu", "leaderboard", "skyscraper", "teads", "billboard"},
    "nav": {"nav", "navigation", "navbar", "menu", "submenu", "breadcrumb", "breadcrumbs", "offcanvas", "flyout", "topnavigation"},
    "footer": {"footer", "colophon"},
    "aside": {"sidebar", "rail"},
    "header": {"masthead"},
}  # fmt: skip
_PAIRS = {
    ("more", "posts"): "teaser", ("more", "stories"): "teaser", ("read", "next"): "teaser", ("most", "read"): "teaser", ("most", "popular"): "teaser",
    ("you", "may"): "teaser", ("also", "like"): "teaser", ("popular", "posts"): "teaser", ("recent", "posts"): "teaser", ("latest", "news"): "teaser",
    ("widget", "area"): "aside", ("side", "bar"): "aside", ("right", "rail"): "aside", ("comment", "list"): "comments", ("comment", "form"): "comments",
}  # fmt: skip
_STATEMENT = {
    "disclosure",
    "disclaimer",
    "affiliate",
    "kicker",
    "advertorial",
    "kennzeichnung",
    "affiliatedisclosure",
    "affiliatedisclaimer",
}
"""Words in the class of a box that speaks about the page itself, also inside boxes that other words name."""
_LABEL = {"label", "badge", "notice", "hinweis", "tag", "marker", "flag", "post", "article", "story"}
"""Beside `ad`: a label of the article, not a slot for a banner."""
_SLOT = {"container", "slot", "unit", "wrapper"}
_NO_SLOT = {"no", "has", "with", "free", "without"}
_ALWAYS_WHOLE = frozenset({"html", "body", "main", "article", "h1", "[document]"})
_UNREAD = frozenset({"script", "style", "template", "noscript", "head", "svg", "select", "textarea", "iframe", "title"})
_FOREIGN = frozenset(SCOPES) - {"body", "header"}
_APART = frozenset({"nav", "consent", "comments", "teaser", "ad", "footer"})
_PROSE = 60
"""Characters from which a run of text counts as prose: menus and teasers are shorter."""
_MOST = 0.6
"""The share of the prose that the own content holds."""
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_ELSEWHERE = re.compile(
    r"(?:you (?:may|might) (?:also )?(?:like|enjoy|be interested)|you'?ll (?:also )?love|related (?:posts?|articles?|stories|content|reading)|"
    r"recommended (?:for you|stories|articles|posts)|more (?:from|stories|posts|articles|like this)|read (?:more|next|also)|from (?:around the web|our partners)|around the web|"
    r"sponsored (?:links|stories|content from)|promoted (?:links|stories)|most (?:read|popular)|popular posts|recent posts|latest (?:posts|stories|news)|"
    r"das könnte (?:dich|sie|euch|ihnen)|mehr (?:zum thema|artikel|von|aus)|ähnliche (?:artikel|beiträge)|weitere (?:artikel|beiträge|themen)|auch interessant|"
    r"meistgelesen|lesen sie auch|lees ook|lees verder|meer (?:lezen|artikelen|van|over)|gerelateerd|misschien vind je|aanbevolen|meest gelezen|"
    r"à lire aussi|lire aussi|articles? (?:similaires|liés|recommandés)|vous (?:aimerez|pourriez)|sur le même sujet|à découvrir aussi|les plus lus|"
    r"también te puede|te puede interesar|artículos relacionados|noticias relacionadas|lo más leído|"
    r"potrebbe (?:interessarti|piacerti)|ti potrebbe|articoli correlati|leggi anche|veja também|leia (?:também|mais)|artigos relacionados|você também pode|"
    r"zobacz (?:także|też)|czytaj (?:także|też)|polecane|læs også|relaterede|läs (?:också|även|mer)|relaterat|les også)",
    re.IGNORECASE,
)
"""How a box with other content is headed."""
_SPLIT = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@functools.lru_cache(maxsize=8192)
def _part_of_words(names: str) -> str | None:
    """The part that class and id words name: a scope, `body` for a statement about the page, or None."""
    words = _SPLIT.split(_CAMEL.sub("-", names).lower())
    here = set(words)
    if here & _STATEMENT:
        return "body"
    for scope, known in _WORDS.items():
        if here & known and not (scope == "ad" and _not_a_slot(here)):
            return scope
    for pair in itertools.pairwise(words):
        if pair in _PAIRS:
            return _PAIRS[pair]
    return None


def _not_a_slot(words: set[str]) -> bool:
    """Whether words with `ad` in them name something else than a banner's place: a label, or a box that merely has or lacks ads."""
    return bool(words & _NO_SLOT) or bool(words & _LABEL and not words & _SLOT)


def _named_part(tag: Tag) -> str | None:
    attributes = tag.attrs
    if attributes:
        names = attributes.get("class", "")
        own = attributes.get("id", "")
        if names or own:
            found = _part_of_words(f"{own} {names if isinstance(names, str) else ' '.join(names)}")
            if found is not None and tag.name not in _ALWAYS_WHOLE:
                return found
        role = attributes.get("role")
        if role is not None and role in _BY_ROLE:
            return _BY_ROLE[str(role)]
    return _BY_NAME.get(tag.name)


def find_parts(soup: PlacedSoup) -> Mapping[int, str]:
    """The scope that begins at an element, by `id()` of the element; what is not in it has the scope of its parent, the whole page `body`."""
    named: dict[int, str] = {}
    prose: dict[int, int] = {}
    all_prose: dict[int, int] = {}
    tags: list[Tag] = []
    order: dict[int, int] = {}
    looked_at: set[int] = set()
    for node in soup.nodes:
        if isinstance(node, Tag):
            order[id(node)] = len(tags)
            tags.append(node)
            found = _named_part(node)
            if found is None and node.name in _HEADINGS:
                _head_a_box(node, named, looked_at)
            elif found is not None:
                named[id(node)] = found
        elif type(node) is NavigableString and len(node) >= _PROSE:
            _weigh(node, named, prose, all_prose)
    if all_prose.get(id(soup), 0) * 0.3 > prose.get(id(soup), 0):  # the classes mean something else here: trust the elements alone
        named = {id(tag): _BY_NAME[tag.name] for tag in tags if tag.name in _BY_NAME}
        prose = all_prose
    main = _own_content(soup, tags, named, prose)
    if main is None:
        return _without_main(tags, named)
    return _around(main, tags, named, order)


def _head_a_box(heading: Tag, named: dict[int, str], looked_at: set[int]) -> None:
    """A heading such as "Related posts" makes a box of its parent, which must hold nothing but it and links."""
    words = heading.get_text(" ", strip=True)
    if len(words) > 60 or not _ELSEWHERE.match(words):
        return
    box = heading.parent
    while box is not None and box.name in {"header", "span", "a"}:
        box = box.parent
    if box is None or box.name in _ALWAYS_WHOLE or id(box) in named or id(box) in looked_at:
        return
    looked_at.add(id(box))
    if (
        len(box.find_all(["h1", "h2"], limit=3)) < 3
        and sum(len(item.get_text()) for item in box.find_all("p", limit=12, recursive=False)) < 2 * _PROSE
    ):
        named[id(box)] = "teaser"


def _weigh(node: NavigableString, named: Mapping[int, str], prose: dict[int, int], all_prose: dict[int, int]) -> None:
    """Count a run of text for all elements around it, and for those inside the nearest named part only there."""
    size = len(node)
    chain = list(node.parents)
    if any(tag.name in _UNREAD or tag.name == "a" for tag in chain[:4]):
        return
    inside = True
    for tag in chain:
        all_prose[id(tag)] = all_prose.get(id(tag), 0) + size
        if inside:
            prose[id(tag)] = prose.get(id(tag), 0) + size
            inside = named.get(id(tag), "body") == "body" or tag.name == "header"


def _own_content(soup: BeautifulSoup, tags: list[Tag], named: Mapping[int, str], prose: Mapping[int, int]) -> Tag | None:
    total = prose.get(id(soup), 0)
    whole = [tag for tag in tags if tag.name == "article" and tag.find_parent("article") is None and not _inside(tag, named)]
    heads = [tag for tag in tags if tag.name == "h1"]
    best = max(whole, key=lambda tag: prose.get(id(tag), 0), default=None)
    if best is not None and (len(whole) == 1 or prose.get(id(best), 0) >= _MOST * total > 0):
        if len(whole) == 1 and total and prose.get(id(best), 0) < 0.2 * total:
            best = None
        else:
            return _with_head(best, heads)
    for tag in tags:
        if (tag.name == "main" or tag.attrs.get("role") == "main") and (not total or prose.get(id(tag), 0) >= 0.3 * total):
            return _narrowed(tag, prose, heads) if best is None or len(whole) < 3 else tag
    if total < 4 * _PROSE:
        return None
    start = next((tag for tag in tags if tag.name == "body"), None)
    found = _narrowed(start or soup, prose, heads)
    return None if found is start or found is soup else found


def _inside(tag: Tag, named: Mapping[int, str], scopes: frozenset[str] = _FOREIGN) -> bool:
    """Whether an element stands in one of these parts."""
    return any(named.get(id(parent)) in scopes for parent in tag.parents)


def _narrowed(tag: Tag, prose: Mapping[int, int], heads: list[Tag]) -> Tag:
    """The innermost element that still holds most of the prose, and the headline if there is one in `tag`."""
    total = prose.get(id(tag), 0)
    start = tag
    while total:
        child = max((item for item in tag.children if isinstance(item, Tag)), key=lambda item: prose.get(id(item), 0), default=None)
        if child is None or child.name == "p" or prose.get(id(child), 0) < 0.8 * total:
            break
        tag = child
    if len(heads) == 1:
        parents = {id(parent) for parent in heads[0].parents}
        if id(start) in parents:
            while id(tag) not in parents and tag is not start and tag.parent is not None:
                tag = tag.parent
    return tag


def _with_head(article: Tag, heads: list[Tag]) -> Tag:
    """The article, widened to the parent that holds the only headline where that stands just outside it."""
    if len(heads) != 1:
        return article
    parents = {id(parent) for parent in heads[0].parents}
    tag: Tag = article
    for _ in range(3):
        if id(tag) in parents:
            return tag
        if tag.parent is None or tag.parent.name in {"body", "html", "[document]"}:
            break
        tag = tag.parent
    return tag if id(tag) in parents else article


def _without_main(tags: list[Tag], named: Mapping[int, str]) -> Mapping[int, str]:
    """A fragment: everything is its own content but what is named otherwise; a header with a headline or prose is content."""
    return {
        id(tag): named[id(tag)]
        for tag in tags
        if named.get(id(tag), "header") != "header" and not (named[id(tag)] == "body" and _inside(tag, named, _APART))
    }


def _around(main: Tag, tags: list[Tag], named: Mapping[int, str], order: Mapping[int, int]) -> Mapping[int, str]:
    path = {id(parent) for parent in main.parents}
    named = {key: scope for key, scope in named.items() if key not in path}
    first = next((tag for tag in tags if tag.name == "body"), tags[0])
    parts = {id(first): "aside"}
    begins, ends = order[id(main)], _last(main, order)
    for tag in tags:
        scope = named.get(id(tag))
        if scope is None or tag is main:
            continue
        at = order[id(tag)]
        within = begins < at <= ends
        if scope == "body":  # a statement speaks of the page where it stands in it or above it, not in a box of other things
            if at <= ends and not _inside(tag, named, _APART):
                parts[id(tag)] = scope
        elif not (within and scope in {"header", "footer"}):  # the article's own head and foot
            parts[id(tag)] = scope
    parts[id(main)] = "body"
    return parts


def _last(main: Tag, order: Mapping[int, int]) -> int:
    """The place in the order of the last element in `main`."""
    node: object = main
    while isinstance(node, Tag) and node.contents:
        node = node.contents[-1]
    while not isinstance(node, Tag):
        node = node.previous_element  # type: ignore[attr-defined]
    return order[id(node)]
