"""The API's description (OpenAPI 3.1), built from the rulebook and the schema of the checklist, so that it cannot fall behind."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from compliance.findings.suppressions import SCHEMA as SUPPRESSIONS
from compliance.model import HIDDEN_BY, INTERFACES
from compliance.readers.declared import CONNECTIONS
from compliance.rulebook import Rulebook

_SCHEMA = Path(__file__).resolve().parent.parent / "schema" / "checklist.json"


@functools.lru_cache(maxsize=4)
def description(rulebook: Rulebook) -> dict[str, Any]:
    """The whole description."""
    checklist = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    definitions = checklist.pop("$defs")
    text = json.dumps({"Checklist": checklist, **{name.capitalize(): schema for name, schema in definitions.items()}})
    for name in definitions:
        text = text.replace(f'"#/$defs/{name}"', f'"#/components/schemas/{name.capitalize()}"')
    schemas = json.loads(text.replace('"$ref": "#"', '"$ref": "#/components/schemas/Checklist"'))
    for schema in schemas.values():
        schema.pop("$schema", None)
        schema.pop("$id", None)
    schemas["Request"] = _request(rulebook)
    schemas["Error"] = {
        "type": "object",
        "required": ["error", "errors", "status"],
        "properties": {
            "error": {"type": "string"},
            "status": {"type": "integer"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["where", "message", "hint"],
                    "properties": {"where": {"type": "string"}, "message": {"type": "string"}, "hint": {"type": "string"}},
                },
            },
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Adcheck", "version": "0.1.0", "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": {
            "/api/v1/check": {"post": _check()},
            "/api/v1/rules": {"get": _get("All duties, in short", "array")},
            "/api/v1/rules/{id}": {
                "get": {
                    **_get("One duty, whole", "object", missing=True),
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                }
            },
            "/api/v1/jurisdictions": {"get": _get("Markets and their parents", "array")},
            "/api/v1/platforms": {"get": _get("Platforms and where they cut a text", "array")},
            "/api/v1/layouts": {
                "get": _get("Where posts, captions, labels and fields for drafts are found on each platform's pages", "array")
            },
            "/api/v1/words": {
                "get": {
                    **_get(
                        "The words of the interface: names of topics, gates, markets and outcomes, and the checklist's own texts", "object"
                    ),
                    "parameters": [{"name": "interface", "in": "query", "schema": {"enum": list(INTERFACES)}}],
                }
            },
            "/api/v1/report": {"post": _report()},
            "/api/v1/labels": {"get": _get("What each duty says of each label", "array")},
            "/healthz": {"get": _get("Ready to judge", "object")},
            "/openapi.json": {"get": _get("This description", "object")},
        },
        "components": {"schemas": schemas},
    }


def _request(rulebook: Rulebook) -> dict[str, Any]:
    text = {"type": "string"}
    markets = list(rulebook.jurisdictions)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["reach"],
        "anyOf": [{"required": ["text"]}, {"required": ["html"]}, {"required": ["image"]}],
        "properties": {
            "text": {**text, "description": "A caption as posted or drafted."},
            "html": {**text, "description": "A page, or a piece of one."},
            "image": {
                **text,
                "contentEncoding": "base64",
                "description": "A screenshot or story (PNG, JPEG, WebP, GIF), alone or with its text; base64 or a data: address.",
            },
            "computed": {
                "type": "array",
                "maxItems": 20000,
                "description": "What a browser measured of the html: which elements (path) or stretches (start, end) are seen. It wins over the style.",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["visible"],
                    "oneOf": [{"required": ["path"]}, {"required": ["start", "end"]}],
                    "properties": {
                        "path": {"type": "string", "examples": ["#post > p:nth-child(2)"]},
                        "start": {"type": "integer", "minimum": 0},
                        "end": {"type": "integer", "minimum": 0},
                        "visible": {"type": "boolean"},
                        "reason": {"enum": list(HIDDEN_BY)},
                        "below_fold": {"type": "boolean"},
                    },
                },
            },
            "visibility": {
                "type": "array",
                "maxItems": 2000,
                "description": "What a browser measured of the text: which stretches of it are not seen.",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["start", "end", "visible"],
                    "properties": {
                        "start": {"type": "integer", "minimum": 0},
                        "end": {"type": "integer", "minimum": 0},
                        "visible": {"type": "boolean"},
                        "reason": {"enum": list(HIDDEN_BY)},
                    },
                },
            },
            "reach": {"type": "array", "minItems": 1, "items": {"type": "string", "examples": markets}},
            "platform": {"type": "string", "enum": list(rulebook.platforms)},
            "surface": text,
            "language": {**text, "description": "ISO 639-1; guessed if not given."},
            "bio": text,
            "first_comment": text,
            "title": text,
            "author": {**text, "description": "The account's handle."},
            "id": text,
            "url": {**text, "description": "The address of the page in html; tells its platform, and is not fetched."},
            "complete": {"type": "boolean", "description": "false if the platform may have shown more than is given."},
            "campaign": {**text, "description": "The campaign that the post belongs to, for suppressions."},
            "suppressions": {
                **_suppressions(),
                "description": "What is set aside, as in a suppression file; marked in the answer, with notices.",
            },
            "as_of": {"type": "string", "format": "date"},
            "offsets": {"enum": ["codepoints", "utf16"]},
            "interface": {"enum": list(INTERFACES)},
            "view": {"type": "boolean", "description": "true adds the checklist as the page shows it: grouped, with display names."},
            "declared": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "relationship": {"enum": [*CONNECTIONS, "none"]},
                    "brand": text,
                    "persona": {"enum": ["synthetic", "human"]},
                    "ai_content": {"enum": ["generated", "modified", "none"]},
                    "retouched": {"type": "boolean"},
                    "media": {"enum": ["image", "video", "audio", "text"]},
                    "platform_label": {"type": "boolean"},
                    "ai_label": {"type": "boolean"},
                    "audience_under_18": {"type": "boolean"},
                    "date": text,
                },
            },
        },
    }


def _suppressions() -> dict[str, Any]:
    schema = json.loads(SUPPRESSIONS.read_text(encoding="utf-8"))
    return {key: value for key, value in schema.items() if not key.startswith("$")}


def _error(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}


def _check() -> dict[str, Any]:
    return {
        "summary": "Judge one post or page, or many as NDJSON",
        "parameters": [  # of NDJSON; one post has them in its object
            {"name": "reach", "in": "query", "schema": {"type": "string"}},
            {"name": "as_of", "in": "query", "schema": {"type": "string", "format": "date"}},
            {"name": "interface", "in": "query", "schema": {"enum": list(INTERFACES)}},
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Request"}},
                "application/x-ndjson": {"schema": {"type": "string"}},
            },
        },
        "responses": {
            "200": {
                "description": "The checklist, whatever its outcome",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Checklist"}},
                    "application/x-ndjson": {"schema": {"type": "string"}},
                },
            },
            "400": _error("Not JSON"),
            "403": _error("From another site, or without the token"),
            "413": _error("Too big"),
            "415": _error("Neither JSON nor NDJSON"),
            "422": _error("A wrong value; `where` is a JSON pointer"),
        },
    }


def _report() -> dict[str, Any]:
    check = _check()
    return {
        "summary": "The same for one post or page, as the self-contained HTML report",
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}}},
        "responses": {**check["responses"], "200": {"description": "The report", "content": {"text/html": {"schema": {"type": "string"}}}}},
    }


def _get(summary: str, kind: str, missing: bool = False) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": {"description": summary, "content": {"application/json": {"schema": {"type": kind}}}}}
    if missing:
        responses["404"] = _error("No such thing")
    return {"summary": summary, "responses": responses}
