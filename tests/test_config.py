"""adcheck.toml through the command line: what wins, what it says of itself, and what is said of a wrong one."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from compliance.cli import main
from compliance.config import KEYS, load_config
from compliance.config_template import TEMPLATE
from compliance.intake import FIELDS
from compliance.rulebook import load_rulebook

AD = "Met code LISA15 krijg je 15% korting"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(AD, encoding="utf-8")
    return tmp_path


def run(*args):
    return CliRunner().invoke(main, list(args))


def posts(*args):
    result = run("check", *args, "-f", "jsonl", "--as-of", "2026-11-23")
    return [json.loads(line) for line in result.stdout.splitlines()], result


def write(text, name="adcheck.toml"):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def test_reach_and_the_rest_come_from_the_nearest_config_and_options_win(folder):
    write('reach = ["nl"]\nfail-on = "critical"\ninterface = "nl"\n')
    (folder / "deep").mkdir()
    (folder / "deep" / "b.txt").write_text(AD, encoding="utf-8")
    (folder / "deep" / "pyproject.toml").write_text('[tool.adcheck]\nreach = "de, be"\n', encoding="utf-8")
    (first, second), result = posts("a.txt", "deep/b.txt")
    assert (first["reach"], second["reach"]) == (["nl"], ["be", "de"])
    assert result.exit_code == 1  # the nearer config has no fail-on
    assert posts("a.txt")[1].exit_code == 0
    assert posts("a.txt", "--fail-on", "minor")[1].exit_code == 1
    assert posts("a.txt", "-r", "fr")[0][0]["reach"] == ["fr"]
    assert run("check", "a.txt", "--no-config").exit_code == 2
    assert posts("deep/b.txt", "--config", "adcheck.toml")[0][0]["reach"] == ["nl"]


def test_a_pyproject_without_a_table_is_passed_over(folder):
    write('reach = ["nl"]\n')
    (folder / "deep").mkdir()
    (folder / "deep" / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    (folder / "deep" / "b.txt").write_text(AD, encoding="utf-8")
    assert posts("deep/b.txt")[0][0]["reach"] == ["nl"]


def test_overrides_by_path_and_by_campaign(folder):
    write(
        'reach = ["nl"]\n[declared]\nbrand = "Acme"\n'
        '[[overrides]]\npaths = ["tiktok/**"]\nplatform = "tiktok"\n'
        '[[overrides]]\ncampaigns = ["Spring"]\ndeclared = {relationship = "gifted"}\n'
    )
    (folder / "tiktok").mkdir()
    (folder / "tiktok" / "cal.csv").write_text("Caption,Campaign\nEen,spring\nTwee,Autumn\n", encoding="utf-8")
    first, second = posts("tiktok/cal.csv")[0]
    assert (first["outcome"], second["outcome"]) == ("fail", "not_applicable")
    assert {"source": "platform", "id": "tiktok"} in [witness for item in first["items"] for witness in item["evidence"]]
    assert "gifted" in first["facts"]["connection"]
    assert posts("tiktok/cal.csv", "-d", "relationship=none")[0][0]["outcome"] == "not_applicable"


def test_a_folder_is_searched_by_include_and_exclude(folder):
    write('reach = ["nl"]\ninclude = ["posts/**/*.txt"]\nexclude = ["**/old/**"]\n')
    for name in ("posts/a.txt", "posts/old/b.txt", "other/c.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(AD, encoding="utf-8")
    assert [post["source"]["name"] for post in posts(".")[0]] == ["posts/a.txt"]
    assert [post["source"]["name"] for post in posts("posts/old/b.txt")[0]] == ["posts/old/b.txt"]  # named itself


def test_duties_are_selected_and_ignored(folder):
    write('reach = ["nl"]\n')
    whole = posts("a.txt")[0][0]
    write('reach = ["nl"]\n[rules]\nselect = ["nl.*"]\nignore = ["topic:gift", "nl.mediawet-child"]\n')
    load_config.cache_clear()
    some = posts("a.txt")[0][0]
    duties = {item["duty"] for item in some["items"]}
    assert duties < {item["duty"] for item in whole["items"]}
    assert all(duty.startswith("nl.") for duty in duties)
    assert not duties & {"nl.gift-label", "nl.mediawet-child"}
    assert some["rulebook"]["digest"] != whole["rulebook"]["digest"]
    write('reach = ["nl"]\n[rules]\nignore = ["topic:gifts"]\n')
    load_config.cache_clear()
    wrong = run("check", "a.txt")
    assert wrong.exit_code == 2
    assert "adcheck.toml:3" in wrong.stderr
    assert "Did you mean 'gift'?" in wrong.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\nreech = ["nl"]\n', "adcheck.toml:2: unknown key 'reech'. Did you mean 'reach'?"),
        ('reach = ["nl"]\n[rules]\nselct = []\n', "adcheck.toml:3: unknown key 'rules.selct'. Did you mean 'select'?"),
        ('[[overrides]]\npaths = ["a"]\ninterface = "nl"\n', "adcheck.toml:3: interface cannot differ by path"),
        ('[[overrides]]\ncampaigns = ["a"]\nfail-on = "minor"\n', "adcheck.toml:3: fail-on cannot differ by campaign"),
        ('[[overrides]]\nplatform = "x"\n', "an override names no paths and no campaigns"),
        ('[declared]\nrelationship = "gift"\n', "adcheck.toml:2: 'gift' is no value of relationship"),
        ('[declared]\nrelationhip = "gifted"\n', "Did you mean 'relationship'?"),
        ('fail-on = "worst"\n', "adcheck.toml:1: 'worst' is no value of fail-on"),
        ("strict = 1\n", "adcheck.toml:1: strict has a wrong value. It takes true or false."),
        ("reach = [1]\n", "reach has a wrong value"),
        ("reach = [\n", "adcheck.toml:1: not valid TOML"),
        ('\nreach = ["xx"]\n', "adcheck.toml:2: unknown market 'xx'"),
        ('reach = ["nl"]\nplatform = "instagrm"\n', "adcheck.toml:2: unknown platform 'instagrm'. Did you mean 'instagram'?"),
        ('reach = ["nl"]\nplatform = "x"\nsurface = "reel"\n', "adcheck.toml:3: unknown surface 'reel' of X"),
        ('reach = ["nl"]\nlanguage = "dutch"\n', "adcheck.toml:2: 'dutch' is no language code"),
        ('reach = ["nl"]\nas-of = "2026-13-01"\n', "adcheck.toml:2: '2026-13-01' is not a date"),
        ('reach = ["nl"]\n[rules]\nignore = ["nl.adlabel"]\n', "adcheck.toml:3: 'nl.adlabel' fits no duty"),
        ('reach = ["nl"]\n[mapping]\ntekst = "Copy"\n', "adcheck.toml:3: no field of a post is called 'tekst'. Did you mean 'text'?"),
        ('[mapping.values.relatonship]\nx = "paid"\n', "adcheck.toml:1: no field of a post is called 'relatonship'"),
        ('[mapping.values.relationship]\nx = "payd"\n', "adcheck.toml:2: 'payd' is no value of relationship"),
        ('[mapping.values.platform]\nfotoboek = "instagrm"\n', "adcheck.toml:2: unknown platform 'instagrm'"),
        ('[declared]\nbrand = "Acme"\nfail-on = "serious"\n', "fail-on is a setting of its own: write it above [declared]."),
    ],
)
def test_a_wrong_config_is_an_error_with_its_line_and_a_suggestion(folder, text, message):
    write(text)
    (folder / "cal.csv").write_text("Caption\nHoi\n", encoding="utf-8")
    for command in ("check", "config show"):
        result = run(*command.split(), "cal.csv")
        assert (command, result.exit_code) == (command, 2)
        assert message in result.stderr


@pytest.mark.parametrize("text", ["tool = 5\n", "[tool]\nadcheck = 5\n"])
def test_a_pyproject_of_another_shape_is_no_crash(folder, text):
    write(text, "pyproject.toml")
    result = run("check", "a.txt", "-r", "nl")
    assert (result.exit_code, "tool.adcheck is a table" in result.stderr) == ((2, True) if "adcheck" in text else (1, False))


def test_the_mapping_and_the_meaning_of_values(folder):
    write('reach = ["nl"]\n[mapping]\ntext = "Words"\n[mapping.values.relationship]\n"Per uur" = "paid"\n')
    (folder / "cal.csv").write_text("Words;Deal\nZondag;per uur\n", encoding="utf-8")
    [post], _ = posts("cal.csv")
    assert "paid" in post["facts"]["connection"]


def test_a_mapping_for_calendars_leaves_the_other_files_of_the_folder_alone(folder):
    write('reach = ["nl"]\n[mapping]\ntext = "Final copy"\n[[overrides]]\npaths = ["old/**"]\nmapping = {text = "Copy"}\n')
    (folder / "old").mkdir()
    files = {"a.csv": f"Final copy,Text\n{AD},x\n", "b.md": f"---\nplatform: x\n---\n{AD}\n", "c.json": json.dumps({"caption": AD})}
    for name, text in {**files, "old/d.csv": f"Copy\n{AD}\n"}.items():
        (folder / name).write_text(text, encoding="utf-8")
    found, _ = posts("a.csv", "b.md", "c.json", "old/d.csv")
    assert [post["source"]["name"] for post in found] == ["a.csv", "b.md", "c.json", "old/d.csv"]
    assert "there is no column 'Final copy' for text" in run("check", "old/d.csv", "--map", "text=Final copy").stderr
    assert "there is no column 'Copi' for text" in run("check", "b.md", "--map", "text=Copi").stderr


def test_show_says_where_each_value_comes_from(folder):
    write('reach = ["nl"]\n\n[[overrides]]\npaths = ["*.txt"]\nplatform = "x"\n[[overrides]]\ncampaigns = ["s"]\nsurface = "post"\n')
    data = json.loads(run("config", "show", "a.txt", "-f", "json").stdout)
    assert data["settings"]["reach"] == {"value": ["nl"], "origin": "adcheck.toml:1"}
    assert data["settings"]["platform"] == {"value": "x", "origin": "adcheck.toml:5"}
    assert data["settings"]["surface"] == {"value": None, "origin": "default"}
    assert data["settings"]["fail-on"] == {"value": "minor", "origin": "default"}
    shown = run("config", "show", "a.txt", "--campaign", "S").stdout
    assert "adcheck.toml:8" in shown
    assert run("config", "show", "nowhere/at/all").exit_code == 2


def test_the_fields_that_a_column_can_hold_are_those_of_the_rules():
    assert set(FIELDS) == set(load_rulebook().columns.fields)


def test_init_writes_a_config_that_holds_and_names_every_setting(folder):
    assert run("config", "init").exit_code == 0
    assert (folder / "adcheck.toml").read_text(encoding="utf-8") == TEMPLATE
    assert posts("a.txt")[0][0]["reach"] == ["nl"]
    assert all(name.split(".")[-1] in TEMPLATE for name in KEYS)
    assert run("config", "init").exit_code == 2
    write("".join(line[2:] if line.startswith("# ") and (" = " in line or "[" in line[:4]) else line for line in TEMPLATE.splitlines(True)))
    load_config.cache_clear()
    assert load_config(folder / "adcheck.toml") is not None  # what is commented out is valid too


def test_a_rule_pack_is_loaded_and_checked_with_the_rulebook(folder):
    labels = folder / "house" / "labels"
    labels.mkdir(parents=True)
    (labels / "nl.yaml").write_text(
        "language: nl\nlabels:\n  acme-team:\n    means: sponsorship\n    text: Team Acme\n    connection: ambassador\n    strength: strong\n"
        '    hashtag: {"#teamacme": "#teamacme Mijn jas"}\n',
        encoding="utf-8",
    )
    write('reach = ["nl"]\npacks = ["house"]\n')
    (folder / "b.txt").write_text("Mijn nieuwe jas #teamacme", encoding="utf-8")
    [post], _ = posts("b.txt")
    assert [signal["id"] for signal in post["signals"] if signal["kind"] == "label"] == ["nl.acme-team"]
    built_in = posts("b.txt", "--no-config", "-r", "nl")[0][0]
    assert post["rulebook"]["digest"] != built_in["rulebook"]["digest"]
    assert built_in["signals"] == []
    tested = run("rules", "test", "house/", "--pack", "house")
    assert (tested.exit_code, tested.stdout) == (0, "1 examples hold, 0 do not.\n")

    def told():
        load_rulebook.cache_clear()  # a process reads a folder once
        result = run("check", "b.txt")
        assert result.exit_code == 2
        return result.stderr

    (labels / "nl.yaml").write_text((labels / "nl.yaml").read_text(encoding="utf-8").replace("acme-team", "advertentie"), encoding="utf-8")
    assert "house/labels/nl.yaml:advertentie: 'nl.advertentie' is defined twice" in told()
    (labels / "nl.yaml").write_text("language: nl\nlabels:\n  x: {mean: sponsorship}\n", encoding="utf-8")
    assert "house/labels/nl.yaml:3: unknown key 'mean'" in told()
    (labels / "nl.yaml").unlink()
    (folder / "house" / "rules.yaml").write_text("a: 1\n", encoding="utf-8")
    assert "a rule pack cannot hold this file" in told()
    (folder / "house" / "rules.yaml").unlink()
    assert "there is no rule pack here" in told()


def test_the_bar_can_differ_by_path(folder):
    write('reach = ["nl"]\nfail-on = "never"\n[[overrides]]\npaths = ["live/**"]\nfail-on = "minor"\nstrict = true\n')
    (folder / "live").mkdir()
    (folder / "live" / "b.txt").write_text(AD, encoding="utf-8")
    (folder / "live" / "c.txt").write_text("Samen met @glowlab #samenwerking", encoding="utf-8")
    assert [posts(name)[1].exit_code for name in ("a.txt", "live/b.txt", "live/c.txt", ".")] == [0, 1, 1, 1]
    assert posts("live", "--fail-on", "critical")[1].exit_code == 0
    shown = {name: json.loads(run("config", "show", name, "-f", "json").stdout)["settings"] for name in ("a.txt", "live/b.txt")}
    assert shown["a.txt"]["fail-on"] == {"value": "never", "origin": "adcheck.toml:2"}
    assert shown["live/b.txt"]["fail-on"] == {"value": "minor", "origin": "adcheck.toml:5"}
    assert shown["live/b.txt"]["strict"] == {"value": True, "origin": "adcheck.toml:6"}


MARKET = """jurisdictions:
  fi:
    name: {en: Finland, nl: Finland}
    region: europe
    parents: [eu, icc]
    languages: [fi, sv]
    aliases: [suomi]
    regulators: [Kilpailu- ja kuluttajavirasto]
