// A page as the service reads it: its markup without scripts, with what the browser shows of its text beside it.
// Works on a copy; the page itself is not touched.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  const MOST = 5_000_000; // characters the service reads of a page
  const MOST_MEASURED = 18_000; // stretches; the service takes 20,000

  /** {html, computed}: the document copied, each stretch of text that is not seen in a <span> of its own that `computed` points at. */
  function page(roots = [document.body]) {
    const inert = document.implementation.createHTMLDocument(""); // nothing loads or runs in it
    const copy = inert.importNode(document.documentElement, true);
    const twins = new Map([[document.documentElement, copy]]);
    pair(document.documentElement, copy, twins);
    for (const own of copy.querySelectorAll("[data-adcheck]")) own.remove();
    for (const script of copy.querySelectorAll("script")) if (!/json/i.test(script.type)) script.textContent = "";
    const computed = [];
    for (const root of roots) measure(root, twins, computed);
    const html = `<!doctype html>${copy.outerHTML}`;
    return { html: html.length > MOST ? html.slice(0, MOST) : html, computed, isCut: html.length > MOST };
  }

  function pair(original, copied, twins) {
    for (let index = 0; index < original.childNodes.length; index += 1) {
      const [node, twin] = [original.childNodes[index], copied.childNodes[index]];
      twins.set(node, twin);
      pair(node, twin, twins);
    }
  }

  function measure(root, twins, computed) {
    const map = adcheck.textmap.read(root);
    const unseen = adcheck.boxes.measure(map);
    const stretches = new Map(); // text node → [from, to, reason] in its data
    for (const item of unseen) {
      for (const piece of map.pieces) {
        if (piece.whole || piece.end <= item.start || piece.start >= item.end) continue;
        const from = piece.from + Math.max(item.start - piece.start, 0);
        const to = piece.from + Math.min(item.end, piece.end) - piece.start;
        stretches.set(piece.node, [...(stretches.get(piece.node) ?? []), [from, to, item.reason]]);
      }
    }
    for (const [node, cuts] of stretches) {
      const twin = twins.get(node);
      if (!twin?.parentNode || computed.length + cuts.length > MOST_MEASURED) continue;
      const parts = [];
      let at = 0;
      for (const [from, to, reason] of cuts.sort((a, b) => a[0] - b[0])) {
        if (from > at) parts.push(twin.ownerDocument.createTextNode(node.data.slice(at, from)));
        const span = twin.ownerDocument.createElement("span");
        span.id = `adcheck-measured-${computed.length}`;
        span.textContent = node.data.slice(from, to);
        computed.push({ path: `#${span.id}`, visible: false, reason });
        parts.push(span);
        at = to;
      }
      if (at < node.data.length) parts.push(twin.ownerDocument.createTextNode(node.data.slice(at)));
      twin.replaceWith(...parts);
    }
  }

  adcheck.copy = { page };
})();
