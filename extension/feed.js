// The posts of a page checked together: a badge on each, counts, and the checked posts as JSONL with their evidence.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  const { element, icon } = adcheck.render;
  const { ask, say } = adcheck.client;

  class Feed {
    /** `show(entry)` opens the checklist of one post; `names` are the outcomes in words. */
    constructor(root, names, show) {
      Object.assign(this, { names, show, entries: [], moved: false });
      this.layer = element("div", { class: "badges" });
      root.append(this.layer);
      this.place = this.place.bind(this);
      this.soon = () => { if (!this.moved) { this.moved = true; requestAnimationFrame(this.place); } };
      addEventListener("scroll", this.soon, { capture: true, passive: true });
      addEventListener("resize", this.soon, { passive: true });
      this.watcher = new MutationObserver(this.soon);
      this.watcher.observe(document.body, { childList: true, subtree: true });
    }

    /** Checks the posts that have no verdict yet; `posts` are {root, request, url, author, posted}. */
    async check(posts) {
      const known = new Map(this.entries.map((entry) => [entry.post.root, entry]));
      const fresh = posts.filter((post) => known.get(post.root)?.post.request.body.text !== post.request.body.text);
      if (!fresh.length) return 0;
      const answers = await ask("batch", { records: fresh.map((post) => inCodePoints(post.request.body)) });
      const time = new Date().toISOString();
      const replaced = new Set(fresh.map((post) => post.root));
      for (const entry of this.entries) if (replaced.has(entry.post.root)) entry.badge?.remove();
      this.entries = this.entries.filter((entry) => !replaced.has(entry.post.root));
      answers.forEach((answer, index) => this.entries.push(this.entry(fresh[index], answer, time)));
      this.place();
      return fresh.length;
    }

    entry(post, answer, time) {
      const outcome = answer.error ? null : answer.outcome;
      const label = outcome ? this.names[`outcome.${outcome}`] ?? outcome : answer.error.message;
      const entry = { post, answer, time, outcome };
      entry.badge = element("button", { type: "button", class: `badge badge-${outcome ?? "error"}`, onclick: () => this.show(entry) }, outcome ? icon(outcome) : "!", element("span", {}, label));
      entry.badge.hidden = true;
      this.layer.append(entry.badge);
      return entry;
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
      return this.entries.map(({ post, answer, time, outcome }) => {
        const box = post.root.isConnected ? post.root.getBoundingClientRect() : null;
        const isOn = box !== null && box.bottom > 0 && box.top < innerHeight && box.width > 0;
        const { body } = post.request;
        return JSON.stringify({
          url: post.url, page: location.href, checked: time, posted: post.posted, platform: body.platform ?? null, surface: body.surface ?? null, layout: post.layout,
          author: post.author, text: body.text, visibility: inCodePoints(body).visibility ?? [], declared: body.declared ?? {}, complete: body.complete ?? true, outcome,
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
