// Words marked in the page by CSS Custom Highlights: the page's DOM stays as it is. On close the style sheet goes too.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  const NAMES = ["fail", "needs_review", "pass", "chosen"];
  const SHEET = `
    ::highlight(adcheck-fail) { background-color: #fdd4cf; color: #1c1d22; text-decoration: underline 2px wavy #b3261e; }
    ::highlight(adcheck-needs_review) { background-color: #ffe7b0; color: #1c1d22; text-decoration: underline 2px dashed #8a5200; }
    ::highlight(adcheck-pass) { background-color: #d3f0dd; color: #1c1d22; text-decoration: underline 2px solid #1b6e3c; }
    ::highlight(adcheck-chosen) { background-color: #3d3bb8; color: #ffffff; }
    @media (forced-colors: active) { ::highlight(adcheck-chosen) { text-decoration: underline 5px double; } }`; // where all marks have one colour
  let sheet = null;
  let shown = new Map();

  function attach() {
    if (sheet) return;
    sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }

  /** Marks ranges: {outcome: [Range, …]}. What was marked before is no longer. */
  function show(ranges) {
    clear();
    attach();
    shown = new Map();
    for (const [outcome, list] of Object.entries(ranges)) {
      if (!list.length) continue;
      const highlight = new Highlight(...list);
      highlight.priority = NAMES.length - NAMES.indexOf(outcome);
      CSS.highlights.set(`adcheck-${outcome}`, highlight);
      shown.set(outcome, list);
    }
  }

  /** Scrolls to a range and marks it as the one meant. */
  function choose(range) {
    attach();
    const chosen = new Highlight(range);
    chosen.priority = NAMES.length + 1;
    CSS.highlights.set("adcheck-chosen", chosen);
    const at = range.startContainer.nodeType === Node.ELEMENT_NODE ? range.startContainer : range.startContainer.parentElement;
    at?.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  function clear() {
    for (const name of NAMES) CSS.highlights.delete(`adcheck-${name}`);
    shown = new Map();
  }

  /** Takes everything away. */
  function close() {
    clear();
    if (sheet) document.adoptedStyleSheets = [...document.adoptedStyleSheets].filter((item) => item !== sheet);
    sheet = null;
  }

  /** What is marked now: {outcome: [text, …]}. */
  const texts = () => Object.fromEntries([...shown].map(([outcome, list]) => [outcome, list.map(String)]));

  /** The ranges of a checklist's evidence, by outcome; `locate(witness)` leads from a witness to its Range or null. */
  function ranges(checklist, locate) {
    const found = { pass: [], needs_review: [], fail: [] };
    const seen = new Set();
    for (const outcome of ["fail", "needs_review", "pass"]) {
      for (const witness of checklist.items.filter((item) => item.outcome === outcome && !item.suppression).flatMap((item) => item.evidence)) {
        const key = `${witness.segment}:${witness.start}:${witness.end}`;
        if (witness.segment === undefined || seen.has(key)) continue;
        seen.add(key);
        const range = locate(witness);
        if (range) found[outcome].push(range);
      }
    }
    return found;
  }

  adcheck.marks = { show, choose, clear, close, texts, ranges };
})();
