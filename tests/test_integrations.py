"""The integrations: what can run here runs, the rest keeps the schemas and lints of those who read it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
DRAFT = "Dol op mijn serum! Met code LISA15 krijg je 15% korting\n"


def environment(**more: str) -> dict[str, str]:
    """This checkout's code, whatever is installed."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **more}


def done(*command: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=environment(**env), capture_output=True, text=True, check=False, timeout=300)


def git(folder: Path, *args: str) -> None:
    name = ["-c", "user.name=a", "-c", "user.email=a@x.example", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *name, *args], cwd=folder, check=True, capture_output=True)


# ------------------------------------------------------------------------------------------------------------------ the package


def test_the_package_works_where_the_checkout_is_not(tmp_path):
    """What pre-commit, the action and the image install: rules, templates and schemas are inside, every package is named. It is built of what
    the image's recipe copies, so that this has to be enough."""
    source = tmp_path / "source"
    source.mkdir()
    recipe = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [pattern for line in recipe if line.startswith("COPY ") and "--from" not in line for pattern in line.split()[1:-1]]
    for path in (path for pattern in copied for path in ROOT.glob(pattern)):
        if path.is_dir():
            shutil.copytree(path, source / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source / path.name)
    built = done(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(source), cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
        names = set(archive.namelist())
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    extras = {path.stem.removeprefix("requirements-") for path in ROOT.glob("requirements-*.txt")}
    assert all(f"Provides-Extra: {extra}\n" in metadata and f'extra == "{extra}"' in metadata for extra in extras)
    packages = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "compliance").rglob("__init__.py")}
    assert {f"{package}/__init__.py" for package in packages} - names == set()
    data = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("compliance/schema/*.json")}
    data |= {f"compliance/shipped/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "rules").rglob("*.yaml")}
    data |= {f"compliance/shipped/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "rules").rglob("*.json")}
    assert data - names == set()
    (tmp_path / "a.md").write_text(DRAFT, encoding="utf-8")
    code = "import compliance, sys; assert 'site' in compliance.__file__; from compliance.cli import main; main()"
    for format_ in ("text", "html"):
        run = done(sys.executable, "-c", code, "check", "a.md", "-r", "nl", "-f", format_, cwd=tmp_path, PYTHONPATH=str(tmp_path / "site"))
        assert run.returncode == 1, run.stderr
        assert "LISA15" in run.stdout


# ------------------------------------------------------------------------------------------------------------------- pre-commit


@pytest.fixture
def hooked(tmp_path):
    """A repository of campaign files whose pre-commit configuration takes the hooks from this one; only where Adcheck comes from is changed."""
    hooks, campaign = tmp_path / "hooks", tmp_path / "campaign"
    for folder in (hooks, campaign):
        folder.mkdir()
        git(folder, "init", "-q")
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    git(hooks, "add", "-A")
    git(hooks, "commit", "-qm", "hooks")
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=hooks, capture_output=True, text=True, check=True).stdout.strip()

    def configure(hook: str, **more: str) -> None:
        settings = {"id": hook, "args": ["--reach", "nl"], "language": "system", **more}
        config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": [settings]}]}
        (campaign / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        git(campaign, "add", "-A")

    return campaign, configure


def test_the_hooks_stop_a_commit_and_mend_a_caption(hooked, tmp_path):
    campaign, configure = hooked
    (campaign / "a b.md").write_text(DRAFT, encoding="utf-8")
    (campaign / "notes.py").write_text(DRAFT, encoding="utf-8")
    (campaign / "old.md").write_text(DRAFT, encoding="utf-8")
    (campaign / "package.json").write_text('{"name": "shop"}', encoding="utf-8")
    (campaign / "logo.psd").write_bytes(b"8BPS\0\1\xff\xfe")
    (campaign / "adcheck.toml").write_text('exclude = ["old.md"]', encoding="utf-8")
    configure("adcheck")
    env = {"PRE_COMMIT_HOME": str(tmp_path / "home")}
    stopped = done("pre-commit", "run", cwd=campaign, **env)
    assert stopped.returncode == 1
    assert "nl.ad-label" in stopped.stdout
    assert "notes.py" not in stopped.stdout
    assert "old.md" not in stopped.stdout, "what the config excludes is left aside, although a hook names it"
    configure("adcheck", files="")
    everything = done("pre-commit", "run", cwd=campaign, **env)
    assert everything.returncode == 1
    assert not any(name in everything.stdout for name in ("notes.py", "package.json", "logo.psd")), "not posts, and no errors"
    configure("adcheck-fix")
    mended = done("pre-commit", "run", cwd=campaign, **env)
    assert mended.returncode == 1, "pre-commit stops where a hook changed files"
    assert "files were modified by this hook" in mended.stdout
    assert (campaign / "a b.md").read_text(encoding="utf-8") == "Advertentie: " + DRAFT
    git(campaign, "add", "-A")
    assert done("pre-commit", "run", cwd=campaign, **env).returncode == 0


# ----------------------------------------------------------------------------------------------------------------- GitHub Action


@pytest.fixture
def runner(tmp_path):
    """A runner's folders, with this checkout's `adcheck` where the action would have installed it."""
    commands = tmp_path / "temp/adcheck/bin"
    commands.mkdir(parents=True)
    (commands / "adcheck").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m compliance.cli "$@"\n', encoding="utf-8")
    (commands / "adcheck").chmod(0o755)
    (tmp_path / "work/campaign/a b").mkdir(parents=True)
    (tmp_path / "work/campaign/a b/one.md").write_text(DRAFT, encoding="utf-8")
    (tmp_path / "work/campaign/two.md").write_text("Zondag met de kinderen naar het bos", encoding="utf-8")
    return tmp_path


def act(runner: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str], str]:
    """Run the action's last step as the runner does, with its inputs and their defaults."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    given = {name: str(value.get("default", "")) for name, value in action["inputs"].items()} | inputs
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "check")
    env = {key: given[value.removeprefix("${{ inputs.").removesuffix(" }}")] for key, value in step["env"].items()}
    script, output, summary = runner / "step.sh", runner / "output", runner / "summary"
    script.write_text(step["run"], encoding="utf-8")
    for file in (output, summary):
        file.write_text("", encoding="utf-8")
    env |= {"RUNNER_TEMP": str(runner / "temp"), "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    result = done("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script), cwd=runner / "work", **env)
    return result, dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines()), summary.read_text(encoding="utf-8")


def test_the_action_annotates_sums_up_and_says_its_outputs(runner):
    result, outputs, summary = act(runner, files="campaign/**/*.md", reach="nl", arguments="--as-of\n2026-11-23")
    assert result.returncode == 1, result.stderr
    assert "::error file=campaign/a b/one.md,line=1," in result.stdout
    assert outputs == {"exit-code": "1", "sarif": "adcheck.sarif", "fails": "1", "reviews": "1"}, result.stderr
    assert "| ❌ fail | campaign/a b/one.md:1 |" in summary
    log = json.loads((runner / "work/adcheck.sarif").read_text(encoding="utf-8"))
    assert log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "campaign/a%20b/one.md"


def test_the_action_passes_fails_open_and_runs_no_input(runner):
    result, outputs, _ = act(runner, files="campaign/**/*.md", reach="nl", **{"fail-on": "never"})
    assert (result.returncode, outputs["fails"]) == (0, "1")
    result, outputs, _ = act(runner, files="$(touch pwned)\n`touch pwned`;touch pwned\nno/*.md", reach="nl")
    assert (result.returncode, outputs["exit-code"]) == (2, "2")
    assert "::error file=no/*.md" in result.stdout
    assert not list(runner.rglob("pwned"))


def test_the_action_leaves_to_the_config_what_no_input_says(runner):
    (runner / "work/adcheck.toml").write_text('reach = ["nl"]\nplatform = "youtube"\nfail-on = "critical"\n', encoding="utf-8")
    result, outputs, _ = act(runner, files="campaign/", sarif="reports/all.sarif")
    assert (result.returncode, outputs["exit-code"]) == (0, "0"), "its fail-on"
    assert (outputs["fails"], outputs["sarif"]) == ("2", "reports/all.sarif"), "its platform; the folder is made"
    assert act(runner, files="campaign/", **{"fail-on": "serious"})[0].returncode == 1


def test_the_action_says_why_nothing_was_judged(runner):
    result, outputs, summary = act(runner, files="campaign", reach="nll", sarif="old.sarif")
    assert (result.returncode, outputs["sarif"], summary) == (2, "", "")
    assert "::error title=Adcheck::adcheck: " in result.stdout
    assert "Did you mean 'nl'?" in result.stdout
    result, _, _ = act(runner, files="\n", reach="nl")
    assert result.returncode == 2
    assert "::error title=Adcheck::Name the files to check" in result.stdout
    result, _, _ = act(runner, files="campaign", reach="nl", **{"changed-since": "origin/main"})
    assert result.returncode == 2
    assert "::error title=Adcheck::" in result.stdout


@pytest.mark.parametrize(("schema", "file"), [("vendor.github-actions", "action.yml"), ("vendor.gitlab-ci", "ci/gitlab.yml")])
def test_pipelines_keep_the_schemas_of_their_hosts(schema, file):
    checked = done("check-jsonschema", "--builtin-schema", schema, str(ROOT / file), cwd=ROOT)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_no_input_of_the_action_is_part_of_a_script():
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert [step["name"] for step in action["runs"]["steps"] if "${{" in step.get("run", "")] == []


# ---------------------------------------------------------------------------------------------------------------- GitLab, Docker


@pytest.mark.parametrize("shell", [("sh", "-e"), ("bash", "-eo", "pipefail")])
def test_the_gitlab_job_writes_the_reports_that_it_names(tmp_path, shell):
    whole = yaml.safe_load((ROOT / "ci/gitlab.yml").read_text(encoding="utf-8"))
    job = whole["adcheck"]
    (tmp_path / "campaign").mkdir()
    for name in ("a.md", "b c.md"):
        (tmp_path / "campaign" / name).write_text(DRAFT, encoding="utf-8")
    (tmp_path / "adcheck.toml").write_text('platform = "instagram"', encoding="utf-8")
    (tmp_path / "adcheck").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m compliance.cli "$@"\n', encoding="utf-8")
    (tmp_path / "adcheck").chmod(0o755)
    env = whole["variables"] | {
        "ADCHECK_REACH": "nl",
        "ADCHECK_ARGUMENTS": "--as-of 2026-11-23  --fail-on minor",
        "ADCHECK_FILES": "campaign/a.md\ncampaign/b *.md\n",
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    result = done(*shell, "-c", "\n".join(job["script"]), cwd=tmp_path, **env)
    assert result.returncode == 1, result.stderr
    reports = job["artifacts"]["reports"]
    found = json.loads((tmp_path / reports["codequality"]).read_text(encoding="utf-8"))
    assert {row["location"]["path"] for row in found} == {"campaign/a.md", "campaign/b c.md"}
    assert "<testsuites" in (tmp_path / reports["junit"]).read_text(encoding="utf-8")
    unset = done(*shell, "-c", job["before_script"][0], cwd=tmp_path, **whole["variables"])
    assert unset.returncode != 0
    assert "where pip finds Adcheck" in unset.stderr


def test_the_image_recipe_passes_its_lint_and_runs_as_nobody_special():
    linted = done("hadolint", str(ROOT / "Dockerfile"), cwd=ROOT)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    lines = [line.split(None, 1) for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines() if line and line[0].isupper()]
    users = [words[1] for words in lines if words[0] == "USER"]
    assert users[-1:] not in ([], ["root"], ["0"])
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    for words in lines:
        if words[0] == "COPY" and not words[1].startswith("--from"):
            assert {name.removeprefix("./") for name in words[1].split()[:-1]} <= kept | {"requirements.txt", "requirements-*.txt"}
            assert all(list(ROOT.glob(name)) for name in words[1].split()[:-1])


def test_a_compiled_rulebook_that_root_wrote_is_read_by_everybody():
    """An image compiles it as root, and runs as whom one likes; what others could have written is never unpickled."""
    code = (
        "import os, sys\nfrom compliance.store import code_digest, remembered\ncode_digest()\n"
        "if sys.argv[1] == 'another': os.setuid(10001)\n"
        "print(remembered('thing', 'digest', lambda: sys.argv[1]))"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)

        def told(who: str) -> str:
            return done(sys.executable, "-c", code, who, cwd=ROOT, ADCHECK_CACHE=name).stdout.strip()

        assert told("first") == "first"
        [file] = folder.glob("thing-*.pickle")
        other = "another" if os.getuid() == 0 else "again"  # only root can become somebody else
        file.chmod(0o644)
        assert told(other) == "first"
        file.chmod(0o666)
        assert told(other) == other, "everybody could have written it"
        if os.getuid() == 0:
            file.chmod(0o644)
            os.chown(file, 10002, 10002)
            assert told(other) == other, "somebody else wrote it"
