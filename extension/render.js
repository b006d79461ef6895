// A checklist from its JSON, in the words and groups of Adcheck's own page. Texts become text nodes only: no markup is ever read from them.
// `words` is the answer of /api/v1/words: {names, texts}.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  const ORDER = ["fail", "needs_review", "pass", "not_applicable"];
  const SEVERITY = ["minor", "moderate", "serious", "critical"];
  const SVG = "http://www.w3.org/2000/svg";
  const HEADLINE = {
    fail: "Something here fails.",
    needs_review: "A person should look at this.",
    pass: "No problem found in what was given.",
    not_applicable: "Nothing to judge was found in what was given.",
  };
  // Each outcome has a shape of its own, so that colour is never alone.
  const SHAPES = {
    fail: [["path", { d: "M8 2h8l6 6v8l-6 6H8l-6-6V8z", fill: "currentColor" }], ["path", { d: "M8.5 8.5l7 7m0-7l-7 7", stroke: "var(--on-status, #fff)", "stroke-width": "2.4", "stroke-linecap": "round" }]],
    needs_review: [["path", { d: "M12 1.8L23 21.5H1z", fill: "currentColor" }], ["path", { d: "M12 9v5.5", stroke: "var(--on-status, #fff)", "stroke-width": "2.4", "stroke-linecap": "round" }], ["circle", { cx: "12", cy: "18", r: "1.4", fill: "var(--on-status, #fff)" }]],
    pass: [["circle", { cx: "12", cy: "12", r: "11", fill: "currentColor" }], ["path", { d: "M7 12.5l3.4 3.4L17 9", fill: "none", stroke: "var(--on-status, #fff)", "stroke-width": "2.6", "stroke-linecap": "round", "stroke-linejoin": "round" }]],
    not_applicable: [["circle", { cx: "12", cy: "12", r: "10", fill: "none", stroke: "currentColor", "stroke-width": "2.2" }], ["path", { d: "M7.5 12h9", stroke: "currentColor", "stroke-width": "2.4", "stroke-linecap": "round" }]],
  };

  /** An element with attributes, listeners (`onclick`) and children (texts or nodes; null is left out). */
  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }

  function icon(outcome) {
    const svg = document.createElementNS(SVG, "svg");
    for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: `icon icon-${outcome}`, "aria-hidden": "true", focusable: "false" })) svg.setAttribute(key, value);
    for (const [name, attributes] of SHAPES[outcome]) {
      const part = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
      svg.append(part);
    }
    return svg;
  }

  const cause = (item) => JSON.stringify(item.outcome === "not_applicable"
    ? [item.outcome, item.topic]
    : [item.outcome, item.topic, item.gate, item.gate === "missing" ? null : item.label ?? null, item.gate ? null : item.evidence, Boolean(item.suppression)]);

  /** The items that have one cause and one cure, whatever the market; the worst first. */
  function groups(checklist) {
    const buckets = new Map();
    for (const item of checklist.items) {
      const key = cause(item);
      buckets.set(key, [...(buckets.get(key) ?? []), item]);
    }
    const rank = (items) => Math.max(...items.map((item) => SEVERITY.indexOf(item.severity)));
    return [...buckets.values()].sort((a, b) => ORDER.indexOf(a[0].outcome) - ORDER.indexOf(b[0].outcome) || rank(b) - rank(a) || (a[0].topic < b[0].topic ? -1 : a[0].topic > b[0].topic ? 1 : 0));
  }

  /** The words that caused a group's verdict, each once: {text, scope, says, cue, witness}. */
  function quotes(items, checklist, words) {
    const found = new Map();
    for (const witness of items.flatMap((item) => item.evidence)) {
      let quote;
      if (witness.segment === undefined) {
        if (witness.source === "declared" || witness.source === "platform") continue;
        quote = { text: witness.note || witness.id, scope: words.names["segment.marks"] ?? "source", says: witness.says ?? "", cue: witness.id, witness: null };
      } else {
        const segment = checklist.segments[witness.segment];
        quote = { text: witness.quote, scope: words.names[`segment.${segment.scope}`] ?? segment.scope, says: witness.says ?? "", cue: witness.id, witness };
      }
      const key = JSON.stringify([quote.text, quote.scope]);
      if (!found.has(key)) found.set(key, quote);
    }
    return [...found.values()];
  }

  /**
   * The checklist as elements.
   *
   * Options, all optional: `service` (address of the service, for the pages of duties), `onquote(witness)` (words become buttons), `oncopy(text, button)`, `onapply(told)` (the fix is typed in; `told` takes what is said of it),
   * `onignore(item, button)` and `onundo(item)` for what is or may be set aside, `say(key, ...)` for the texts of these.
   */
  function checklist(data, words, options = {}) {
    const text = (key) => words.texts[key] ?? key;
    const name = (kind, key) => words.names[`${kind}.${key}`] ?? key;
    const found = document.createDocumentFragment();
    found.append(summary(data, words));
    if (data.profile) found.append(element("section", { class: "card profile" }, element("p", {}, element("b", {}, `${capital(name("segment", "bio"))}: `), data.profile.message)));
    const standing = adcheck.aside.standing(data);
    if (data.fix && options.fix !== false && data.items.some((item) => item.fix && !item.suppression)) found.append(fix(data, words, options));
    const all = groups(data);
    const [open, aside] = [all.filter((items) => !items[0].suppression), all.filter((items) => items[0].suppression)];
    const list = element("section", { class: "items", "aria-label": text("Checklist") });
    for (const outcome of ["fail", "needs_review"]) list.append(...open.filter((items) => items[0].outcome === outcome).map((items) => group(items, data, words, options)));
    if (aside.length) {
      list.append(element("details", { class: "fold fold-aside", open: Boolean(options.onundo) }, element("summary", {}, `${text("Set aside")} `, element("span", { class: "number" }, String(standing.aside))),
        ...aside.map((items) => group(items, data, words, options))));
    }
    for (const outcome of ["pass", "not_applicable"]) {
      const these = open.filter((items) => items[0].outcome === outcome);
      if (!these.length) continue;
      const fold = element("details", { class: "fold" }, element("summary", {}, icon(outcome), ` ${name("outcome", outcome)} `, element("span", { class: "number" }, String(standing.counts[outcome]))));
      if (outcome === "pass") fold.append(...these.map((items) => group(items, data, words, options)));
      else {
        fold.append(element("ul", { class: "plain" }, these.flat().map((item) => element("li", {}, duty(item.title, item.duty, options), " ",
          element("span", { class: "muted" }, name("jurisdiction", item.jurisdiction) + (item.certainty ? ` · ${text("law")} ${name("certainty", item.certainty)}` : ""))))));
      }
      list.append(fold);
    }
    found.append(list, seen(data, words));
    return found;
  }

  const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

  function summary(data, words) {
    const { outcome, counts: numbers, aside } = adcheck.aside.standing(data);
    const count = (name, number, said) => (number ? element("li", { class: name }, element("b", {}, String(number)), ` ${said.toLowerCase()}`) : null);
    const counts = [...ORDER.map((key) => count(`count count-${key}`, numbers[key], words.names[`outcome.${key}`] ?? key)), count("count", aside, words.texts["Set aside"] ?? "Set aside")];
    return element("div", { class: `summary summary-${outcome}` }, icon(outcome),
      element("div", {}, element("p", { class: "summary-line" }, words.texts[HEADLINE[outcome]] ?? HEADLINE[outcome]), element("ul", { class: "counts" }, counts)));
  }

  function duty(label, id, options) {
    const hasPage = options.service && id.includes(".") && !id.startsWith("declared.");
    return hasPage ? element("a", { class: "duty", href: `${options.service}/rules/${encodeURIComponent(id)}`, target: "_blank", rel: "noreferrer noopener" }, label) : element("span", { class: "duty" }, label);
  }

  function group(items, data, words, options) {
    const text = (key) => words.texts[key] ?? key;
    const name = (kind, key) => words.names[`${kind}.${key}`] ?? key;
    const [first] = items;
    const markets = [...new Set(items.map((item) => name("jurisdiction", item.jurisdiction)))];
    const made = element("article", { class: `item item-${first.outcome}`, tabindex: "-1" },
      element("header", { class: "item-head" }, icon(first.outcome),
        element("div", {}, element("h3", {}, name("topic", first.topic), first.gate ? element("span", { class: "gate" }, name("gate", first.gate)) : null),
          element("p", { class: "markets" }, markets.map((market) => element("span", { class: "market" }, market))))));
    const said = quotes(items, data, words);
    if (said.length) {
      made.append(element("ul", { class: "quotes" }, said.map((quote) => element("li", {},
        quote.witness && options.onquote ? element("button", { type: "button", class: "link", onclick: () => options.onquote(quote.witness) }, `“${quote.text}”`) : `“${quote.text}”`,
        quote.says ? element("span", { class: "says" }, ` ${text("this post")} ${quote.says}`) : null, " ", element("code", { class: "cue" }, quote.cue)))));
    }
    for (const item of items) {
      const laws = item.law.map((law) => element("span", { class: "source" }, element("a", { href: law.url, target: "_blank", rel: "noreferrer noopener" }, law.cite),
        law.certainty !== item.certainty ? element("span", { class: `certainty certainty-${law.certainty}` }, name("certainty", law.certainty)) : null));
      const entry = element("div", { class: "entry" },
        element("p", { class: "message" }, markets.length > 1 ? element("b", {}, `${name("jurisdiction", item.jurisdiction)}: `) : null, item.message),
        item.suppression ? setAside(item, text, options) : null,
        item.advice ? element("p", { class: "advice" }, element("b", {}, `${text("To do")}: `), item.advice) : null,
        element("p", { class: "law" }, duty(item.duty, item.duty, options),
          item.certainty ? element("span", { class: `read read-${item.certainty}` }, `${text("Law")}: ${name("certainty", item.certainty)}`) : null, laws));
      if (options.onignore && adcheck.aside.isProblem(item) && !item.suppression) {
        entry.append(element("p", { class: "ignore" }, element("button", { type: "button", class: "link", onclick: (event) => options.onignore(item, event.currentTarget) }, options.say("ignore"))));
      }
      made.append(entry);
    }
    if (options.fix !== false && items.some((item) => item.fix && !item.suppression)) made.append(element("p", { class: "cured" }, icon("pass"), ` ${text("Cured by the corrected caption")}`));
    return made;
  }

  /** Why an item is set aside, and the way back. */
  function setAside(item, text, options) {
    const { reason, until } = item.suppression;
    return element("p", { class: "advice" }, element("b", {}, `${text("Set aside")}:`), ` ${reason}${until ? ` (${text("up to and including")} ${until})` : ""} `,
      options.onundo && adcheck.aside.entry(item) ? element("button", { type: "button", class: "link", onclick: () => options.onundo(item) }, options.say("undo")) : null);
  }

  function fix(data, words, options) {
    const text = (key) => words.texts[key] ?? key;
    const copy = options.oncopy ? element("button", { type: "button", class: "button", onclick: (event) => options.oncopy(data.fix.text, event.currentTarget) }, text("Copy")) : null;
    const told = element("p", { class: "hint" });
    const apply = options.onapply ? element("button", { type: "button", class: "button main", onclick: () => options.onapply(told) }, options.say("applyFix")) : null;
    return element("section", { class: "card fix" },
      element("div", { class: "fix-head" }, element("h2", {}, text(data.fix.only_if === "commercial" ? "If this is an ad, post this" : "Corrected caption")), apply, copy),
      element("p", { class: "post-text fixed", lang: data.language }, element("ins", {}, data.fix.insert), data.fix.text.slice(data.fix.insert.length)),
      element("p", { class: "hint" }, text("It adds a label at the front and changes nothing else. It has been checked again.")), apply ? told : null);
  }

  function seen(data, words) {
    const text = (key) => words.texts[key] ?? key;
    const name = (kind, key) => words.names[`${kind}.${key}`] ?? key;
    const chips = (keys, off) => element("dd", {}, keys.map((key) => element("span", { class: off ? "chip chip-off" : "chip" }, words.names[`segment.${key}`] ?? words.names[`note.${key}`] ?? key)));
    return element("section", { class: "card seen" }, element("h2", {}, text("What this rests on")), element("dl", {},
      element("dt", {}, text("Judged on")), chips(data.judged_on, false),
      element("dt", {}, text("Not seen")), chips(data.not_seen, true),
      element("dt", {}, text("Markets")), element("dd", {}, data.reach.map((key) => name("jurisdiction", key)).join(", ")),
      element("dt", {}, text("Law of")), element("dd", {}, data.as_of),
      element("dt", {}, text("Rulebook")), element("dd", {}, element("code", {}, `${data.rulebook.version} · ${data.rulebook.digest}`))));
  }

  adcheck.render = { checklist, summary, groups, quotes, element, icon, ORDER };
})();
