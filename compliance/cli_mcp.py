"""`adcheck mcp`: the server for writing assistants."""

from __future__ import annotations

from pathlib import Path

import click

from compliance.errors import InputError


@click.command()
@click.option("--config", "config_file", type=click.Path(dir_okay=False), help="This config, instead of the nearest above this folder.")
@click.option("--no-config", is_flag=True, help="Use no config.")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
def mcp(config_file: str | None, no_config: bool, rules_folder: str | None) -> None:
    """Serve checks to a writing assistant over standard input and output (Model Context Protocol). Needs adcheck[mcp]."""
    try:
        from compliance.mcp import serve
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(("mcp", "pydantic")):
            raise
        raise InputError("the server needs the mcp package", hint="Install adcheck[mcp].") from error
    from compliance.cli_inputs import Inputs

    inputs = Inputs({}, (), rules_folder, Path(config_file) if config_file else not no_config)
    settings = inputs.settings(None)
    serve(inputs.engine(settings), settings)
