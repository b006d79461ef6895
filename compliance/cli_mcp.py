"""`adcheck mcp`: the server for writing assistants."""

from __future__ import annotations

import click

from compliance.errors import InputError


@click.command()
def mcp() -> None:
    """Serve checks to a writing assistant over standard input and output (Model Context Protocol). Needs adcheck[mcp]."""
    try:
        from compliance.mcp import serve
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(("mcp", "pydantic")):
            raise
        raise InputError("the server needs the mcp package", hint="Install adcheck[mcp].") from error
    serve()
