"""Rule files on disk: strict YAML, checked against their JSON Schema, errors that name file, line and cure."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import yaml

from compliance.errors import InputError, RuleError, nearest


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Only `true`, `false` and plain integers are typed; everything else is text, so that `no` is Norway."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping whose keys are all different."""
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is given twice", key_node.start_mark)
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^(?:0|-?[1-9][0-9]*)$"), list("-0123456789"))
# A text key such as 2024 stays text: keys are converted back below.


def load(path: Path, schema: Path | None, root: Path) -> Any:
    """Read one rule file and check it.

    Raises:
        RuleError: not YAML, a key given twice, or not as the schema asks; names file and line.
    """
    where = path.relative_to(root.parent).as_posix() if path.is_relative_to(root.parent) else path.as_posix()
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a safe loader with fewer types
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise RuleError(
            f"not valid YAML: {getattr(error, 'problem', None) or error}",
            where=f"{where}{line}",
            hint="Mend the line; quote texts that hold ': ' or '#'.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"cannot be read: {error}", where=where, hint="Save the file as UTF-8.") from error
    if schema is not None:
        problems = list(_validator(schema).iter_errors(data))
        if problems:
            problem = next((item for item in problems if "Additional properties" in item.message), problems[0])
            raise _schema_error(problem, text, where)
    return data


def check_given(data: Any, schema: Path, where: str) -> None:
    """Check data that came in another way than a file.

    Raises:
        InputError: not as the schema asks; `where` is the pointer to it, behind the given one.
    """
    for problem in _validator(schema).iter_errors(data):
        message, path, hint = _told(problem)
        raise InputError(message, where="/".join([where, *map(str, path)]), hint=hint or "See the schema of this value in /openapi.json.")


Places = dict[tuple[str | int, ...], tuple[int, int, int]]
"""Path of a value → offset, line and column (from 1) at which it is written."""


def load_placed(text: str) -> list[tuple[Any, Places]]:
    """The documents of somebody's YAML, typed as strictly as rule files, each with the places of its values.

    Raises:
        InputError: not YAML, or a key given twice; `where` is `:line`.
    """
    loader = _StrictLoader(text)
    found = []
    try:
        while loader.check_node():
            node = loader.get_node()
            places: Places = {}
            _place(node, (), places)
            found.append((loader.construct_document(node), places))
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            f"not valid YAML: {getattr(error, 'problem', None) or 'it is nested too deeply'}",
            where=f":{mark.line + 1 if mark else 1}",
            hint="Mend the line; quote texts that hold ': ' or '#'.",
        ) from error
    finally:
        loader.dispose()
    return found


def scalars_in(text: str) -> list[tuple[int, int]]:
    """Where the texts of a YAML file stand, as (start, end): no comment can be in them. Nothing where it is not YAML."""
    try:
        return [(token.start_mark.index, token.end_mark.index) for token in yaml.scan(text) if isinstance(token, yaml.ScalarToken)]
    except yaml.YAMLError:
        return []


_DEEPEST = 6
_MOST_PLACES = 500_000
"""What lies deeper, or beyond that many, needs no place; aliases that refer to aliases would otherwise have no end."""


def _place(node: yaml.Node, path: tuple[str | int, ...], places: Places) -> None:
    mark = node.start_mark
    places[path] = (mark.index, mark.line + 1, mark.column + 1)
    if len(path) >= _DEEPEST or len(places) > _MOST_PLACES:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _place(value, (*path, key.value), places)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _place(value, (*path, index), places)


@functools.cache
def _validator(schema: Path) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(json.loads(schema.read_text(encoding="utf-8")), validate_formats=True)


def _schema_error(problem: Any, text: str, where: str) -> RuleError:
    pointer = "/".join(str(part) for part in problem.instance_path)
    message, path, hint = _told(problem)
    hint = hint or "See rules/schema and rules/README.md for what is allowed here."
    return RuleError(f"{message} (at /{pointer})", where=f"{where}:{_line(text, path)}", hint=hint)


def _told(problem: Any) -> tuple[str, list[str | int], str]:
    """What is wrong, the path to it, and the nearest key where an unknown one was given."""
    path = list(problem.instance_path)
    message = problem.message if len(problem.message) < 300 else problem.message[:150] + " … " + problem.message[-120:]
    hint = ""
    unexpected = re.search(r"Additional properties are not allowed \((.+?) (?:was|were) unexpected\)", problem.message)
    if unexpected:
        key = unexpected[1].split(",")[0].strip("'\" ")
        message = f"unknown key {key!r}"
        path = [*path, key]
        hint = nearest(key, _known_keys(problem), hint)
    return message, path, hint


def _known_keys(problem: Any) -> list[str]:
    schema: Any = getattr(problem, "schema", None)
    if isinstance(schema, dict):
        return list(schema.get("properties", {}))
    return _KEYS


_KEYS = [
    "id",
    "title",
    "topic",
    "status",
    "severity",
    "in_force",
    "law",
    "applies_when",
    "requires",
    "labels",
    "messages",
    "fix",
    "known_gaps",
    "examples",
    "refines",
    "notes",
    "means",
    "text",
    "connection",
    "strength",
    "hashtag",
    "standalone",
    "anywhere",
    "miss",
    "not_in",
    "kind",
    "says",
    "forms",
    "effect",
    "direction",
    "scope",
    "targets",
    "stop",
    "pseudo",
    "cite",
    "authority",
    "url",
    "checked",
    "certainty",
    "accepted",
    "qualified",
    "ambiguous",
    "rejected",
    "label",
    "needs",
    "otherwise",
    "outcome",
    "gate",
    "marks",
    "declared",
    "platform",
    "surface",
    "language",
    "as_of",
    "bio",
    "first_comment",
]


def _line(text: str, path: Sequence[object]) -> int:
    """The line on which the value at `path` starts."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = node.start_mark.line if node else 0
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return line + 1
