"""Who may import whom. The data flows one way, and spaCy and Flask load only where they are needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "compliance"

# Each room, and the rooms below it that it may import.
ALLOWED = {
    "errors": set(),
    "lookalikes": set(),
    "model": set(),
    "text": {"lookalikes"},
    "rules": {"model"},
    "yamlfile": {"errors"},
    "intake": {"errors"},
    "config": {"errors", "readers"},
    "config_template": set(),
    "selection": {"dutyfile", "errors", "rulebook", "rules"},
    "dutyfile": {"errors", "model", "rules"},
    "shipped_folder": set(),
    "store": {"shipped_folder"},
    "rulefile": {"dutyfile", "errors", "rules"},
    "rulebook": {"dutyfile", "errors", "intake", "rulefile", "rules", "shipped_folder", "store", "yamlfile"},
    "readers": {"errors", "intake", "model", "rulebook", "rules", "text", "yamlfile", "readers"},
    "forms": {"errors", "text"},
    "lexicon": {"forms", "rulebook", "rules", "store", "text"},
    "combinations": {"model", "rules", "text"},
    "signals": {"combinations", "forms", "lexicon", "model", "text", "nlp"},
    "nlp": {"forms", "intent", "lexicon", "rulebook", "signals", "text"},
    "language": {"text"},
    "links": {"model", "rulebook", "rules"},
    "layout": {"lexicon", "links", "model", "rules", "text"},
    "disclosures": {"layout", "lexicon", "model", "rules", "text"},
    "feed": {"model"},
    "intent": {"text"},
    "persona": {"lexicon", "model", "rulebook"},
    "switches": {"model"},
    "facts": {"disclosures", "intent", "layout", "lexicon", "links", "model", "persona", "rulebook", "rules", "switches", "text"},
    "evaluate": {"model", "rulebook", "rules"},
    "advise": {"evaluate", "model", "rulebook", "rules"},
    "wording": {"evaluate", "model", "rulebook", "rules", "text"},
    "engine": {"advise", "errors", "evaluate", "facts", "feed", "language", "lexicon", "model", "rulebook", "signals", "wording"},
    "ruletest": {
        "engine",
        "evaluate",
        "forms",
        "lexicon",
        "links",
        "model",
        "nlp",
        "readers",
        "rulebook",
        "rules",
        "signals",
        "text",
        "wording",
    },
    "atlas": {"rulebook", "rules"},
    "rulepage": {"atlas", "rulebook", "rules"},
    "upkeep": {"atlas", "dutyfile", "engine", "errors", "forms", "lexicon", "model", "rulebook", "rules", "signals"},
    "findings": {"errors", "feed", "model", "store", "text", "yamlfile"},
    "reports": {"errors", "findings", "model", "reports", "shipped_folder", "text"},
    "web": {
        "__init__",
        "atlas",
        "engine",
        "errors",
        "findings",
        "model",
        "readers",
        "reports",
        "rulebook",
        "rulepage",
        "rules",
        "shipped_folder",
        "text",
        "web",
        "wording",
    },
    "bulk": {"__init__", "engine", "errors", "evaluate", "model", "readers", "reports", "rulebook", "wording"},
    "mcp": {"__init__", "atlas", "dutyfile", "errors", "model", "rulepage"},
    "cli_check": {"cli_findings", "cli_inputs", "config", "engine", "errors", "findings", "model", "readers", "reports"},
    "cli_inputs": {"__init__", "cli_rules", "config", "engine", "errors", "findings", "readers", "reports", "selection", "text"},
    "cli_config": {"config", "config_template", "errors"},
    "cli_mcp": {"errors", "mcp"},
    "cli": {
        "__init__",
        "cli_check",
        "cli_config",
        "cli_findings",
        "cli_inputs",
        "cli_mcp",
        "cli_rules",
        "cli_scan",
        "config",
        "engine",
        "errors",
        "findings",
        "model",
        "readers",
        "reports",
        "rulebook",
        "web",
    },
    "cli_findings": {"cli_inputs", "errors", "findings", "model", "readers", "reports"},
    "cli_rules": {"__init__", "atlas", "engine", "errors", "model", "readers", "rulebook", "rulepage", "ruletest", "upkeep"},
    "cli_scan": {"__init__", "bulk", "cli_rules", "errors"},
    "__init__": {"engine", "errors", "model", "readers", "rulebook"},
}


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "compliance":
            parts = node.module.split(".")
            if len(parts) > 1:
                found.add(parts[1])
            else:
                found |= {
                    name.name if (PACKAGE / f"{name.name}.py").exists() or (PACKAGE / name.name).is_dir() else "__init__"
                    for name in node.names
                }
        elif isinstance(node, ast.Import):
            found |= {[*name.name.split("."), "__init__"][1] for name in node.names if name.name.split(".")[0] == "compliance"}
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    name = room(path)
    assert name in ALLOWED, f"{name} is a new room: say here what it may import"
    assert imports(path) - {name} <= ALLOWED[name]


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("spacy", {"nlp"}),
        ("bs4", {"readers"}),
        ("flask", {"web"}),
        ("yaml", {"yamlfile"}),
        ("click", {"cli", "cli_config", "cli_findings", "cli_mcp", "cli_rules", "cli_scan"}),
        ("pyarrow", {"bulk", "readers"}),
    ],
)
def test_a_library_is_known_to_one_room(library, rooms):
    users = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [item.name for item in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            if any(name.split(".")[0] == library for name in names):
                users.add(room(path))
    assert users == rooms


def modules_after(code: str) -> set[str]:
    program = f"{code}\nimport sys; sys.stderr.write('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    return set(done.stderr.split())


def test_help_loads_no_spacy_and_no_flask():
    loaded = modules_after(
        "import sys; sys.argv = ['adcheck', '--help']\nfrom compliance.cli import main\ntry: main()\nexcept SystemExit: pass"
    )
    assert "click" in loaded
    assert {"spacy", "flask", "pyarrow", "duckdb", "ray", "matplotlib", "tqdm"} & loaded == set()


def test_a_caption_without_a_cue_loads_no_spacy():
    loaded = modules_after(
        "from compliance import check\nassert check(text='Regen, thee en een stapel kranten', reach=['nl', 'de']).outcome.key == 'not_applicable'"
    )
    assert "compliance.engine" in loaded
    assert {"spacy", "flask", "py3langid", "PIL", "rapidocr", "c2pa", "defusedxml"} & loaded == set()


def test_a_caption_with_a_token_pattern_loads_spacy():
    """The counter-proof: without it the test above could never fail."""
    assert "spacy" in modules_after("from compliance import check\ncheck(text='Met code LISA15 krijg je 15% korting', reach=['nl'])")