"""
PLATFORM = """platforms:
  fotogram:
    name: Fotogram
    hosts: [fotogram.example]
    visual: true
    surfaces:
      feed:
        fold: {visible: 20, hidden: 30}
        source: Our own measurement
        checked: "2026-11-23"
        certainty: primary
"""
NETWORK = """networks:
  acme-partners:
    name: Acme Partners
    strength: strong
    hosts: [go.acme.example]
    examples: ["https://go.acme.example/anna"]
    source: Acme's own contract
"""
LABEL = """language: fi
labels:
  mainos:
    means: sponsorship
    text: Mainos
    strength: strong
    standalone: {"mainos": "Mainos | uusi takki"}
"""
DUTY = """id: fi.ad-label
title: {en: The post says that it is advertising, nl: De post zegt dat het reclame is}
topic: sponsorship
status: stable
severity: serious
in_force: {from: "2020-01-01"}
refines: [eu.ad-identifiable, icc.ad-identifiable]
law:
  act: {kind: statute, cite: "Section 4", authority: The authority, url: "https://law.example/4", checked: "2026-11-23", certainty: primary}
applies_when: {commercial: yes}
requires: {disclosure: {means: [sponsorship], place: lead, language: any}}
labels:
  accepted: [fi.mainos]
fix: {label: fi.mainos}
known_gaps: Nothing is read in pictures.
examples:
  - {text: "Uusi takki https://go.acme.example/anna", outcome: fail, gate: missing}
  - {text: "Mainos | Uusi takki https://go.acme.example/anna", outcome: pass}
  - {text: "Sunnuntaina metsässä", outcome: not_applicable}
