"""The live draft check in a content script's world, with the real editors, in both browsers. Fails, and is never skipped, where npm is missing."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from driving import wait
from serving import service, site

ROOT = Path(__file__).resolve().parents[2]
EDITORS = Path(__file__).resolve().parent / "editors"
LIVE = (ROOT / "extension/live.js").read_text(encoding="utf-8")
EDITOR = "#editor [contenteditable=true], #editor[contenteditable=true], #editor textarea"
LINES = ["Met code LISA15 krijg je 15% korting", "#glow tot zondag"]
PAGE = """<!doctype html><html lang="nl"><head><title>Post</title><link rel="icon" href="data:,"></head><body><main><h1>Post</h1>
<textarea id="a" aria-label="First"></textarea><textarea id="b" aria-label="Second"></textarea><input id="line" aria-label="Line">
<input id="secret" type="password" aria-label="Secret"><input id="mail" type="email" aria-label="Mail"><textarea id="fixed" readonly aria-label="Fixed">x</textarea>
<div id="plain" contenteditable="true" role="textbox" aria-label="Plain"></div></main></body></html>"""
STRICT = "default-src 'none'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'"
START = """globalThis.asked = []; globalThis.results = []; globalThis.opened = 0; let flying = 0; globalThis.most = 0;
globalThis.live = adcheckLive.startLive({ ask: async (text, meta) => {
  asked.push({ text, meta }); most = Math.max(most, ++flying);
  try { return await (globalThis.reply ?? (async () => ({ outcome: "fail", fix: { insert: "Advertentie: ", text: "Advertentie: " + text } })))(text); } finally { flying -= 1; }
}, onResult: ({ field, text, checklist, error }) =>
  results.push({ id: field.id, text, outcome: checklist?.outcome, fix: checklist?.fix, error: error?.message }), onOpen: () => { opened += 1; } });"""

# What depends on no browser is tried in the quicker one.
chromium_only = pytest.mark.parametrize("_browser", ["chromium"], indirect=True)


class World:
    """A content script's world on a page: its own globals, the page's document."""

    def __init__(self, page):
        self.page, self.run = page, page.world()

    def until(self, condition):
        """Wait until a JavaScript condition holds."""
        wait(lambda: self.run(f"Boolean({condition})"), lambda: f"{condition}: {self.run('JSON.stringify({ asked, results })')}")


@pytest.fixture(scope="module")
def bundle():
    """The editors of tests/browser/editors/package.json as one script."""
    esbuild = EDITORS / "node_modules/.bin/esbuild"
    assert esbuild.exists(), "the tests with real editors need npm packages: make editors"
    define = ['--define:process.env.NODE_ENV="production"', "--define:global=window"]
    built = subprocess.run([esbuild, "editors.js", "--bundle", *define], cwd=EDITORS, capture_output=True, text=True, timeout=60)
    assert built.returncode == 0, built.stderr
    return built.stdout


@pytest.fixture(scope="module")
def places(bundle):
    head = "<title>Editor</title><link rel='icon' href='data:,'><script src='/editors.js'></script>"
    editor = f"<!doctype html><html lang='nl'><head>{head}</head><body><main><div id='editor'></div></main></body></html>"
    files = {"/editors": ("text/html", editor), "/editors.js": ("text/javascript", bundle)}
    headers = {}
    with (
        site(files, headers) as editors_at,
        service(origins=[editors_at]) as service_at,
        site({"/": ("text/html", PAGE)}, {"Content-Security-Policy": STRICT}) as plain_at,
    ):
        headers["Content-Security-Policy"] = (
            f"default-src 'none'; img-src data:; script-src 'self'; style-src 'unsafe-inline'; connect-src {service_at}"
        )
        yield {"editors": editors_at, "plain": plain_at, "service": service_at}


@pytest.fixture
def open_world(browser, places):
    def open_(editor=None, before=""):
        page = browser.new()
        page.go(f"{places['editors']}/editors" if editor else places["plain"])
        if editor:
            page.evaluate("(kind) => { window.editor = mount[kind](document.getElementById('editor')); }", editor)
        world = World(page)
        world.run(f"{before}\n{LIVE}\n{START}; null")
        return world

    return open_


def write(page, lines=LINES, selector=EDITOR):
    page.part(selector).click()
    time.sleep(0.05)  # an editor hears of its caret a little later
    for index, line in enumerate(lines):
        if index:
            page.press("Enter")
        page.type(line)


def badge(page):
    return page.part("button > [role=status]")


@pytest.mark.parametrize("kind", ["lexical", "draft", "quill", "prosemirror", "react"])
def test_what_is_written_in_an_editor_is_checked_and_mended_and_undone(open_world, places, kind):
    world = open_world(kind)
    page = world.page
    world.run(f"""globalThis.reply = async (text) => (await fetch("{places["service"]}/api/v1/check", {{ method: "POST",
        headers: {{ "Content-Type": "application/json" }}, body: JSON.stringify({{ text, reach: ["nl"] }}) }})).json()""")
    write(page)
    world.until("results.length")
    text = "\n".join(LINES)
    assert world.run("asked.map(({ text }) => text)") == [text]
    assert world.run("[results[0].outcome, results[0].text]") == ["fail", text]
    fixed = world.run("results[0].fix.text")
    assert fixed.endswith(text)
    assert fixed != text
    badge(page).says("Fix this")
    page.press("End")  # the caret may stand anywhere
    assert world.run("adcheckLive.applyFix(live.field, results[0].fix)") == "applied"
    assert normal(page.evaluate("editor.text()")) == fixed
    world.until(f"results.at(-1).text === {json.dumps(fixed)}")
    assert world.run("results.at(-1).outcome") == "pass"
    page.press("Control+z")
    world.until(f"results.at(-1).text === {json.dumps(text)}")
    assert normal(page.evaluate("editor.text()")) == text
    page.type("X")  # the editor is still alive, and its model the one that is seen
    world.until("results.length > 3")
    assert normal(page.evaluate("editor.text()")) == world.run("results.at(-1).text")


def test_a_fix_from_a_side_panel_reaches_an_editor_that_heard_its_focus_go(open_world):
    world = open_world("draft")
    write(world.page)
    world.until("results.length")
    world.page.evaluate("document.activeElement.dispatchEvent(new FocusEvent('focusout', { bubbles: true }))")
    world.run("document.hasFocus = () => false")  # as while the window's focus is in the panel
    assert world.run("adcheckLive.applyFix(live.field, results[0].fix)") == "applied"
    assert normal(world.page.evaluate("editor.text()")) == "Advertentie: " + "\n".join(LINES)


def normal(text):
    """Lexical and Draft.js write a blank line between paragraphs where a reader sees a new line."""
    return text.replace("\n\n", "\n")


@pytest.mark.parametrize("kind", ["lexical", "draft", "quill", "prosemirror", "react"])
def test_a_long_paste(open_world, kind):
    world = open_world(kind)
    text = "\n".join(f"{number}. {'Zondag met de kinderen naar het bos en weer terug. ' * 4}".strip() for number in range(40))
    world.page.part(EDITOR).click()
    world.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    world.page.press("Control+v")
    world.until("results.length")
    assert world.run("asked.map(({ text }) => text)") == [text]


@pytest.mark.parametrize(("selector", "kind"), [("#a", "textarea"), ("#line", "input"), ("#plain", "composer")])
def test_plain_fields_on_a_page_with_the_strictest_policy(open_world, selector, kind):
    world = open_world()
    page = world.page
    before = page.evaluate("document.documentElement.outerHTML")
    write(page, LINES[:1], selector)
    world.until("results.length")
    assert world.run("asked[0]") == {
        "text": LINES[0],
        "meta": {
            "kind": kind,
            "label": page.part(selector).each("(one) => one.ariaLabel")[0],
        },
    }
    assert world.run("adcheckLive.applyFix(live.field, results[0].fix)") == "applied"
    assert page.value(selector) == f"Advertentie: {LINES[0]}"
    page.press("Control+z")
    page.until(
        f"(({selector[1:]}) => {selector[1:]}.value ?? {selector[1:]}.innerText)(document.querySelector('{selector}')) === {json.dumps(LINES[0])}"
    )
    world.run("live.stop()")
    if kind == "composer":
        page.evaluate("document.querySelector('#plain').replaceChildren()")
    assert page.evaluate("document.documentElement.outerHTML") == before


def test_closing_leaves_the_page_as_it_was(open_world):
    world = open_world()
    page = world.page
    before = page.evaluate("document.documentElement.outerHTML")
    write(page, ["x"], "#a")
    world.until("results.length")
    assert page.evaluate("document.body.outerHTML") in before, "while it is open, the body is not touched"
    assert page.evaluate("document.documentElement.outerHTML") != before
    world.run("live.stop()")
    assert page.evaluate("document.documentElement.outerHTML") == before
    write(page, ["yz"], "#a")
    time.sleep(0.7)
    assert world.run("asked.length") == 1


@chromium_only
def test_one_question_at_a_time_and_stale_answers_dropped(open_world):
    world = open_world()
    world.run("globalThis.reply = (text) => new Promise((done) => setTimeout(() => done({ outcome: 'pass', fix: null }), 700))")
    for text in ("one", "one two", "one two three"):
        world.page.insert("#a", text)
        time.sleep(0.45)
    world.until("results.length")
    assert world.run("results.map(({ text }) => text)") == ["one two three"]
    assert world.run("most") == 1


@chromium_only
def test_two_fields_are_both_judged_one_after_the_other(open_world):
    world = open_world()
    world.run("globalThis.reply = (text) => new Promise((done) => setTimeout(() => done({ outcome: 'pass', fix: null }), 300))")
    world.page.insert("#a", "first")
    world.page.insert("#b", "second")
    world.until("results.length === 2")
    assert world.run("results.map(({ id, text }) => id + text)") == ["afirst", "bsecond"]
    assert world.run("most") == 1
    edges = "(one) => { const box = one.getBoundingClientRect(); return [box.right, box.top, box.bottom]; }"
    [field], [sign] = world.page.part("#b").each(edges), world.page.part("button").each(edges)
    assert abs(sign[0] - field[0]) < 2
    assert 0 <= sign[1] - field[2] < 10


@chromium_only
def test_a_field_removed_while_it_is_judged(open_world):
    world = open_world()
    world.run("globalThis.reply = (text) => new Promise((done) => setTimeout(() => done({ outcome: 'fail', fix: null }), 400))")
    world.page.insert("#a", "first")
    world.until("asked.length")
    world.run("globalThis.gone = document.getElementById('a')")
    world.page.evaluate("document.getElementById('a').remove()")
    time.sleep(0.6)
    assert world.run("results.length") == 0
    badge(world.page).gone()
    assert world.run("adcheckLive.applyFix(gone, { insert: 'x', text: 'xfirst' })") == "gone"
    world.page.insert("#b", "second")
    world.until("results.length")


def test_the_service_down_is_said_and_the_draft_kept(open_world):
    world = open_world()
    world.run("globalThis.reply = async () => { throw new Error('no service'); }")
    world.page.insert("#a", "first")
    world.until("results.length")
    assert world.run("results[0].error") == "no service"
    badge(world.page).says("Adcheck does not answer; your draft is untouched")
    assert world.page.value("#a") == "first"
    world.run("globalThis.reply = async () => ({ outcome: 'pass', fix: null })")
    world.run("live.check(document.getElementById('a'))")
    badge(world.page).says("No problem found")


@pytest.mark.parametrize("kind", [None, "lexical", "draft", "quill", "prosemirror"])
def test_an_input_method_is_not_interrupted(open_world, kind):
    world = open_world(kind)
    page = world.page
    page.part("#a" if kind is None else EDITOR).click()
    page.compose("に")
    page.compose("にほ")
    time.sleep(0.7)
    assert world.run("asked.length") == 0
    page.commit("日本")
    world.until("results.length")
    assert world.run("asked.map(({ text }) => text)") == ["日本"]


def test_secrets_and_what_cannot_be_written_are_never_read(open_world):
    world = open_world()
    world.page.insert("#secret", "hunter2")
    world.page.insert("#mail", "a@b.example")
    world.page.evaluate("document.getElementById('fixed').dispatchEvent(new InputEvent('input', { bubbles: true }))")
    time.sleep(0.7)
    assert world.run("asked.length") == 0


@chromium_only
def test_a_fix_for_another_text_or_without_room_is_not_applied(open_world):
    world = open_world()
    world.page.insert("#a", "first")
    world.until("results.length")
    world.page.insert("#a", "first and more")
    assert world.run("adcheckLive.applyFix(live.field, results[0].fix)") == "changed"
    world.page.evaluate("document.getElementById('a').maxLength = 20")
    world.until("results.length === 2")
    assert world.run("adcheckLive.applyFix(live.field, results[1].fix)") == "full"
    assert world.page.value("#a") == "first and more"


def test_the_badge_opens_and_leaves_the_field_its_focus(open_world):
    world = open_world()
    world.page.insert("#a", "first")
    badge(world.page).click()
    assert world.run("opened") == 1
    assert world.page.evaluate("document.activeElement.id") == "a"
    world.until("results.length")
    if world.page.browser.name == "chromium":
        world.page.own.emulate_media(forced_colors="active")
        style = "(one) => { const { borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(one); return [borderTopWidth, borderTopColor !== backgroundColor]; }"
        assert world.page.part("button").each(style) == [["1px", True]]  # its ground is not seen then
        found = Axe().run(world.page.own)
        assert found.violations_count == 0, found.generate_report()


READ = {
    "@glowskin<br>Love it": "@glowskin\nLove it",
    "<p>a</p><p><br></p><p>b</p>": "a\n\nb",
    "<p>a<br></p><p>b</p>": "a\nb",
    "a<br><br>b": "a\n\nb",
    "<div>a</div>b<div>c</div>": "a\nb\nc",
    "<div><div><span>a</span></div></div><div><div><span><br></span></div></div>": "a\n",
    "<p>een <b>twee</b>&nbsp;<i>drie</i></p>": "een twee drie",
    "<ul><li>a</li><li>b</li></ul>": "a\nb",
    "<p>with <span contenteditable='false'>@brand</span>\ufeff!</p>": "with @brand!",
    "<p>\n  a\n  b\n</p>\n<p>c</p>": "a b\nc",
    "<span data-slate-placeholder='true'>Write …</span><p><br></p>": "",
    "": "",
}


@chromium_only
def test_text_is_read_with_its_lines(open_world):
    world = open_world("plain")
    read = """(html) => { const field = document.querySelector("#editor");
      field.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes); return adcheckLive.textOf(field); }"""
    assert {html: world.run(f"({read})({json.dumps(html)})") for html in READ} == READ


MEASURED = """{ const timed = (name, call) => function (...given) { const start = performance.now(); try { return call.apply(this, given); } finally {
    performance.measure(name, { start, end: performance.now() }); } };
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, handler, options) { return listen.call(this, type, timed("adcheck-key", handler), options); };
  const Observer = MutationObserver; globalThis.MutationObserver = class extends Observer { constructor(call) { super(timed("adcheck-key", call)); } };
  const wait = setTimeout; globalThis.setTimeout = (call, ...rest) => wait(timed("adcheck-check", call), ...rest); }"""


@pytest.mark.parametrize("kind", ["lexical", "draft", "react"])
def test_a_key_costs_less_than_four_milliseconds(open_world, kind, record_property):
    world = open_world(kind, MEASURED)
    page = world.page
    page.part(EDITOR).click()
    page.evaluate("(text) => navigator.clipboard.writeText(text)", "\n".join(["Zondag met de kinderen naar het bos en weer terug."] * 100))
    page.press("Control+v")
    world.until("results.length")
    world.run("performance.clearMeasures()")
    keys = "met code LISA15 krijg je 15% korting tot zondag"
    page.type(keys)
    work = world.run("performance.getEntriesByName('adcheck-key').map(({ duration }) => duration)")
    assert len(work) >= len(keys), "each key was seen"
    world.until("results.length === 2")
    check = max(world.run("performance.getEntriesByName('adcheck-check').map(({ duration }) => duration)"))
    record_property("per key", sum(work) / len(keys))
    print(f"{kind}: {sum(work) / len(keys):.3f} ms a key, reading 5,000 characters {check:.2f} ms")
    if page.browser.name == "firefox":
        return  # its clock has steps of 1 ms: the figure is for the table in docs/extension.md
    assert sum(work) / len(keys) < 4
    assert sorted(work)[int(len(work) * 0.95)] < 4
