// The live draft check: watches the field that is being written in, asks after the last key, and applies a fix as if it were typed.
// A classic script without imports, so that it loads as a content script by file; it offers `adcheckLive` to the scripts that load after it.
// It knows no service: it talks to whoever starts it through `ask(text, meta) → Promise<checklist>` alone.
(() => {
  if (globalThis.adcheckLive) return; // loaded before

  const QUIET = 400; // milliseconds after the last key
  const PATIENCE = 20000; // milliseconds until an unanswered question counts as failed
  const INPUTS = new Set(["text", "search"]); // never passwords, addresses or numbers
  const BLOCKS = new Set(("ADDRESS ARTICLE ASIDE BLOCKQUOTE DD DETAILS DIV DL DT FIGCAPTION FIGURE FOOTER FORM H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN NAV OL P PRE " +
    "SECTION TABLE TR UL").split(" "));
  const UNSEEN = "script, style, template, [hidden], [data-slate-placeholder]";

  /** The field that `node` is part of: a textarea, a text input, or the outermost element of a composer; null where nothing is written or it is read-only. */
  function fieldOf(node) {
    if (node?.getRootNode().host?.hasAttribute("data-adcheck")) return null; // a field of Adcheck's own panel
    if (node instanceof HTMLTextAreaElement || (node instanceof HTMLInputElement && INPUTS.has(node.type))) return node.readOnly || node.disabled ? null : node;
    let found = null; // by attribute: `isContentEditable` would make the browser compute styles at each key
    for (let element = node instanceof Element ? node : node?.parentElement; element && element !== document.body; element = element.parentElement) {
      const value = element.getAttribute("contenteditable")?.toLowerCase();
      if (value === "false") break;
      if (value !== undefined) found = element;
    }
    return found;
  }

  /** The text of a field as its reader sees it: a line for each block and each `<br>`. */
  function textOf(field) {
    if ("value" in field) return field.value;
    const collapses = !getComputedStyle(field).whiteSpace.startsWith("pre");
    const lines = [""];
    let used = false; // the last line has content
    let broken = false; // a <br> came last: it begins a line only if something follows in its block
    const begin = () => { if (used) lines.push(""); used = broken = false; };
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) {
        let text = node.data.replace(/\uFEFF/g, "").replace(/\u00A0/g, " ");
        if (collapses) text = text.replace(/[ \t\r\n]+/g, " ");
        if (!text || (collapses && text === " " && !lines.at(-1))) return;
        if (broken) begin();
        lines[lines.length - 1] += text;
        used = true;
      } else if (node.nodeType === Node.ELEMENT_NODE && !node.matches(UNSEEN)) {
        if (node.tagName === "BR") {
          if (broken) begin();
          used = broken = true;
          return;
        }
        const isBlock = node !== field && BLOCKS.has(node.tagName);
        if (isBlock) begin();
        for (const child of node.childNodes) walk(child);
        if (isBlock) begin();
      }
    };
    walk(field);
    if (!used) lines.pop();
    return (collapses ? lines.map((line) => line.replace(/ +/g, " ").trim()) : lines).join("\n");
  }

  /** A text without the differences in spaces that editors make at the ends of lines. */
  const shape = (text) => text.replace(/[^\S\n]+/g, " ").replace(/ $/gm, "");

  /** Put the caret before everything in the field. */
  function toStart(field) {
    field.focus({ preventScroll: true });
    // While a side panel has the window's focus, the page hears of none, and editors made with React (Draft.js) would not follow the caret.
    if (!document.hasFocus()) field.dispatchEvent(new FocusEvent("focusin", { bubbles: true, composed: true }));
    if ("value" in field) return field.setSelectionRange(0, 0);
    const first = document.createTreeWalker(field, NodeFilter.SHOW_ALL, (node) =>
      node.nodeType === Node.TEXT_NODE || node.nodeName === "BR" || node.contentEditable === "false" ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP).nextNode();
    const selection = getSelection();
    if (!first) selection.setPosition(field, 0);
    else if (first.nodeType === Node.TEXT_NODE) selection.setPosition(first, 0);
    else selection.setPosition(first.parentNode, [...first.parentNode.childNodes].indexOf(first));
  }

  /** One `selectionchange` has passed, and the editor has read it. */
  const settled = () => new Promise((done) => {
    const go = () => { clearTimeout(late); document.removeEventListener("selectionchange", go); setTimeout(done, 30); };
    const late = setTimeout(go, 80); // the selection stood there already
    document.addEventListener("selectionchange", go);
  });

  /**
   * Type `fix.insert` before the text of `target`, so that the editor takes it into its own model and its undo takes it back.
   * Resolves to `applied`, or to why not: `gone` (the field), `changed` (the text is no longer the one that was judged), `full` (a length limit),
   * `refused` (the editor did not take it; offer to copy).
   */
  async function applyFix(target, fix) {
    const field = target?.isConnected ? fieldOf(target) : null;
    if (field === null) return "gone";
    const before = textOf(field);
    const isMended = (text) => shape(text) === shape(fix.text);
    if (!isMended(fix.insert + before)) return "changed";
    if (field.maxLength >= 0 && fix.text.length > field.maxLength) return "full";
    toStart(field);
    await settled();
    document.execCommand("insertText", false, fix.insert);
    for (let turn = 0; turn < 10; turn += 1) { // editors that render on their own time
      if (isMended(textOf(field))) return "applied";
      await new Promise((done) => setTimeout(done, 30));
    }
    return "refused";
  }

  /**
   * Watch the document until `stop()`.
   *
   * ask(text, meta) → Promise<checklist> as the API answers (`outcome`, `fix`); meta is {kind: textarea | input | composer, label}.
   * onResult({field, text, meta, checklist} or {field, text, meta, error}): only for the text that stands in the field.
   * onOpen(field): the badge was pressed. outcome(checklist): the one that the badge shows, by default its own. quiet: milliseconds after the last key. words: the badge's words by outcome, `checking` and `offline`.
   */
  function startLive({ ask, onResult = () => {}, onOpen = () => {}, outcome = (checklist) => checklist.outcome, quiet = QUIET, words = {} }) {
    const stopping = new AbortController();
    const states = new WeakMap(); // field → {timer, asked: the text of the last answer}
    const waiting = new Set(); // fields to ask about, first come first
    const badge = makeBadge(onOpen, words);
    let busy = false;
    let composing = null; // the field in which an input method composes
    let watched = null;
    // Editors that handle a key themselves fire no `input`; what they draw tells.
    const drawn = new MutationObserver(() => { if (watched !== composing) soon(watched); });

    const on = (type, handler) => document.addEventListener(type, (event) => handler(event.composedPath()[0]), { capture: true, passive: true, signal: stopping.signal });
    on("input", (node) => { const field = fieldOf(node); watch(field); if (field !== composing) soon(field); });
    on("focusin", (node) => watch(fieldOf(node)));
    on("compositionstart", (node) => { composing = fieldOf(node); clearTimeout(states.get(composing)?.timer); });
    on("compositionend", () => { const field = composing; composing = null; soon(field); });

    function watch(field) {
      if (field === watched) return;
      watched = field;
      drawn.disconnect();
      if (field !== null && !("value" in field)) drawn.observe(field, { characterData: true, childList: true, subtree: true });
    }

    function soon(field) {
      if (field === null || stopping.signal.aborted) return;
      const state = states.get(field) ?? states.set(field, { timer: 0, asked: null }).get(field);
      clearTimeout(state.timer);
      state.timer = setTimeout(() => { waiting.add(field); pump(); }, quiet);
    }

    /** Ask about the fields that wait, one at a time. */
    async function pump() {
      if (busy) return;
      busy = true;
      for (const field of waiting) {
        waiting.delete(field);
        await judge(field);
        if (stopping.signal.aborted) return;
      }
      busy = false;
    }

    async function judge(field) {
      if (!field.isConnected || field === composing) return;
      const state = states.get(field);
      const text = textOf(field);
      if (text === state.asked) return; // the caret moved, or the editor only drew again
      state.asked = text;
      if (!text.trim()) return badge.hide(field);
      const meta = { kind: field instanceof HTMLTextAreaElement ? "textarea" : field instanceof HTMLInputElement ? "input" : "composer", label: field.getAttribute("aria-label") ?? field.getAttribute("placeholder") ?? "" };
      badge.show(field, "checking");
      let late;
      const patience = new Promise((_, fail) => { late = setTimeout(() => fail(new Error("no answer")), PATIENCE); });
      const answer = await Promise.race([Promise.resolve().then(() => ask(text, meta)), patience]).then((checklist) => ({ checklist }), (error) => ({ error }));
      clearTimeout(late);
      if (answer.error) state.asked = null; // the next key asks again
      if (stopping.signal.aborted) return;
      if (!field.isConnected) return badge.hide(field);
      if (textOf(field) !== text) { // stale: its own timer runs, or a composition goes on
        state.asked = null;
        return;
      }
      badge.show(field, answer.error ? "offline" : outcome(answer.checklist));
      onResult({ field, text, meta, ...answer });
    }

    watch(fieldOf(document.activeElement));
    return {
      /** The field in which was written last, or null. */
      get field() { return watched?.isConnected ? watched : null; },
      /** The field that the badge stands at, or null. */
      get marked() { return badge.field; },
      /** Check `field` (by default the focused one) without waiting for a key. */
      check(field = fieldOf(document.activeElement)) {
        if (field === null) return;
        soon(field);
        clearTimeout(states.get(field).timer);
        states.get(field).asked = null;
        waiting.add(field);
        pump();
      },
      /** Stop watching and leave the page as it was. */
      stop() {
        stopping.abort();
        drawn.disconnect();
        waiting.clear();
        badge.remove();
      },
    };
  }

  // ---------------------------------------------------------------- the badge
  const WORDS = { fail: "Fix this", needs_review: "Please look", pass: "No problem found", not_applicable: "Does not apply", checking: "Checking …", offline: "Adcheck does not answer; your draft is untouched" };
  const SIGNS = { fail: "×", needs_review: "!", pass: "✓", not_applicable: "–", checking: "…", offline: "?" };
  const TONES = { fail: "#b3261e", needs_review: "#8a5200", pass: "#1b6e3c" };

  /** A small sign at the corner of the field, in a shadow root beside the page's body; the field itself is never touched. */
  function makeBadge(onOpen, words) {
    const host = document.createElement("div");
    host.setAttribute("data-adcheck", ""); // no part of the page, for what reads it
    host.setAttribute("role", "complementary");
    host.setAttribute("aria-label", "Adcheck");
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    const place = new CSSStyleSheet(); // changes with the field, where a style attribute would need the page's leave
    sheet.replaceSync(`:host { all: initial; position: fixed; z-index: 2147483647; }
      button { all: unset; box-sizing: border-box; display: flex; gap: 6px; align-items: center; min-height: 26px; padding: 0 8px; border: 1px solid transparent; border-radius: 13px; cursor: pointer; white-space: nowrap;
        font: 600 13px/24px system-ui, sans-serif; color: #fff; background: var(--tone); box-shadow: 0 0 0 1px #fff, 0 1px 4px #0006; }
      button:focus-visible { outline: 3px solid #3d3bb8; outline-offset: 2px; }`);
    shadow.adoptedStyleSheets = [sheet, place];
    const button = document.createElement("button");
    button.type = "button";
    const sign = document.createElement("span");
    sign.setAttribute("aria-hidden", "true");
    const word = document.createElement("span");
    word.setAttribute("role", "status");
    button.append(sign, word);
    shadow.append(button);
    let of = null;
    let frame = 0;

    const settle = () => {
      frame = 0;
      if (of === null) return;
      if (!of.isConnected) return hide(of);
      const box = of.getBoundingClientRect();
      const below = box.bottom + 30 <= innerHeight;
      const top = Math.max(0, below ? box.bottom + 4 : Math.min(box.bottom, innerHeight) - 30);
      place.replaceSync(`:host { top: ${top}px; right: ${Math.max(4, document.documentElement.clientWidth - box.right)}px; }`);
    };
    const move = () => { frame ||= requestAnimationFrame(settle); };
    const sizes = new ResizeObserver(move);

    function hide(field) {
      if (field !== of) return;
      of = null;
      host.remove();
      sizes.disconnect();
      removeEventListener("scroll", move, true);
      removeEventListener("resize", move);
    }
    button.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps its focus
    button.addEventListener("click", () => onOpen(of));

    return {
      get field() { return of; },
      show(field, state) {
        if (field !== of) {
          hide(of);
          of = field;
          sizes.observe(field);
          addEventListener("scroll", move, { capture: true, passive: true });
          addEventListener("resize", move, { passive: true });
        }
        if (!host.isConnected) document.documentElement.append(host);
        sheet.cssRules[1].style.setProperty("--tone", TONES[state] ?? "#5b5d68");
        sign.textContent = SIGNS[state];
        word.textContent = words[state] ?? WORDS[state];
        settle();
      },
      hide,
      remove: () => { hide(of); cancelAnimationFrame(frame); },
    };
  }

  globalThis.adcheckLive = { startLive, applyFix, textOf, fieldOf };
})();
