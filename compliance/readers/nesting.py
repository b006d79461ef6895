"""Which tags close others without saying so, as the HTML standard has it (13.2.6): what a reader takes to be hidden depends on it."""

from __future__ import annotations

from compliance.readers.elements import names

VOID = names("area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr")
HEAD = names("base basefont bgsound head link meta noframes noscript script style template title")
"""What may stand in the head; any other element begins the body."""

_TABLE = names("caption colgroup table tbody td tfoot th thead tr")
_WALLS = names("applet caption html marquee object table td template th")
HEADINGS = names("h1 h2 h3 h4 h5 h6")
_SPECIAL = (
    names(
        "address article aside blockquote body button center dd details dialog dir div dl dt fieldset figcaption figure footer "
        "form header hgroup hr li listing main menu nav ol p pre search section summary ul"
    )
    | _TABLE
    | _WALLS
    | HEADINGS
)
_CLOSE_P = (_SPECIAL - _TABLE - _WALLS - {"body", "button"}) | {"table"}
_ITEM_WALLS = _SPECIAL - {"address", "div", "p"}

OPENS: dict[str, tuple[tuple[frozenset[str], frozenset[str]], ...]] = {
    name: ((frozenset(["p"]), _WALLS | {"button"}),) for name in _CLOSE_P
}
"""For a start tag, what it closes: the innermost element of these names, sought up to one of those."""

OPENS["li"] = ((frozenset(["li"]), _ITEM_WALLS - {"li"}), *OPENS["li"])
for _name in ("dd", "dt"):
    OPENS[_name] = ((frozenset(["dd", "dt"]), _ITEM_WALLS - {"dd", "dt"}), *OPENS[_name])
for _name in HEADINGS:
    OPENS[_name] = (*OPENS[_name], (HEADINGS, _SPECIAL - HEADINGS))
_OF_TABLE = frozenset(["table", "template", "html"])
OPENS["tr"] = ((frozenset(["tr", "caption", "colgroup"]), _OF_TABLE),)
for _name in ("td", "th"):
    OPENS[_name] = ((frozenset(["td", "th"]), _OF_TABLE | {"tr"}),)
for _name in ("tbody", "thead", "tfoot"):
    OPENS[_name] = ((frozenset(["tbody", "thead", "tfoot", "caption", "colgroup"]), _OF_TABLE),)
OPENS["option"] = OPENS["optgroup"] = ((frozenset(["option"]), _SPECIAL | {"select", "datalist"}),)
OPENS["a"] = ((frozenset(["a"]), _SPECIAL),)
OPENS["button"] = ((frozenset(["button"]), _WALLS),)


def walls_for(name: str) -> frozenset[str]:
    """An end tag `name` is passed over where one of these stands open before an element of that name."""
    if name in _TABLE:
        return _OF_TABLE - {name}
    if name in _SPECIAL:
        return _WALLS - {name}
    return _SPECIAL - {"p"}


FOREIGN = frozenset(["svg", "math"])
INTEGRATION = names("foreignobject desc title annotation-xml mi mo mn ms mtext")
"""HTML may stand in these parts of a picture or formula."""

BREAKOUT = names(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr ol "
    "p pre ruby s small span strike strong sub sup table tt u ul var"
)
"""HTML that ends a picture or formula in which it is found."""
