"""Text ↔ DOM in a real browser: breaks, blanks, emoji pictures, shadow roots, and every offset leads back to its words."""

from __future__ import annotations

import pytest
from chromium import EXTENSION, FLAGS, chromium

CASES = [
    ("@glowskin<br>Love it", "@glowskin\nLove it"),
    ("<div>one</div><div>two</div>three", "one\ntwo\nthree"),
    ("<p>one</p>\n  <p>two</p>", "one\ntwo"),
    ("  a <b> b</b>\n c  ", "a b c"),
    ("a<span>b</span> <i>c</i>", "ab c"),
    ("<div>a<br></div><div>b</div>", "a\nb"),
    ("<div><div><div>deep</div></div></div><span>er</span>", "deep\ner"),
    ('<span style="white-space:pre-wrap">a\n\n  b</span>', "a\n\n  b"),
    ('<span style="white-space:pre-line">a \n  b   c</span>', "a\nb c"),
    ('x<img alt="😀" src="data:,">y<img alt="A woman in a garden with flowers" src="data:,">', "x😀y"),
    ("a<script>no()</script><style>b{}</style><template>t</template><textarea>u</textarea>b", "ab"),
    ("a\u00a0\u00a0b", "a\u00a0\u00a0b"),
    ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
    ("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "a\nb"),
    ('a <span style="display:none">hidden</span> b', "a hidden b"),
    ("", ""),
    ("<br><br>", ""),
]


@pytest.fixture(scope="module")
def page(playwright):
    browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    opened = browser.new_page()
    opened.set_content("<!doctype html><div id=root></div>")
    opened.add_script_tag(path=EXTENSION / "textmap.js")
    yield opened
    browser.close()


@pytest.mark.parametrize(("markup", "text"), CASES)
def test_the_text_is_as_a_reader_sees_it(page, markup, text):
    found = page.evaluate(
        """(markup) => {
          const root = document.getElementById("root");
          root.innerHTML = markup;
          const before = root.innerHTML;
          const map = adcheck.textmap.read(root);
          const wrong = [];
          for (let start = 0; start < map.text.length; start += 1) {
            const letter = map.text[start];
            if (/\\s/.test(letter) || /[\\ud800-\\udfff]/.test(letter)) continue;
            const range = map.range(start, start + 1);
            if (String(range) !== letter || map.offset(range.startContainer, range.startOffset) !== start) wrong.push([start, letter, String(range)]);
          }
          return { text: map.text, wrong, same: root.innerHTML === before };
        }""",
        markup,
    )
    assert found == {"text": text, "wrong": [], "same": True}


def test_a_selection_is_read_from_its_edges(page):
    text = page.evaluate("""() => {
      const root = document.getElementById("root");
      root.innerHTML = "<p>Zondag naar <b>het bos</b></p><p>Met code LISA15</p>";
      const range = document.createRange();
      range.setStart(root.querySelector("b").firstChild, 4);
      range.setEnd(root.lastChild.firstChild, 8);
      return adcheck.textmap.read(range).text;
    }""")
    assert text == "bos\nMet code"


def test_an_open_shadow_root_is_read(page):
    text = page.evaluate("""() => {
      const root = document.getElementById("root");
      root.innerHTML = "<x-post>slotted</x-post>";
      root.firstChild.attachShadow({ mode: "open" }).innerHTML = "<b>before</b><slot></slot>";
      return adcheck.textmap.read(root).text;
    }""")
    assert text == "beforeslotted"


def test_offsets_in_code_points_and_back(page):
    assert page.evaluate("adcheck.textmap.toCodePoints('a😀b', 3)") == 2
    assert page.evaluate("adcheck.textmap.fromCodePoints('a😀b', 2)") == 3
