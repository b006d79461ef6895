"""Millions of posts: shards in, one record per post out. The extra `adcheck[bulk]` brings the libraries that this room needs."""

from __future__ import annotations

import importlib

from compliance.errors import InputError

_EXTRAS = {"bulk": ("pyarrow", "duckdb", "filelock", "tqdm", "matplotlib"), "ray": ("ray",)}


def need(extra: str) -> None:
    """Make sure that the libraries of an extra are there.

    Raises:
        InputError: one is not installed; says how to install it.
    """
    missing = []
    for name in _EXTRAS[extra]:
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    if missing:
        raise InputError(f"{', '.join(missing)} not installed", hint=f"Install what this command needs: pip install 'adcheck[{extra}]'.")
