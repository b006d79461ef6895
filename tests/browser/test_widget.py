"""The widget in forms of other sites, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import FLAGS, chromium
from playwright.sync_api import expect
from serving import service, site

WIDGET = Path(__file__).resolve().parents[2] / "compliance/web/static/widget.js"
DRAFT = "Dol op mijn nieuwe serum van @glowlab! Met code LISA15 krijg je 15% korting"
HARMLESS = "Zondag met de kinderen naar het bos"
FORM = """<!doctype html><html lang="en"><head><title>A content tool</title><meta name="viewport" content="width=device-width">
<script type="module" src="{service}/static/widget.js"></script><script src="/host.js"></script></head><body><main><h1>A post</h1>
<form id="form" action="/sent"><label for="caption">Caption</label> <textarea id="caption" name="caption"></textarea>
<label for="title">Title</label> <input id="title" name="title"> <div id="rich" contenteditable="true" role="textbox" aria-label="Rich"></div> <button>Send</button></form>
<ad-compliance-check for="caption" reach="nl,de" platform="instagram" {attributes}></ad-compliance-check></main></body></html>"""
HOST = """window.heard = []; window.violations = [];
for (const type of ["adcheck-result", "adcheck-error"]) document.addEventListener(type, (event) => heard.push([type, event.detail]));
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));"""


@pytest.fixture(scope="module")
def cms():
    """A content tool on an origin of its own, with the strictest policy that docs/widget.md names; and the service that lets it in."""
    headers = {"Content-Security-Policy": ""}
    files = {"/host.js": ("text/javascript", HOST), "/sent": ("text/html", "<title>sent</title>")}
    with site(files, headers) as cms_at, service(origins=[cms_at]) as service_at:
        headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self' {service_at}; connect-src {service_at}; form-action 'self'; base-uri 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        for path, attributes in {"/": "", "/block": 'block="fail"', "/nl": 'interface="nl"', "/nowhere": 'reach="xx"'}.items():
            text = FORM.format(service=service_at, attributes=attributes)
            files[path] = ("text/html", text.replace('reach="nl,de"', "") if "reach" in attributes else text)
        yield cms_at, service_at


@pytest.fixture(scope="module")
def browser(playwright):
    launched = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    yield launched
    launched.close()


@pytest.fixture
def embed(browser, cms):
    opened = []

    def open_(path="/", base=cms[0], **options):
        context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1000, "height": 900}, **options})
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(base + path)
        opened.append((context, page))
        return page

    yield open_
    for context, page in opened:
        violations = page.evaluate("window.violations ?? []")
        problems = page.problems
        context.close()
        assert (problems, violations) == ([], [])


def widget(page, selector):
    return page.locator(f"ad-compliance-check {selector}")


def heard(page):
    return page.evaluate("heard.map(([type, detail]) => [type, detail.outcome ?? detail.kind])")


def test_it_is_small_and_needs_nothing():
    text = WIDGET.read_text(encoding="utf-8")
    assert len(text.encode()) < 15 * 1024
    assert not re.search(r"^import |innerHTML|insertAdjacentHTML|\beval\b|style=", text, re.MULTILINE)


def test_the_checklist_comes_while_typing_on_a_strict_page(embed, cms):
    page = embed()
    expect(widget(page, ".panel")).to_have_text("Your checklist appears here")
    page.locator("#caption").press_sequentially("Met code LISA15 krijg je 15% korting", delay=5)
    expect(widget(page, ".summary")).to_contain_text("Something here fails.")
    expect(widget(page, ".item.fail").first).to_contain_text("Germany")
    expect(widget(page, "[role=status]")).to_contain_text("Something here fails. ")
    expect(widget(page, ".panel")).to_contain_text(cms[1].removeprefix("http://"))
    assert (
        page.evaluate("getComputedStyle(document.querySelector('ad-compliance-check').shadowRoot.querySelector('.summary')).display")
        == "flex"
    )
    assert heard(page) == [["adcheck-result", "fail"]]
    assert page.get_attribute("ad-compliance-check", "outcome") == "fail"
    page.fill("#caption", "")
    expect(widget(page, ".panel")).to_have_text("Your checklist appears here")


@pytest.mark.parametrize(("path", "language"), [("/", "en"), ("/nl", "nl")])
def test_words_and_groups_are_those_of_the_site(embed, cms, path, language):
    text = "I tried it. " + DRAFT
    page = embed(path)
    page.fill("#caption", text)
    expect(widget(page, ".summary")).to_be_visible()
    its_own = page.context.new_page()
    its_own.goto(f"{cms[1]}/?lang={language}")
    answer = its_own.evaluate(
        """async (text) => { const body = new URLSearchParams({ text, platform: 'instagram', reach: 'nl,de', tab: 'caption' });
        return (await fetch('/check?lang=' + document.documentElement.lang, { method: 'POST', body })).text(); }""",
        text,
    )
    its_own.evaluate(
        "(html) => { document.body.innerHTML = html; for (const fold of document.querySelectorAll('details')) fold.open = true; "
        "for (const cue of document.querySelectorAll('.cue')) cue.remove(); }",  # which word list found the words: the widget does not tell
        answer,
    )
    tidy = lambda texts: [re.sub(r"\s+", " ", item).strip() for item in texts]  # noqa: E731
    site_says = {name: tidy(its_own.locator(selector).all_inner_texts()) for name, selector in {
        "headline": ".summary-line", "titles": ".item h3", "messages": ".item .message", "advice": ".item .advice", "fix": "#fixed",
        "quotes": ".item .quotes li",
    }.items()}  # fmt: skip
    for fold in widget(page, "summary").all():
        fold.click()
    items = ".item"
    widget_says = {name: tidy(widget(page, selector).all_inner_texts()) for name, selector in {
        "headline": ".summary .big", "titles": f"{items} [role=heading]", "messages": f"{items} .entry > p:first-child",
        "advice": f"{items} .entry > p:nth-child(2):not(.row)", "fix": ".text", "quotes": f"{items} > p:not(.soft)",
    }.items()}  # fmt: skip
    titles = [title.replace(" · ", "") for title in widget_says.pop("titles")]
    assert titles == [title.replace(" · ", "") for title in site_says.pop("titles")]
    assert widget_says == site_says
    assert len(widget_says["messages"]) > 3


def test_before_the_first_answer_it_speaks_dutch_too(embed):
    page = embed("/nl")
    expect(widget(page, ".panel")).to_have_text("Hier verschijnt je checklist")
    page.route("**/api/v1/check", lambda route: route.abort())
    page.fill("#caption", DRAFT)
    expect(widget(page, ".problem")).to_contain_text("De dienst antwoordt niet. Je concept staat hier veilig; start Adcheck opnieuw.")
    expect(widget(page, ".problem button")).to_have_text("Probeer opnieuw")


def test_insert_is_undone_by_the_browser_and_heard_by_the_form(embed):
    page = embed()
    page.evaluate("document.getElementById('caption').addEventListener('input', () => { window.inputs = (window.inputs ?? 0) + 1; })")
    page.fill("#caption", DRAFT)
    widget(page, ".fix .main").click()
    expect(page.locator("#caption")).to_have_value(f"Advertentie / Werbung: {DRAFT}")
    expect(widget(page, "[role=status]")).to_contain_text("No problem found")
    assert page.evaluate("inputs") == 2
    page.keyboard.press("Control+z")
    expect(page.locator("#caption")).to_have_value(DRAFT)
    expect(widget(page, ".summary.fail")).to_be_visible()


def test_a_field_without_room_is_left_alone(embed):
    page = embed()
    page.evaluate(f"document.getElementById('caption').maxLength = {len(DRAFT) + 3}")
    page.fill("#caption", DRAFT)
    widget(page, ".fix .main").click()
    expect(widget(page, ".fix .note")).to_have_text("The field did not take it. Copy it instead.")
    expect(page.locator("#caption")).to_have_value(DRAFT)


def test_copy(embed):
    page = embed(permissions=["clipboard-read", "clipboard-write"])
    page.fill("#caption", DRAFT)
    widget(page, ".fix button:not(.main)").click()
    expect(widget(page, ".fix button:not(.main)")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"Advertentie / Werbung: {DRAFT}"


@pytest.mark.parametrize("field", ["title", "rich"])
def test_other_kinds_of_field(embed, field):
    page = embed()
    page.evaluate(f"document.querySelector('ad-compliance-check').setAttribute('for', '{field}')")
    page.fill(f"#{field}", DRAFT)
    widget(page, ".fix .main").click()
    expect(widget(page, ".summary.pass")).to_be_visible()
    assert (
        page.evaluate(f"(({field}) => {field}.value ?? {field}.innerText)(document.getElementById('{field}'))")
        == f"Advertentie / Werbung: {DRAFT}"
    )


def test_submission_is_held_only_if_asked_and_only_while_something_fails(embed):
    page = embed("/block")
    page.fill("#caption", DRAFT)
    page.click("text=Send")  # before the check of what was typed has begun
    expect(widget(page, ".summary:focus")).to_be_visible()
    expect(widget(page, "[role=status]")).to_have_text("Not sent: something here fails.")
    assert page.url.endswith("/block")
    page.fill("#caption", f"Advertentie / Werbung: {DRAFT}")
    page.click("text=Send")
    page.wait_for_url("**/sent?*")
    free = embed()
    free.fill("#caption", DRAFT)
    expect(widget(free, ".summary.fail")).to_be_visible()
    free.click("text=Send")
    free.wait_for_url("**/sent?*")


def test_a_service_that_is_down_never_holds_a_form(embed):
    page = embed("/block")
    page.route("**/api/v1/check", lambda route: route.abort())
    page.fill("#caption", DRAFT)
    page.click("text=Send")
    page.wait_for_url("**/sent?*")


def test_the_service_down_is_said_and_the_draft_kept(embed):
    page = embed()
    page.route("**/api/v1/check", lambda route: route.abort())
    page.fill("#caption", DRAFT)
    expect(widget(page, ".problem")).to_contain_text("The service does not answer. Your draft is safe here; start Adcheck again.")
    expect(widget(page, "[role=status]")).to_contain_text("does not answer")
    expect(page.locator("#caption")).to_have_value(DRAFT)
    assert heard(page) == [["adcheck-error", "service"]]
    page.focus("#title")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(widget(page, ".problem button:focus")).to_be_visible()
    page.unroute("**/api/v1/check")
    page.keyboard.press("Enter")
    expect(widget(page, ".summary.fail")).to_be_visible()
    expect(widget(page, "button:focus, .summary:focus")).to_have_count(1)


def test_a_wrong_setting_is_said_with_its_cure(embed):
    page = embed("/nowhere")
    page.fill("#caption", DRAFT)
    expect(widget(page, ".problem")).to_contain_text("unknown market 'xx'")
    assert heard(page) == [["adcheck-error", "request"]]
    detail = page.evaluate("heard[0][1]")
    assert (detail["status"], bool(detail["hint"])) == (422, True)


SLOW = """(delay) => { const real = window.fetch; let flying = 0; window.most = 0; window.sent = [];
window.fetch = async (address, options) => { sent.push(JSON.parse(options.body).text); window.most = Math.max(window.most, ++flying);
  await new Promise((done) => setTimeout(done, delay)); try { return await real(address, options); } finally { flying -= 1; } }; }"""


def test_one_request_in_flight_and_stale_answers_dropped(embed):
    page = embed()
    page.evaluate(SLOW, 700)
    for text in (DRAFT, DRAFT + " nu", HARMLESS):
        page.fill("#caption", text)
        page.wait_for_timeout(450)
    expect(widget(page, ".summary.not_applicable")).to_be_visible()
    assert page.evaluate("[most, sent.at(0), sent.at(-1)]") == [1, DRAFT, HARMLESS]
    assert heard(page) == [["adcheck-result", "not_applicable"]]


def test_typing_is_checked_once_after_the_last_key(embed):
    page = embed()
    sent = []
    page.on("request", lambda request: sent.append(request.post_data_json["text"]) if request.method == "POST" else None)
    page.locator("#caption").press_sequentially("Zondag naar het bos", delay=60)
    expect(widget(page, ".summary")).to_be_visible()
    assert sent == ["Zondag naar het bos"]


def test_an_input_method_is_not_interrupted(embed):
    page = embed()
    sent = []
    page.on("request", lambda request: sent.append(1) if request.method == "POST" else None)
    page.focus("#caption")
    cdp = page.context.new_cdp_session(page)
    cdp.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})
    page.wait_for_timeout(700)
    assert sent == []
    cdp.send("Input.insertText", {"text": "日本"})
    expect(widget(page, ".summary")).to_be_visible()
    assert len(sent) == 1


def test_fields_and_widgets_come_and_go(embed):
    page = embed()
    page.evaluate(SLOW, 300)
    page.fill("#caption", DRAFT)
    page.wait_for_timeout(450)
    page.evaluate("document.getElementById('caption').remove()")
    page.wait_for_timeout(500)
    assert heard(page) == []
    page.evaluate("document.getElementById('form').append(Object.assign(document.createElement('textarea'), { id: 'caption' }))")
    page.fill("#caption", HARMLESS)
    expect(widget(page, ".summary.not_applicable")).to_be_visible()
    page.fill("#caption", DRAFT)
    page.evaluate("document.querySelector('ad-compliance-check').remove()")
    page.wait_for_timeout(900)
    assert heard(page) == [["adcheck-result", "not_applicable"]]


def test_what_the_tool_knows_of_the_post_is_sent_along(embed):
    page = embed()
    page.fill("#caption", "Mijn nieuwe jas van @nordpunkt, zo warm")
    expect(widget(page, ".summary")).to_be_visible()
    page.evaluate("document.querySelector('ad-compliance-check').context = { declared: { relationship: 'gifted' } }")
    expect(widget(page, ".summary.fail")).to_be_visible()
    page.evaluate("document.querySelector('ad-compliance-check').setAttribute('reach', 'sg')")
    expect(
        widget(
            page,
            ".item.fail",
        ).filter(has_text="Germany")
    ).to_have_count(0)


def test_colours_follow_the_page(embed):
    page = embed()
    page.fill("#caption", DRAFT)
    expect(widget(page, ".summary")).to_be_visible()
    colour = "getComputedStyle(document.querySelector('ad-compliance-check').shadowRoot.querySelector('.summary')).backgroundColor"
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    page.evaluate("document.documentElement.style.colorScheme = 'dark'")
    assert page.evaluate(colour) == "rgb(29, 32, 39)"
    page.evaluate("document.querySelector('ad-compliance-check').style.setProperty('--adcheck-card', 'rgb(1, 2, 3)')")
    assert page.evaluate(colour) == "rgb(1, 2, 3)"


def test_a_site_that_was_not_named_gets_nothing_and_keeps_its_form(browser, cms):
    page_of = {"/host.js": ("text/javascript", HOST), "/": ("text/html", FORM.format(service=cms[1], attributes=""))}
    with site(page_of) as stranger:
        context = browser.new_context()
        page = context.new_page()
        page.goto(stranger)
        page.fill("#caption", DRAFT)
        assert page.evaluate("customElements.get('ad-compliance-check') === undefined")
        refused = page.evaluate(
            "(at) => fetch(at + '/api/v1/check', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }).then(() => 'let in', () => 'refused')",
            cms[1],
        )
        assert refused == "refused"
        context.close()


@pytest.mark.parametrize(
    ("width", "media"), [(1000, {"color_scheme": "dark"}), (360, {"color_scheme": "light"}), (360, {"forced_colors": "active"})]
)
def test_axe_finds_no_violation(embed, cms, width, media):
    page = embed("/widget-demo", base=cms[1], viewport={"width": width, "height": 800}, **media)
    expect(widget(page, ".summary.fail")).to_be_visible()
    for fold in widget(page, "summary").all():
        fold.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    lines = widget(page, "button, .summary, .item, .fold").evaluate_all(
        "all => all.map(getComputedStyle).map((style) => parseFloat(style.borderTopWidth) > 0 && (style.borderTopColor !== style.backgroundColor))"
    )
    assert lines
    assert all(lines) or "forced_colors" not in media  # a ground is not seen then
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.fill("#post-text", "")
    expect(widget(page, ".summary")).to_have_count(0)
    page.route("**/api/v1/check", lambda route: route.abort())
    page.fill("#post-text", DRAFT)
    expect(widget(page, ".problem")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_demo_page_holds_and_sends(embed, cms):
    page = embed("/about", base=cms[1])
    page.click("text=See the widget")
    expect(widget(page, ".summary.fail")).to_be_visible()
    page.click("text=Schedule")
    expect(page.locator("#sent")).to_be_hidden()
    widget(page, ".fix .main").click()
    expect(widget(page, ".summary.pass")).to_be_visible()
    page.click("text=Schedule")
    expect(page.locator("#sent")).to_be_visible()
    expect(page.locator("#heard")).to_contain_text('"outcome":"pass"')
