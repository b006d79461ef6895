"""Writes the extension's zip for each browser: the same bytes whenever the files are the same.

    python extension/store/package.py [FOLDER]

Both come from one folder and one manifest; each leaves out what only the other browser knows, so that neither store warns of it.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

EXTENSION = Path(__file__).resolve().parents[1]
FOREIGN = {
    "chromium": (("background", "scripts"), ("browser_specific_settings",), ("sidebar_action",)),
    "firefox": (("background", "service_worker"), ("minimum_chrome_version",), ("side_panel",), ("permissions", "sidePanel")),
}
"""What each browser does not know of the manifest: the key, and what is left out in it."""

_WHEN = (2020, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def files() -> list[Path]:
    """What the extension consists of, in order; texts for the stores are not part of it."""
    return sorted(path for path in EXTENSION.rglob("*") if path.is_file() and "store" not in path.relative_to(EXTENSION).parts)


def manifest_for(browser: str) -> str:
    """The manifest without what the browser does not know."""
    manifest = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))
    for key, *inner in FOREIGN[browser]:
        if not inner:
            del manifest[key]
        elif isinstance(manifest[key], list):
            manifest[key].remove(inner[0])
        else:
            del manifest[key][inner[0]]
    return json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"


def package(browser: str, folder: Path) -> Path:
    """Write the zip for `browser` (chromium or firefox) into `folder`; returns its path."""
    version = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))["version"]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"adcheck-{browser}-{version}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files():
            name = path.relative_to(EXTENSION).as_posix()
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _MODE, 3
            archive.writestr(entry, manifest_for(browser).encode() if name == "manifest.json" else path.read_bytes())
    return target


if __name__ == "__main__":
    for name in FOREIGN:
        print(package(name, Path(sys.argv[1] if len(sys.argv) > 1 else "dist")))  # noqa: T201 - the paths are what the caller waits for
