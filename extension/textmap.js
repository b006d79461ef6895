// Text ↔ DOM: the text of an element as a reader sees it, with breaks at <br> and block edges, and the way back from offsets to ranges.
// Offsets are UTF-16 units, as JavaScript counts. Reads the page and changes nothing in it.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  const SILENT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "TEXTAREA", "SELECT", "OPTION", "IFRAME", "OBJECT", "VIDEO", "AUDIO", "CANVAS", "HEAD"]);
  const BLOCK = /^(?:block|flow-root|flex|grid|table|list-item|table-(?:row|caption|row-group|header-group|footer-group)|-webkit-box)$/;
  const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}/u;

  /** The text of some elements and where each stretch of it stands. */
  class TextMap {
    constructor() {
      this.text = "";
      /** Stretches in order: the text from `start` to `end` is the node's data from `from`, or (`whole`) stands for the node. */
      this.pieces = [];
    }

    /** The DOM range of the text from `start` to `end`; null where none of it stands in the page. */
    range(start, end) {
      const first = this.pieces.find((piece) => piece.end > start);
      const last = this.pieces.findLast((piece) => piece.start < end);
      if (!first || !last || first.start >= end || last.end <= start) return null;
      const range = first.node.ownerDocument.createRange();
      if (first.whole) range.setStartBefore(first.node);
      else range.setStart(first.node, first.from + Math.max(start - first.start, 0));
      if (last.whole) range.setEndAfter(last.node);
      else range.setEnd(last.node, last.from + Math.min(end, last.end) - last.start);
      return range;
    }

    /** The offset in the text of a place in the DOM (a text node and an offset in it); -1 where it is not in the map. */
    offset(node, at) {
      const piece = this.pieces.findLast((item) => item.node === node && (item.whole || item.from <= at));
      return piece ? Math.min(piece.start + (piece.whole ? 0 : at - piece.from), piece.end) : -1;
    }
  }

  /**
   * Reads the text of `root`: an element, a document fragment or a Range.
   * `skip(element)` leaves an element out.
   */
  function read(root, { skip = () => false } = {}) {
    const map = new TextMap();
    const within = root instanceof Range ? root : null;
    const parts = [];
    let wantsBreak = false; // a break that only counts if more text follows
    let blank = true; // the line has no text yet
    let space = null; // a collapsed space that only counts if more text follows on the line

    const push = (text, node, from, whole = false) => {
      const start = map.text.length;
      map.text += text;
      const last = map.pieces.at(-1);
      if (last && !whole && !last.whole && last.node === node && last.end === start && last.from + last.end - last.start === from) last.end += text.length;
      else map.pieces.push({ node, from, start, end: start + text.length, whole });
    };
    const edge = () => { wantsBreak ||= map.text !== "" && !blank; };
    const flush = () => {
      if (wantsBreak) { map.text += "\n"; wantsBreak = false; blank = true; space = null; }
      else if (space) { push(" ", space.node, space.from); space = null; }
    };
    const characters = (node) => {
      let [from, to] = [0, node.data.length];
      if (within) {
        if (node === within.endContainer) to = within.endOffset;
        if (node === within.startContainer) from = within.startOffset;
      }
      const white = getComputedStyle(node.parentElement ?? node.getRootNode().host ?? document.documentElement).whiteSpaceCollapse
        ?? getComputedStyle(node.parentElement).whiteSpace;
      const keepsBreaks = /^(?:preserve|preserve-breaks|break-spaces|pre|pre-wrap|pre-line)$/.test(white);
      const keepsSpaces = keepsBreaks && !/^(?:preserve-breaks|pre-line)$/.test(white);
      const pattern = /\n|[^\S\n\u00a0]+|[^\s\u00a0]+|\u00a0+/g;
      const data = node.data.slice(from, to);
      for (const match of data.matchAll(pattern)) {
        const at = from + match.index;
        const [word] = match;
        if (word === "\n" && keepsBreaks) {
          if (wantsBreak) flush();
          space = null;
          push("\n", node, at);
          blank = true;
        } else if (/^[^\S\u00a0]/.test(word) && !keepsSpaces) {
          if (!blank && !wantsBreak) space ??= { node, from: at };
        } else {
          flush();
          push(word, node, at);
          blank = false;
        }
      }
    };
    const walk = (node) => {
      if (within && !within.intersectsNode(node)) return;
      if (node.nodeType === Node.TEXT_NODE) { characters(node); return; }
      if (node.nodeType !== Node.ELEMENT_NODE) { for (const child of node.childNodes) walk(child); return; }
      if (SILENT.has(node.nodeName.toUpperCase()) || skip(node)) return;
      if (node.nodeName === "BR") { flush(); map.text += "\n"; blank = true; space = null; return; }
      if (node.nodeName === "IMG") {
        if (node.alt && node.alt.length <= 16 && EMOJI.test(node.alt)) { flush(); push(node.alt, node, 0, true); blank = false; }
        return;
      }
      const isBlock = BLOCK.test(getComputedStyle(node).display);
      if (isBlock) edge();
      for (const child of node.shadowRoot?.mode === "open" ? node.shadowRoot.childNodes : node.nodeName === "SLOT" ? slotted(node) : node.childNodes) walk(child);
      if (isBlock) edge();
    };
    const slotted = (slot) => { const given = slot.assignedNodes(); return given.length ? given : slot.childNodes; };

    walk(within ? within.commonAncestorContainer : root);
    map.text = map.text.replace(/\n+$/, "");
    map.pieces = map.pieces.filter((piece) => piece.start < map.text.length);
    for (const piece of map.pieces) piece.end = Math.min(piece.end, map.text.length);
    return map;
  }

  /** Several elements as one text, each on a line of its own. */
  function join(roots, options) {
    const whole = new TextMap();
    for (const root of roots) {
      const map = read(root, options);
      if (!map.text) continue;
      if (whole.text) whole.text += "\n";
      const shift = whole.text.length;
      whole.text += map.text;
      whole.pieces.push(...map.pieces.map((piece) => ({ ...piece, start: piece.start + shift, end: piece.end + shift })));
    }
    return whole;
  }

  /** UTF-16 offset → code points, and back. */
  const toCodePoints = (text, offset) => [...text.slice(0, offset)].length;
  const fromCodePoints = (text, offset) => [...text].slice(0, offset).join("").length;

  adcheck.textmap = { read, join, TextMap, toCodePoints, fromCodePoints };
})();
