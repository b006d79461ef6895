// What the extension does in a page: finds what is meant, has it checked, shows the answer, and leaves without a trace.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  if (adcheck.page) return;
  const { ask, say, api } = adcheck.client;
  const { layouts, textmap, boxes, marks, overlay } = adcheck;
  const FIELDS = "textarea, input:not([type]), input[type=text], input[type=search]";
  const BESIDE = 24; // letters around a quote that tell it from its like
  let state = null; // what is open: {context, panel, target, result, feed, focus, watcher, unwatch, address}
  let shown = null; // {target, result} that was shown last, for the side panel: it outlives the panel in the page

  // ------------------------------------------------------------------------------------------------------------- what is meant

  function focused() {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!element?.getRootNode().host?.hasAttribute("data-adcheck")) return element;
    return state?.focus?.isConnected ? state.focus : null; // the panel has it; meant is what had it before
  }

  const isEditor = (element) => Boolean(element) && (element.matches(FIELDS) || element.isContentEditable || element.getAttribute("role") === "textbox");

  /** What is to be checked: the selection, else the focused editor, else the platform's post, else the page. */
  function target(layout) {
    const field = focused();
    if (field?.matches(FIELDS) && field.selectionEnd > field.selectionStart) return ofField(field, field.selectionStart, field.selectionEnd, "fromSelection", layout);
    const selection = getSelection();
    if (selection.rangeCount && !selection.isCollapsed && selection.toString().trim()) return ofRange(selection.getRangeAt(0).cloneRange(), layout);
    const draft = globalThis.adcheckLive.fieldOf(field);
    if (draft) { if (globalThis.adcheckLive.textOf(draft).trim()) return ofDraft(draft, layout); } else if (isEditor(field)) { // one that cannot be written in
      if (field.matches(FIELDS)) { if (field.value.trim()) return ofField(field, 0, field.value.length, "fromEditor", layout); } else {
        const map = textmap.read(field.closest("[contenteditable]") ?? field);
        if (map.text.trim()) return { kind: "editor", source: say("fromEditor"), map, unseen: [], body: { text: map.text, ...layouts.platform(layout) } };
      }
    }
    if (layout) {
      const found = layouts.posts(layout);
      const post = meant(found);
      if (post) return { kind: "post", source: say("fromLayout", layout.name), ...layouts.request(layout, post, layouts.profile(layout)) };
    }
    return ofPage(layout);
  }

  /** What is being written in `field`, as the live check reads it: a fix can be put in. */
  function ofDraft(field, layout) {
    const place = "value" in field ? { field, from: 0, map: null } : { map: textmap.read(field) };
    return { kind: "draft", draft: field, source: say("fromEditor"), ...place, unseen: [], body: { text: globalThis.adcheckLive.textOf(field), ...layouts.platform(layout) } };
  }

  function ofField(field, from, to, key, layout) {
    return { kind: "field", source: say(key), field, from, map: null, unseen: [], body: { text: field.value.slice(from, to), ...layouts.platform(layout) } };
  }

  function ofRange(range, layout) {
    const map = textmap.read(range);
    const unseen = boxes.measure(map);
    return { kind: "selection", source: say("fromSelection"), map, unseen, body: { text: map.text, visibility: unseen, complete: false, ...layouts.platform(layout) } };
  }

  function ofPage(layout) {
    const copied = adcheck.copy.page();
    const isOutdated = Boolean(layout) && !layout.distinct;
    return {
      kind: "page", outdated: isOutdated, source: isOutdated ? say("layoutOutdated", layout.name) : say("fromPage"), unseen: [], map: textmap.read(document.body, { skip: (element) => element.hasAttribute("data-adcheck") }),
      body: { html: copied.html, computed: copied.computed, url: location.href, ...(copied.isCut ? { complete: false } : {}) },
    };
  }

  /** Of several posts the one in a dialog, else the one nearest to the middle of the screen. */
  function meant(posts) {
    const open = posts.filter((post) => post.root.closest("[role=dialog], dialog[open]"));
    const distance = (post) => { const box = post.root.getBoundingClientRect(); const middle = innerHeight / 2; return box.top <= middle && box.bottom >= middle ? 0 : Math.min(Math.abs(box.top - middle), Math.abs(box.bottom - middle)); };
    return (open.length ? open : posts).reduce((best, post) => (best === null || distance(post) < distance(best) ? post : best), null);
  }

  // ------------------------------------------------------------------------------------------------------------- back to the page

  /** The place of a witness in the page: a Range, {field, from, to}, or null. */
  function locate(checklist, found, witness) {
    const segment = checklist.segments[witness.segment];
    if (!segment) return null;
    if (found.kind === "page" || found.kind === "profile" || (found.draft && !found.field)) return search(found.map, segment.text, witness);
    if (segment.scope === "bio" && found.bio) return found.bio.range(witness.start, witness.end);
    if (segment.scope !== "caption") return null;
    const shift = witness.segment === 0 ? 0 : hiddenAt(checklist, found, witness.segment);
    if (shift === null) return null;
    if (found.field) return { field: found.field, from: found.from + shift + witness.start, to: found.from + shift + witness.end };
    return found.map.range(shift + witness.start, shift + witness.end);
  }

  /** Where a stretch that is not seen stands in the text that was sent. */
  function hiddenAt(checklist, found, index) {
    const before = checklist.segments.slice(1, index).filter((segment) => segment.scope === "caption" && segment.hidden_by).length;
    const stretches = found.unseen.filter((item) => found.body.text.slice(item.start, item.end).trim());
    return stretches[before]?.start ?? null;
  }

  /** A quote in the text of the page, told from its like by what stands around it; blanks count as one. */
  function search(map, text, witness) {
    const [flat, places] = flatten(map.text);
    const squeeze = (part) => part.replace(/\s+/g, " ");
    const quote = squeeze(text.slice(witness.start, witness.end)).trim();
    const before = squeeze(text.slice(Math.max(witness.start - BESIDE, 0), witness.start));
    const after = squeeze(text.slice(witness.end, witness.end + BESIDE));
    for (const [left, right] of [[before, after], [before, ""], ["", after], ["", ""]]) {
      const at = flat.indexOf(left + quote + right);
      if (at >= 0) return map.range(places[at + left.length], places[at + left.length + quote.length - 1] + 1);
    }
    return null;
  }

  function flatten(text) {
    let flat = "";
    const places = [];
    for (let index = 0; index < text.length; index += 1) {
      const isSpace = /\s/.test(text[index]);
      if (isSpace && flat.endsWith(" ")) continue;
      flat += isSpace ? " " : text[index];
      places.push(index);
    }
    return [flat, places];
  }

  function lead(witness) {
    const place = locate(state.result.checklist, state.target, witness);
    if (place instanceof Range) marks.choose(place);
    else if (place) { place.field.focus(); place.field.setSelectionRange(place.from, place.to); place.field.scrollIntoView({ block: "center" }); }
  }

  // ------------------------------------------------------------------------------------------------------------- commands

  async function open() {
    if (state) return;
    const focus = focused();
    const [settings, css] = await Promise.all([ask("settings"), ask("styles")]);
    const root = overlay.open(css);
    const context = { settings, words: { names: {}, texts: {} } };
    state = { context, focus, address: location.href, feed: null };
    state.panel = new adcheck.panel.Panel(root, context, { close, again: () => commands[state.last](), locate: lead, apply });
    state.unwatch = adcheck.aside.watch(settled);
    state.watcher = new MutationObserver(moved);
    state.watcher.observe(document.documentElement, { childList: true, subtree: true });
  }

  /** A page that changes its address without loading shows another post: the verdict is then not of what is seen. */
  let waiting = 0;
  function moved() {
    if (!state || waiting || state.address === location.href) return;
    waiting = setTimeout(() => {
      waiting = 0;
      if (!state || state.address === location.href) return;
      state.address = location.href;
      state.result = null;
      marks.clear();
      state.feed?.place();
      state.panel.problem({ kind: "moved", message: say("pageMoved") });
    }, 300);
  }

  /** Opens the panel and does `work(context)`; what goes wrong is said in the panel. */
  async function does(name, work) {
    await open();
    const mine = state;
    mine.focus = focused();
    const turn = (mine.turn = (mine.turn ?? 0) + 1);
    mine.last = name;
    mine.result = null;
    mine.address = location.href;
    mine.panel.busy();
    mine.panel.focus();
    try {
      const [words, known] = await Promise.all([ask("words"), ask("layouts")]);
      mine.context.words = words;
      if (state === mine && turn === mine.turn) await work(layouts.forHost(known, location.hostname), () => state === mine && turn === mine.turn);
    } catch (error) {
      if (state === mine && turn === mine.turn) mine.panel.problem(error);
    }
  }

  async function judge(found, isCurrent, known = null) {
    const checklist = known ?? (await ask("check", { body: found.body }));
    if (!isCurrent()) return;
    const now = await adcheck.aside.held();
    if (!isCurrent()) return;
    state.target = found;
    state.result = { checklist, body: found.body, source: found.source, outdated: found.outdated, draft: Boolean(found.draft) };
    tell(now);
  }

  /** Shows the result that stands, with what is set aside now. */
  function tell(now) {
    const { target: found, result } = state;
    result.checklist = adcheck.aside.settle(result.checklist, now);
    shown = { target: found, result };
    state.panel.result(result);
    marks.show(marks.ranges(result.checklist, (witness) => { const place = locate(result.checklist, found, witness); return place instanceof Range ? place : null; }));
    keep(shown);
  }

  /** For the side panel and the sign on the button. */
  function keep({ target: found, result }) {
    const { outcome, counts } = adcheck.aside.standing(result.checklist);
    ask("keep", { result: { ...result, body: found.body.html ? null : found.body } }).catch(() => {});
    ask("outcome", { outcome, count: counts.fail }).catch(() => {});
  }

  /** Something was set aside or taken back. */
  async function settled() {
    const mine = state;
    const now = await adcheck.aside.held();
    if (!mine || state !== mine) return;
    mine.feed?.settle(now);
    if (mine.result) tell(now);
    else if (mine.last === "feed" && mine.feed?.source) listFeed();
  }

  const commands = {
    check: () => does("check", async (layout, isCurrent) => {
      const found = state.picked ?? target(layout);
      state.picked = null;
      await judge(found, isCurrent);
    }),

    draft: () => does("draft", async (layout, isCurrent) => {
      const field = adcheck.drafts?.opened ?? state.target?.draft;
      if (!field?.isConnected) throw new adcheck.client.AskError("failed", say("fixGone"));
      await judge(ofDraft(field, layout), isCurrent);
    }),

    profile: () => does("profile", async (layout, isCurrent) => {
      const copied = adcheck.copy.page();
      const around = layout ? layouts.profile(layout) : null;
      const source = around ? say("fromProfile", layout.name) : layout && !layout.distinct ? say("layoutOutdated", layout.name) : say("fromPage");
      await judge({ kind: "profile", source, outdated: !around, unseen: [], map: textmap.read(document.body, { skip: (element) => element.hasAttribute("data-adcheck") }), body: { html: copied.html, computed: copied.computed, url: location.href } }, isCurrent);
    }),

    feed: () => does("feed", async (layout, isCurrent) => {
      const read = layout ? layouts.posts(layout) : [];
      const isOutdated = Boolean(layout) && !layout.distinct && !read.length;
      const around = layout ? layouts.profile(layout) : null;
      const posts = read.length
        ? read.map((post) => ({ root: post.root, url: post.url, author: post.author, posted: post.posted, layout: layout.platform, request: layouts.request(layout, post, around) }))
        : articles();
      if (!posts.length) throw new adcheck.client.AskError("failed", say("noPosts"));
      state.feed ??= new adcheck.feed.Feed(overlay.root(), state.context.words, one);
      await state.feed.check(posts, await adcheck.aside.held());
      if (!isCurrent()) return;
      state.feed.source = adcheck.render.element("p", { class: isOutdated ? "source-line source-outdated" : "source-line" }, isOutdated ? say("layoutOutdated", layout.name) : read.length ? say("fromLayout", layout.name) : say("fromArticles"));
      listFeed();
      state.panel.status.textContent = say("feedTitle", state.feed.entries.length);
    }),

    close: async () => close(),
  };

  function listFeed() {
    state.panel.body.replaceChildren(state.feed.source, adcheck.feed.bar(state.feed, { save, more: () => commands.feed() }));
  }

  /** Where no layout reads the page: its articles, each a text of its own. */
  function articles() {
    const found = [...document.querySelectorAll("article, [role=article]")].filter((item) => !item.parentElement.closest("article, [role=article]"));
    return found.slice(0, 500).map((root) => {
      const map = textmap.read(root);
      const unseen = boxes.measure(map);
      return { root, url: root.querySelector("a[rel~=bookmark]")?.href ?? null, author: null, posted: root.querySelector("time[datetime]")?.dateTime ?? null, layout: null, request: { body: { text: map.text, visibility: unseen, complete: false }, map, unseen, bio: null } };
    }).filter((post) => post.request.body.text.trim());
  }

  /** The checklist of one post of the feed. */
  function one(entry) {
    state.picked = { kind: "post", source: entry.post.layout ? say("fromLayout", entry.post.layout) : say("fromArticles"), ...entry.post.request };
    entry.post.root.scrollIntoView({ block: "nearest" });
    return commands.check();
  }

  async function save(withScreenshot) {
    let screenshot = null;
    if (withScreenshot) {
      state.panel.box.style.visibility = "hidden"; // the picture is of the page
      await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
      try { screenshot = await ask("screenshot"); } catch (error) { state.panel.status.textContent = error.message; }
      state.panel.box.style.visibility = "";
    }
    adcheck.panel.download(state.feed.jsonl(screenshot), "application/x-ndjson", `adcheck-posts-${new Date().toISOString().slice(0, 10)}.jsonl`);
  }

  const NOT_APPLIED = { gone: "fixGone", changed: "fixChanged", full: "fixFull", refused: "fixRefused" };

  /** Types the fix into the draft that was shown last; the editor's undo takes it back. What then stands there is judged anew, by the live check where it runs. */
  async function apply() {
    if (!shown?.target.draft) return { said: say("fixGone"), text: null };
    const { target: { draft }, result: { checklist } } = shown;
    const done = await globalThis.adcheckLive.applyFix(draft, checklist.fix);
    if (Object.hasOwn(NOT_APPLIED, done)) return { said: say(NOT_APPLIED[done]), text: null };
    if (!adcheck.drafts || state?.last !== "draft") rejudge(draft).catch(() => {}); // the text is in; the panel shows the last answer
    return { said: say("fixApplied"), text: checklist.fix.text };
  }

  async function rejudge(draft) {
    const mine = state;
    const turn = mine?.turn;
    const known = await ask("layouts");
    const found = ofDraft(draft, layouts.forHost(known, location.hostname));
    const [checklist, now] = await Promise.all([ask("check", { body: found.body }), adcheck.aside.held()]);
    const result = { checklist: adcheck.aside.settle(checklist, now), body: found.body, source: found.source, draft: true };
    if (state !== mine || turn !== mine?.turn) return;
    if (mine) Object.assign(mine, { target: found, result });
    if (mine) tell(now);
    else keep(shown = { target: found, result });
  }

  /** What the live check answered: shown where the panel is open on that field, without taking the focus from it. */
  async function drafted({ field, checklist, error }) {
    if (state?.last !== "draft" || (state.target?.draft !== field && adcheck.drafts?.opened !== field)) return;
    const mine = state;
    const turn = (mine.turn += 1);
    const isCurrent = () => state === mine && turn === mine.turn;
    if (error) {
      mine.result = null;
      mine.panel.problem(error);
    } else await judge(ofDraft(field, adcheck.drafts.layout), isCurrent, checklist);
  }

  function close() {
    if (!state) return;
    const { focus, feed, watcher, unwatch } = state;
    watcher.disconnect();
    unwatch();
    feed?.close();
    marks.close();
    overlay.close();
    state = null;
    if (focus?.isConnected && focus !== document.body) focus.focus({ preventScroll: true });
  }

  api.runtime.onMessage.addListener((message, sender, respond) => {
    if (sender.id !== api.runtime.id) return false;
    if (message?.do === "lead" && state?.result) lead(message.witness);
    if (message?.do === "apply") {
      apply().then(respond);
      return true; // the answer follows
    }
    if (!Object.hasOwn(commands, message?.do)) return false;
    if (message.do === "check" && state) state.picked = null;
    commands[message.do]();
    return false;
  });

  adcheck.page = { commands, target, drafted };
})();
