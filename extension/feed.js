// The posts of a page checked together: a badge on each, counts, and the checked posts as JSONL with their evidence.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  const { element, icon } = adcheck.render;
  const { ask, say } = adcheck.client;

  const MOST_SAID = 3; // words that a badge tells; the checklist has them all
  let count = 0; // of badges, for their names

  class Feed {
    /** `show(entry)` opens the checklist of one post; `words` as the service gives them. */
    constructor(root, words, show) {
      Object.assign(this, { words, names: words.names, show, entries: [], moved: false });
      this.layer = element("div", { class: "badges" });
      root.append(this.layer);
      this.place = this.place.bind(this);
      this.soon = () => { if (!this.moved) { this.moved = true; requestAnimationFrame(this.place); } };
      addEventListener("scroll", this.soon, { capture: true, passive: true });
      addEventListener("resize", this.soon, { passive: true });
      this.watcher = new MutationObserver(this.soon);
      this.watcher.observe(document.body, { childList: true, subtree: true });
    }

    /** Checks the posts that have no verdict yet; `posts` are {root, request, url, author, posted}, `now` is what is set aside. */
    async check(posts, now) {
      const known = new Map(this.entries.map((entry) => [entry.post.root, entry]));
      const fresh = posts.filter((post) => known.get(post.root)?.post.request.body.text !== post.request.body.text);
      if (!fresh.length) return 0;
      const answers = await ask("batch", { records: fresh.map((post) => inCodePoints(post.request.body)) });
      const time = new Date().toISOString();
      const replaced = new Set(fresh.map((post) => post.root));
      for (const entry of this.entries) if (replaced.has(entry.post.root)) entry.badge?.remove();
      this.entries = this.entries.filter((entry) => !replaced.has(entry.post.root));
      answers.forEach((answer, index) => this.entries.push({ post: fresh[index], answer, time }));
      this.settle(now);
      return fresh.length;
    }

    /** Marks what is set aside now; the badges follow. */
    settle(now) {
      for (const entry of this.entries) {
        if (!entry.answer.error) entry.answer = adcheck.aside.settle(entry.answer, now);
        const outcome = entry.answer.error ? null : adcheck.aside.standing(entry.answer).outcome;
        if (entry.badge && outcome === entry.outcome) continue;
        entry.outcome = outcome;
        const badge = this.badge(entry);
        if (entry.badge) entry.badge.replaceWith(badge);
        else this.layer.append(badge);
        entry.badge = badge;
      }
      this.place();
    }

    /** The outcome, and on hover and focus the words that caused it: a screen reader hears them with the button, Escape puts them away. */
    badge(entry) {
      const { answer, outcome } = entry;
      const label = outcome ? this.names[`outcome.${outcome}`] ?? outcome : answer.error.message;
      const items = outcome ? answer.items.filter((item) => item.outcome === outcome && !item.suppression) : [];
      const said = outcome === "not_applicable" ? [] : adcheck.render.quotes(items, answer, this.words).slice(0, MOST_SAID);
      const id = `adcheck-cue-${(count += 1)}`;
      const cue = said.length ? element("span", { class: "badge-cue", id }, said.map(({ text, says }) => element("span", {}, `“${text}” ${says} `))) : null;
      return element("button", {
        type: "button", class: `badge badge-${outcome ?? "error"}`, hidden: true, "aria-label": label, "aria-describedby": cue && id, onclick: () => this.show(entry),
        onkeydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); cue?.classList.add("badge-cue-away"); } },
        onblur: () => cue?.classList.remove("badge-cue-away"),
      }, outcome ? icon(outcome) : "!", element("span", {}, label), cue);
    }

    /** Puts each badge on the upper edge of its post, at its end and beside the panel, if that is on the screen. */
    place() {
      this.moved = false;
      const free = (this.layer.getRootNode().querySelector(".adcheck-panel")?.getBoundingClientRect().left ?? innerWidth) - 8;
      const boxes = this.entries.map((entry) => (entry.post.root.isConnected ? entry.post.root.getBoundingClientRect() : null));
      this.entries.forEach((entry, index) => {
        const box = boxes[index];
        const isOn = box !== null && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
        entry.badge.hidden = !isOn;
        if (isOn) entry.badge.style.transform = `translate(calc(${Math.max(Math.min(box.right, free), 120)}px - 100%), ${Math.max(box.top - 10, 2)}px)`;
      });
    }

    /** How many posts have each outcome. */
    get counts() {
      const counts = { fail: 0, needs_review: 0, pass: 0, not_applicable: 0 };
      for (const entry of this.entries) if (entry.outcome) counts[entry.outcome] += 1;
      return counts;
    }

    /** One line for each checked post: where and when it was seen, what was read, the verdict, and by which rulebook. */
    jsonl(screenshot = null) {
      return this.entries.map(({ post, answer, time }) => {
        const box = post.root.isConnected ? post.root.getBoundingClientRect() : null;
        const isOn = box !== null && box.bottom > 0 && box.top < innerHeight && box.width > 0;
        const { body } = post.request;
        return JSON.stringify({
          url: post.url, page: location.href, checked: time, posted: post.posted, platform: body.platform ?? null, surface: body.surface ?? null, layout: post.layout,
          author: post.author, text: body.text, visibility: inCodePoints(body).visibility ?? [], declared: body.declared ?? {}, complete: body.complete ?? true, outcome: answer.outcome ?? null,
          rulebook: answer.rulebook ?? null, reach: answer.reach ?? [], as_of: answer.as_of ?? null, checklist: answer.error ? null : answer, error: answer.error ?? null,
          ...(screenshot && isOn ? { screenshot, box: [box.left, box.top, box.width, box.height].map(Math.round), scale: devicePixelRatio } : {}),
        });
      }).map((line) => `${line}\n`).join("");
    }

    close() {
      removeEventListener("scroll", this.soon, { capture: true });
      removeEventListener("resize", this.soon);
      this.watcher.disconnect();
      this.layer.remove();
      this.entries = [];
    }
  }

  /** A request with its offsets in code points, as NDJSON has them. */
  function inCodePoints(body) {
    const count = (offset) => adcheck.textmap.toCodePoints(body.text, offset);
    return { ...body, ...(body.visibility ? { visibility: body.visibility.map((item) => ({ ...item, start: count(item.start), end: count(item.end) })) } : {}) };
  }

  /** The counts with what can be done, for the panel. */
  function bar(feed, actions) {
    const { counts } = feed;
    const shot = element("input", { type: "checkbox" });
    return element("section", { class: "card feed" }, element("h2", {}, say("feedTitle", feed.entries.length)),
      element("ul", { class: "counts" }, adcheck.render.ORDER.map((key) => element("li", { class: `count count-${key}` }, icon(key), element("b", {}, String(counts[key])), ` ${(feed.names[`outcome.${key}`] ?? key).toLowerCase()}`))),
      element("label", { class: "choice" }, shot, ` ${say("withScreenshot")}`),
      element("div", { class: "panel-tools" },
        element("button", { type: "button", class: "button main", onclick: () => actions.save(shot.checked) }, say("saveJsonl")),
        element("button", { type: "button", class: "button", onclick: () => actions.more() }, say("checkNew"))));
  }

  adcheck.feed = { Feed, bar };
})();
