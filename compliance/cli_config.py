"""`adcheck config …`: what holds for a file and where it comes from; a config to begin with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from compliance.errors import InputError


@click.group()
def config() -> None:
    """Show what adcheck.toml says for a file, or write one."""


@config.command("show")
@click.argument("file", default=".")
@click.option("--campaign", help="As it holds for the posts of this campaign.")
@click.option("--format", "-f", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--config", "config_file", type=click.Path(dir_okay=False), help="This config, instead of the nearest above the file.")
def config_show(file: str, campaign: str | None, format_: str, config_file: str | None) -> None:
    """Every setting that holds for FILE (or a folder), and where its value comes from."""
    from compliance.config import KEYS, Setting, find_config, load_config, settings_for
    from compliance.rulebook import RULES, load_rulebook
    from compliance.selection import check_settings, selected

    path = Path(file)
    if not path.exists() and not path.parent.is_dir():
        raise InputError("there is no such file or folder", where=file, hint="Name one that exists.")
    found = load_config(Path(config_file).resolve()) if config_file else find_config(path)
    settings = settings_for(path, {}, found)
    if campaign is not None and settings.again is not None:
        settings = settings.again(campaign)
    book = load_rulebook(RULES, settings.get("packs"))
    check_settings(settings, book)
    selected(settings, book)
    rows = {name: Setting(key.default) for name, key in KEYS.items() if name not in {"declared", "mapping", "mapping.values"}} | dict(
        settings.values
    )
    if format_ == "json":
        data = {name: {"value": setting.value, "origin": setting.origin} for name, setting in rows.items()}
        click.echo(json.dumps({"config": str(found.path) if found else None, "settings": data}, ensure_ascii=False, indent=2))
        return
    click.echo(f"{file}: {found.path if found else 'no config above it'}")
    for name, setting in rows.items():
        shown = "–" if setting.value is None else json.dumps(setting.value, ensure_ascii=False)
        click.echo(f"  {name:28} {shown:32} {setting.origin}")


@config.command("init")
@click.argument("folder", default=".", type=click.Path(file_okay=False, exists=True))
def config_init(folder: str) -> None:
    """Write a commented adcheck.toml into FOLDER, unless one is there."""
    from compliance.config_template import TEMPLATE

    path = Path(folder) / "adcheck.toml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError as error:
        raise InputError("it is there already", where=str(path), hint="Change it, or move it away first.") from error
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}", where=str(path), hint="Name a folder that can be written to."
        ) from error
    click.echo(f"{path} written.")
