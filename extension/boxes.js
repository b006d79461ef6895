// What a reader can see of a text, proved from the boxes that the browser has drawn. Nothing is clicked, scrolled or changed.
// Reasons are those of the service: display, visibility, opacity, tiny, same_colour, low_contrast, off_screen, clipped, collapsed, scaled, measured (covered).
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  // The service's own bounds (compliance/readers/hiding.py), so that a saved page and an open one are judged alike.
  const TINY = 6;
  const CLEAR_THROUGH = 0.1;
  const SAME = 1.1;
  const UNREADABLE = 1.5;

  const parent = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode()?.host ?? null;

  /** What holds for all text directly in an element: a reason why none of it is seen, or null; and the boxes that cut it. */
  function describe(element) {
    const style = getComputedStyle(element);
    if (style.visibility !== "visible") return { reason: "visibility", clips: [] };
    let opacity = 1;
    let position = style.position;
    const clips = [];
    let reason = null;
    for (let node = element; node; node = parent(node)) {
      const own = getComputedStyle(node);
      if (own.display === "none") return { reason: "display", clips: [] };
      opacity *= Number(own.opacity);
      if (/inset\((?:[5-9]\d|100)%|circle\(0|polygon\(0(?:px|%)? 0(?:px|%)?(?:, 0(?:px|%)? 0(?:px|%)?)*\)/.test(own.clipPath)) reason ??= "clipped";
      if (own.clip && own.clip !== "auto" && own.position === "absolute") reason ??= emptyClip(own.clip) ? "clipped" : null;
      const cuts = /hidden|clip/.test(`${own.overflowX} ${own.overflowY}`) && own.display !== "inline" && own.display !== "contents";
      const isAbove = node === element || position !== "fixed";
      if (cuts && isAbove && (node === element || position !== "absolute" || own.position !== "static") && node !== document.body && node !== document.documentElement) {
        clips.push({ node, box: node.getBoundingClientRect(), sideways: /hidden|clip/.test(own.overflowX), down: /hidden|clip/.test(own.overflowY) });
      }
      if (node !== element && (own.position !== "static" || own.transform !== "none") && position === "absolute") position = own.position;
      else if (position === "static" || position === "relative" || position === "sticky") position = own.position === "static" ? position : own.position;
    }
    if (opacity <= CLEAR_THROUGH) reason ??= "opacity";
    if (parseFloat(style.fontSize) < TINY) reason ??= "tiny";
    return { reason, clips, style };
  }

  function emptyClip(value) {
    const sides = (value.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);
    return sides.length === 4 && (sides[2] - sides[0] <= 1 || sides[1] - sides[3] <= 1);
  }

  /** Why a line box is not seen, or null. */
  function judge(rect, about, element) {
    if (rect.width < 1 || rect.height < 1) return "scaled";
    for (const { box, sideways, down } of about.clips) {
      const tiny = box.width <= 1.5 || box.height <= 1.5;
      const [x, y] = [rect.left + rect.width / 2, rect.top + rect.height / 2];
      if (down && (y >= box.bottom || y <= box.top)) return tiny || y <= box.top ? "clipped" : "collapsed";
      if (sideways && (rect.left >= box.right - 1 || rect.right <= box.left + 1)) return tiny || x <= box.left ? "clipped" : "collapsed";
      if (tiny) return "clipped";
    }
    const root = document.scrollingElement ?? document.documentElement;
    if (rect.right + scrollX <= 0 || rect.bottom + scrollY <= 0 || rect.left + scrollX >= Math.max(root.scrollWidth, innerWidth)) return "off_screen";
    return covered(rect, element) ?? contrasted(rect, about, element);
  }

  const isOwn = (node) => node.hasAttribute?.("data-adcheck");

  /** "measured" where something opaque that scrolls along lies over the middle of the line. Only what is on the screen can be asked. */
  function covered(rect, element) {
    const [x, y] = [rect.left + rect.width / 2, rect.top + rect.height / 2];
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return null;
    const root = element.getRootNode();
    for (const over of (root.elementsFromPoint ? root : document).elementsFromPoint(x, y)) {
      if (isOwn(over)) continue;
      if (over === element || over.contains(element)) return null;
      const style = getComputedStyle(over);
      const hides = /^(?:IMG|VIDEO|CANVAS|IFRAME)$/.test(over.nodeName) || (colour(style.backgroundColor)?.[3] ?? 0) >= 0.9;
      if (hides && Number(style.opacity) >= 0.9 && !floats(over)) return "measured";
    }
    return null;
  }

  /** A bar or notice that stays on the screen covers a text only until the page is scrolled. */
  function floats(element) {
    for (let node = element; node; node = parent(node)) if (/fixed|sticky/.test(getComputedStyle(node).position)) return true;
    return false;
  }

  function colour(text) {
    const match = /^rgba?\(([^)]+)\)$/.exec(text);
    if (!match) return null;
    const parts = match[1].split(/[\s,/]+/).map(Number);
    return parts.length >= 3 && parts.every((part) => !Number.isNaN(part)) ? [parts[0], parts[1], parts[2], parts[3] ?? 1] : null;
  }

  const over = (top, ground) => [0, 1, 2].map((index) => top[index] * top[3] + ground[index] * (1 - top[3]));
  const luminance = (parts) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => { const part = parts[index] / 255; return sum + weight * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4); }, 0);

  /** same_colour or low_contrast where letters and their ground are known for sure; null where a picture may lie between. */
  function contrasted(rect, about, element) {
    const letters = colour(about.style.webkitTextFillColor || about.style.color);
    if (!letters) return null;
    const layers = [];
    let ground = null;
    let moved = false;
    for (let node = element; node; node = parent(node)) {
      const style = getComputedStyle(node);
      const own = colour(style.backgroundColor);
      if (style.backgroundImage !== "none" || !own || style.mixBlendMode !== "normal" || style.filter !== "none") return null;
      if (own[3] >= 0.999) { ground = own; break; }
      if (own[3] > 0) layers.unshift(own);
      moved ||= style.position === "absolute" || style.position === "fixed";
    }
    if (moved) return null; // it may lie over anything
    if (!ground) {
      if (/dark/.test(getComputedStyle(document.documentElement).colorScheme)) return null;
      ground = [255, 255, 255, 1];
    }
    const below = layers.reduce((sum, layer) => over(layer, sum), ground);
    const [high, low] = [luminance(over(letters, below)), luminance(below)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    return ratio < SAME ? "same_colour" : ratio < UNREADABLE ? "low_contrast" : null;
  }

  /** The stretches of a text map that are not seen: [{start, end, visible: false, reason}], offsets in UTF-16 units, in order. */
  function measure(map) {
    const known = new Map();
    const found = [];
    const add = (start, end, reason) => {
      const last = found.at(-1);
      if (last && last.reason === reason && !map.text.slice(last.end, start).trim()) last.end = end;
      else found.push({ start, end, visible: false, reason });
    };
    for (const piece of map.pieces) {
      if (!map.text.slice(piece.start, piece.end).trim()) continue;
      const element = piece.whole ? piece.node : piece.node.parentElement ?? piece.node.getRootNode().host;
      if (!known.has(element)) known.set(element, describe(element));
      const about = known.get(element);
      if (about.reason) { add(piece.start, piece.end, about.reason); continue; }
      const whole = lines(map.range(piece.start, piece.end), about, element);
      if (whole.length === 1) { if (whole[0]) add(piece.start, piece.end, whole[0]); continue; }
      for (const word of map.text.slice(piece.start, piece.end).matchAll(/\S+/g)) {
        const start = piece.start + word.index;
        const verdict = lines(map.range(start, start + word[0].length), about, element);
        if (!verdict.includes(null)) add(start, start + word[0].length, verdict[0]);
      }
    }
    return found;
  }

  /** The different verdicts on the line boxes of a range. */
  function lines(range, about, element) {
    const all = [...range.getClientRects()];
    if (!all.length) return ["display"];
    const drawn = all.filter((rect) => rect.width >= 1 && rect.height >= 1);
    const rects = drawn.length ? drawn : all;
    return [...new Set(rects.map((rect) => judge(rect, about, element)))];
  }

  adcheck.boxes = { measure };
})();