"""


def test_a_rule_pack_adds_a_market_a_platform_and_a_network(folder):
    """A market with its language and duty, a platform with its fold, a network: data alone, checked by the same schemas and tests."""
    files = {
        "jurisdictions.yaml": MARKET,
        "platforms.yaml": PLATFORM,
        "networks.yaml": NETWORK,
        "labels/fi.yaml": LABEL,
        "duties/fi/ad-label.yaml": DUTY,
    }
    for name, text in files.items():
        (folder / "house" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "house" / name).write_text(text, encoding="utf-8")
    write('reach = ["suomi"]\nplatform = "fotogram"\npacks = ["house"]\n')
    (folder / "b.txt").write_text("Uusi takki https://go.acme.example/anna", encoding="utf-8")
    (folder / "c.txt").write_text("Uusi takki ja kengät syksyyn https://go.acme.example/anna mainos", encoding="utf-8")
    (bare, late), _ = posts("b.txt", "c.txt")
    assert bare["reach"] == ["fi"]
    assert [(item["outcome"], item["gate"]) for item in bare["items"] if item["duty"] == "fi.ad-label"] == [("fail", "missing")]
    assert bare["fix"]["text"] == "Mainos: Uusi takki https://go.acme.example/anna"
    assert "eu.ad-identifiable" not in {item["duty"] for item in bare["items"]}  # refined
    assert [item["gate"] for item in late["items"] if item["duty"] == "fi.ad-label"] == ["placement"]
    tested = run("rules", "test", "house/", "--pack", "house")
    assert (tested.exit_code, tested.stdout) == (0, "4 examples hold, 0 do not.\n")
    assert run("check", "b.txt", "--no-config", "-r", "fi").exit_code == 2

    def told(name, old, new):
        path = folder / "house" / name
        path.write_text(files[name].replace(old, new), encoding="utf-8")
        load_rulebook.cache_clear()
        result = run("check", "b.txt")
        path.write_text(files[name], encoding="utf-8")
        assert result.exit_code == 2
        return result.stderr

    assert "house/jurisdictions.yaml:nl: 'nl' is defined twice" in told("jurisdictions.yaml", "  fi:", "  nl:")
    assert "house/jurisdictions.yaml:fi: no market is called 'efta'" in told("jurisdictions.yaml", "[eu, icc]", "[efta]")
    assert "'fi' is its own ancestor" in told("jurisdictions.yaml", "[eu, icc]", "[fi]")
    assert "the alias 'uk' is 'gb''s" in told("jurisdictions.yaml", "suomi", "uk")
    assert "house/platforms.yaml:fotogram: the host 'tiktok.com' is 'tiktok''s" in told("platforms.yaml", "fotogram.example", "tiktok.com")
    assert "house/platforms.yaml:11: " in told("platforms.yaml", "certainty: primary", "certainty: surely")
