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
    "config": {"errors", "intake", "model", "readers", "tomlfile"},
    "tomlfile": set(),
    "config_template": set(),
    "selection": {"config", "dutyfile", "errors", "readers", "rulebook", "rules"},
    "dutyfile": {"errors", "model", "rules"},
    "shipped_folder": set(),
    "packed": set(),
    "store": {"shipped_folder"},
    "rulefile": {"dutyfile", "errors", "rules"},
    "rulebook": {"dutyfile", "errors", "intake", "packed", "rulefile", "rules", "shipped_folder", "store", "yamlfile"},
    "readers": {"errors", "intake", "model", "rulebook", "rules", "text", "tomlfile", "yamlfile", "readers"},
    "forms": {"errors", "packed", "text"},
    "lexicon": {"forms", "packed", "rulebook", "rules", "store", "text"},
    "combinations": {"model", "rules", "text"},
    "patterns": {"forms", "text"},
    "signals": {"combinations", "lexicon", "model", "patterns", "text"},
    "nlp": {"forms", "intent", "lexicon", "rulebook", "signals", "text"},
    "language": {"store", "text"},
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
        "patterns",
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
    "bulk": {"__init__", "engine", "errors", "evaluate", "intake", "model", "readers", "reports", "rulebook", "wording"},
    "mcp": {"__init__", "atlas", "config", "dutyfile", "engine", "errors", "model", "readers", "rulepage"},
    "cli_check": {"cli_findings", "cli_inputs", "config", "engine", "errors", "findings", "model", "readers", "reports", "selection"},
    "cli_inputs": {"__init__", "cli_rules", "config", "engine", "errors", "findings", "readers", "reports", "selection", "text"},
    "cli_config": {"config", "config_template", "errors", "rulebook", "selection"},
    "cli_mcp": {"cli_inputs", "errors", "mcp"},
    "cli": {
        "__init__",
        "cli_check",
        "cli_config",
        "cli_findings",
        "cli_inputs",
        "cli_mcp",
        "cli_rules",
        "cli_scan",
        "cli_upkeep",
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
    "cli_rules": {"__init__", "atlas", "engine", "errors", "model", "rulebook", "rulepage", "ruletest", "upkeep"},
    "cli_upkeep": {"cli_rules", "engine", "errors", "model", "readers", "rulebook", "upkeep"},
    "cli_scan": {"__init__", "bulk", "cli_rules", "errors", "model", "rulebook"},
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
        ("click", {"cli", "cli_config", "cli_findings", "cli_mcp", "cli_rules", "cli_scan", "cli_upkeep"}),
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


def test_a_caption_loads_no_spacy():
    loaded = modules_after(
        "from compliance import check\n"
        "assert check(text='Regen, thee en een stapel kranten', reach=['nl', 'de']).outcome.key == 'not_applicable'\n"
        "assert check(text='Met code LISA15 krijg je 15% korting', reach=['nl', 'de']).fix is not None"
    )
    assert "compliance.engine" in loaded
    assert {"spacy", "flask", "bs4", "PIL", "rapidocr", "c2pa", "defusedxml"} & loaded == set()


def test_the_command_loads_the_least_for_a_caption(tmp_path):
    """With the cache filled, a Markdown file with a cue needs no big library: no NumPy for the language, no YAML, no HTML parser."""
    (tmp_path / "draft.md").write_text("Dol op mijn nieuwe serum! Met code LISA15 krijg je 15% korting", encoding="utf-8")
    call = (
        f"import sys; sys.argv = ['adcheck', 'check', {str(tmp_path / 'draft.md')!r}, '-r', 'nl', '--no-config']\n"
        "from compliance.cli import main\ntry: main()\nexcept SystemExit as done: assert done.code == 1"
    )
    modules_after(call)
    loaded = modules_after(call)
    assert "compliance.reports.text" in loaded
    assert {"spacy", "numpy", "py3langid", "bs4", "soupsieve", "yaml", "jsonschema_rs", "pathspec", "jinja2", "babel"} & loaded == set()


def test_a_check_opens_few_of_the_rules(tmp_path):
    """What a cold start costs, counted in things made and not timed: most words of the rulebook stay packed."""
    (tmp_path / "draft.md").write_text(
        "---\nplatform: instagram\n---\nDol op mijn serum! Met code LISA15 krijg je 15% korting", encoding="utf-8"
    )
    call = (
        f"import sys; sys.argv = ['adcheck', 'check', {str(tmp_path / 'draft.md')!r}, '-r', 'nl', '--no-config']\n"
        "from compliance.cli import main\ntry: main()\nexcept SystemExit as done: assert done.code == 1\n"
        "sys.modules[f'blocks={sys.getallocatedblocks()}'] = sys"
    )
    modules_after(call)
    [blocks] = [name for name in modules_after(call) if name.startswith("blocks=")]
    assert int(blocks.removeprefix("blocks=")) < 450_000


@pytest.mark.parametrize(("library", "use"), [("spacy", "import compliance.nlp"), ("bs4", "from compliance import read_page")])
def test_a_library_loads_where_it_is_needed(library, use):
    """The counter-proof: without it the tests above could never fail."""
    assert library in modules_after(use)
