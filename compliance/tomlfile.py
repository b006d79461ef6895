"""Where the keys of a TOML text stand."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([\w-]+)")


def key_lines(text: str, prefix: str = "") -> dict[str, int]:
    """Flat key → the line that sets it, as far as one looks at single lines: tomllib keeps no places."""
    lines: dict[str, int] = {}
    table = ""
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if header is not None:
            table = _dotted(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}.{counts[table]}"
            else:
                parent = next((name for name in counts if table.startswith(f"{name}.")), None)
                if parent is not None:
                    table = f"{parent}.{counts[parent]}{table[len(parent) :]}"
            name = table
        elif key is not None:
            name = f"{table}.{_dotted(key[1])}" if table else _dotted(key[1])
        else:
            continue
        if f"{name}.".startswith(prefix):
            lines.setdefault(name[len(prefix) :], number)
    return lines


def _dotted(name: str) -> str:
    return ".".join(next(part for part in match.groups() if part is not None) for match in _PART.finditer(name))
