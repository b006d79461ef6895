// <ad-compliance-check for="field-id" reach="nl,de">: the live checklist beside any text field. See docs/widget.md.
// Styles are constructed and markup is built node by node, so a strict CSP and Trusted Types hold.
const HOME = new URL("..", import.meta.url).href;
const QUIET = 400; // milliseconds after the last key
const ASKED = ["reach", "platform", "surface", "language"];
const SIGNS = { fail: "×", needs_review: "!", pass: "✓", not_applicable: "–" };

// What has to be said before a service answered, as the site says it; all other words come with the answer.
const SILENT = "The service does not answer. Your draft is safe here; start Adcheck again.";
const REFUSED = "This cannot be checked yet";
const NL = {
  "Your checklist appears here": "Hier verschijnt je checklist",
  [SILENT]: "De dienst antwoordt niet. Je concept staat hier veilig; start Adcheck opnieuw.",
  [REFUSED]: "Dit kan nog niet worden gecontroleerd",
  "Try again": "Probeer opnieuw",
};

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host { display: block; color: var(--ink); line-height: 1.5;
  --ink: var(--adcheck-ink, light-dark(#1c1d22, #f0eee9)); --soft: var(--adcheck-soft, light-dark(#5b5d68, #b3b3bd)); --card: var(--adcheck-card, light-dark(#fff, #1d2027));
  --line: var(--adcheck-line, light-dark(#e3e0d8, #343842)); --accent: var(--adcheck-accent, light-dark(#3d3bb8, #aeb2ff)); --radius: var(--adcheck-radius, 12px); }
:host([hidden]) { display: none; }
* { box-sizing: border-box; margin: 0; padding: 0; min-width: 0; list-style: none; }
.panel, .item, .list { display: grid; gap: .6rem; overflow-wrap: anywhere; }
.fail { --tone: var(--adcheck-fail, light-dark(#b3261e, #ff9c92)); } .needs_review { --tone: var(--adcheck-review, light-dark(#8a5200, #f5c05f)); }
.pass { --tone: var(--adcheck-pass, light-dark(#1b6e3c, #7fd6a0)); } .not_applicable { --tone: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--tone, var(--line)); border-radius: var(--radius); padding: .8rem 1rem; }
.head { display: flex; gap: .6rem; font-weight: 650; } .big { font-size: 1.12em; }
.row { display: flex; flex-wrap: wrap; gap: .1rem .8rem; font-weight: 400; } .row button { margin: .5rem 0 0; }
.soft { color: var(--soft); font-weight: 400; font-size: .88em; }
.entry + .entry { border-top: 1px solid var(--line); padding-top: .5rem; }
.icon { flex: none; width: 1.5em; height: 1.5em; line-height: 1.5; text-align: center; background: var(--tone); color: var(--card); border-radius: 50%; }
.fail .icon { border-radius: 0; clip-path: polygon(30% 0, 70% 0, 100% 30%, 100% 70%, 70% 100%, 30% 100%, 0 70%, 0 30%); }
.needs_review .icon { border-radius: 0; line-height: 1.9; clip-path: polygon(50% 0, 100% 100%, 0 100%); }
.text { white-space: pre-wrap; margin: .4rem 0; } ins { text-decoration: underline 2px var(--accent); font-weight: 650; }
button { font: inherit; font-weight: 600; min-height: 2.4em; padding: .2em 1em; border-radius: 8px; border: 1px solid var(--soft); background: var(--card); color: var(--ink); cursor: pointer; }
.main { background: var(--accent); color: var(--card); border-color: var(--accent); } a { color: var(--accent); }
details.card { padding: 0 1rem; border-left-width: 1px; } summary { cursor: pointer; padding: .6rem 0; } details .list { padding-bottom: .8rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`);

/** An element with its properties and children; texts become text nodes. */
function h(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.flat(2));
  return node;
}

const p = (className, ...children) => h("p", { className }, ...children);
const span = (className, ...children) => h("span", { className }, ...children);
const icon = (outcome) => h("span", { className: "icon", ariaHidden: "true" }, SIGNS[outcome]);
const bold = (...children) => h("b", {}, ...children);
const link = (href, text) => h("a", { href, rel: "noreferrer noopener", target: "_blank" }, text);
const button = (text, onclick, className = "") => h("button", { type: "button", onclick, className }, text);

class AdComplianceCheck extends HTMLElement {
  static observedAttributes = ["for", "interface", ...ASKED];

  #panel = h("section", { className: "panel", ariaLabel: "Adcheck" });
  #status = h("p", { className: "unseen", role: "status" });
  #timer = 0;
  #busy = null; // the check in flight
  #again = false; // asked for while one was in flight
  #composing = false;
  #judged = null; // what was sent for the checklist shown
  #sending = false; // a submission that was held and now goes on
  #result = null;
  #context = {};
  #stop = new AbortController();

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#panel, this.#status);
  }

  /** The checklist shown, as the API answers, or null. */
  get result() { return this.#result; }

  /** What else is known of the post, as the API takes it: `{declared: {relationship: "paid"}}`. */
  set context(value) { this.#context = value; this.attributeChangedCallback(); }

  /** The field, looked up anew each time, so that it may be replaced. */
  get field() { return this.getRootNode().getElementById?.(this.getAttribute("for")) ?? null; }

  connectedCallback() {
    this.#stop = new AbortController();
    const on = (type, handler, isOurs = (event) => event.composedPath().includes(this.field ?? 0)) =>
      this.getRootNode().addEventListener(type, (event) => isOurs(event) && handler(event), { capture: true, signal: this.#stop.signal });
    const ofForm = (event) => event.target === this.#form;
    on("input", () => this.#composing || this.#soon(QUIET));
    on("compositionstart", () => { this.#composing = true; clearTimeout(this.#timer); });
    on("compositionend", () => { this.#composing = false; this.#soon(QUIET); });
    on("change", () => this.#soon(0));
    on("reset", () => this.#soon(0), ofForm);
    on("submit", (event) => this.#submitting(event), ofForm);
    this.#empty();
    this.#soon(0);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  attributeChangedCallback() { if (this.isConnected) this.#soon(0); }

  /** Check now. Resolves to the checklist, or to null without text or after an error. */
  check() {
    clearTimeout(this.#timer);
    if (this.#busy) {
      this.#again = true;
      return this.#busy;
    }
    this.#busy = this.#run();
    return this.#busy.finally(() => { this.#busy = null; });
  }

  async #run() {
    do {
      this.#again = false;
      const sent = this.#request();
      if (sent === null) this.#empty();
      else if (sent !== this.#judged) await this.#ask(sent);
    } while (this.#again && this.isConnected);
    return this.#result;
  }

  async #ask(sent) {
    const service = new URL(this.getAttribute("service") ?? HOME, document.baseURI).href.replace(/\/?$/, "/");
    const headers = { "Content-Type": "application/json" };
    const token = this.getAttribute("token");
    if (token) headers.Authorization = `Bearer ${token}`;
    let answer, data;
    try {
      answer = await fetch(`${service}api/v1/check`, { method: "POST", body: sent, headers, credentials: "omit", signal: AbortSignal.timeout(15000) });
      data = await answer.json();
    } catch {
      return this.#failed("service", answer?.status ?? 0, this.#word(SILENT));
    }
    if (!this.isConnected || this.#request() !== sent) return; // stale
    if (!answer.ok) return this.#failed("request", answer.status, data.errors[0].message, data.errors[0].hint);
    this.#judged = sent;
    this.#result = data;
    this.setAttribute("outcome", data.outcome);
    this.#show(service);
    this.#tell("adcheck-result", data);
  }

  /** The request's body for what stands in the field now; null where nothing does. */
  #request() {
    const text = this.#text;
    if (!text.trim()) return null;
    const asked = Object.fromEntries(ASKED.map((name) => [name, this.getAttribute(name) || undefined]));
    return JSON.stringify({ ...this.#context, text, ...asked, interface: this.#language, offsets: "utf16", view: true });
  }

  get #text() { return this.field?.value ?? this.field?.innerText ?? ""; }

  get #form() { return this.field?.form ?? this.field?.closest("form") ?? null; }

  get #language() { return /^nl/i.test(this.getAttribute("interface") || this.closest("[lang]")?.lang) ? "nl" : "en"; }

  #word(text) { return this.#language === "nl" ? NL[text] ?? text : text; }

  #soon(wait) { clearTimeout(this.#timer); this.#timer = setTimeout(() => this.check(), wait); }

  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true })); }

  #say(text) { if (this.#status.textContent !== text) this.#status.textContent = text; }

  async #submitting(event) {
    const isJudged = () => this.#request() === this.#judged;
    if (this.getAttribute("block") !== "fail" || this.#sending || (isJudged() && this.#result?.outcome !== "fail")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!isJudged()) await this.check(); // what was typed last; a service that is down never blocks
    if (isJudged() && this.#result?.outcome === "fail") {
      this.#panel.querySelector(".summary").focus();
      this.#say(this.#result.view.words.not_sent);
      return;
    }
    this.#sending = true;
    event.target.requestSubmit(event.submitter);
    this.#sending = false;
  }

  #fill(...content) {
    const held = this.#panel.contains(this.#panel.getRootNode().activeElement);
    this.#panel.replaceChildren(...content.flat());
    if (held) this.#panel.querySelector("button, .summary")?.focus();
  }

  #forget() {
    this.#judged = this.#result = null;
    this.removeAttribute("outcome");
  }

  #empty() {
    this.#forget();
    this.#fill(p("card soft", this.#word("Your checklist appears here")));
  }

  #failed(kind, status, message, hint = "") {
    this.#forget();
    const again = button(this.#word("Try again"), async () => {
      await this.check();
      this.#panel.querySelector("button, .summary")?.focus();
    });
    this.#fill(h("div", { className: "card problem needs_review" },
      p("head", icon("needs_review"), this.#word(kind === "service" ? SILENT : REFUSED)), kind === "service" ? "" : p("", message), p("soft", hint), p("row", again)));
    this.#say(message);
    this.#tell("adcheck-error", { kind, status, message, hint });
  }

  #show(service) {
    const { view, fix } = this.#result;
    const { words } = view;
    const open = new Set([...this.#panel.querySelectorAll("details[open]")].map((fold) => fold.className));
    const of = (outcome) => view.groups.filter((group) => group.outcome === outcome);
    const items = (outcome) => of(outcome).map((group) => this.#item(group, service));
    const counts = view.counts.filter(({ count }) => count).map(({ name, count }) => [count, name.toLowerCase()]);
    const fold = (outcome, content) => {
      const { name, count } = view.counts.find((entry) => entry.outcome === outcome);
      const className = `card ${outcome}`;
      return count ? h("details", { className, open: open.has(className) }, h("summary", {}, `${name} · ${count}`), h("div", { className: "list" }, content())) : "";
    };
    this.#fill(
      h("div", { className: `card summary head ${view.outcome}`, tabIndex: -1 }, icon(view.outcome), h("div", {}, p("big", view.headline),
        p("row", counts.map(([count, name]) => span("", bold(String(count)), ` ${name}`))))),
      fix ? this.#fix(fix) : "",
      items("fail"), items("needs_review"),
      fold("pass", () => items("pass")),
      fold("not_applicable", () => of("not_applicable").flatMap((group) => group.entries).map(({ duty, title, market, certainty }) =>
        p("", link(`${service}rules/${duty}`, title), span("soft", ` ${market} · ${words.law_of} ${certainty}`)))),
      p("soft", `${words.not_seen}: ${view.not_seen.join(", ")}. ${words.judged_by} ${new URL(service).host}.`));
    this.#say(`${view.headline} ${counts.map((pair) => pair.join(" ")).join(", ")}`);
  }

  #heading(...content) { return h("div", { role: "heading", ariaLevel: this.getAttribute("level") ?? "3" }, ...content); }

  #item({ outcome, topic, gate, markets, quotes, entries, is_cured }, service) {
    const { fix, view: { words } } = this.#result;
    return h("article", { className: `card item ${outcome}` },
      h("div", { className: "head" }, icon(outcome), h("div", {},
        this.#heading(topic, gate ? span("soft", ` · ${gate}`) : ""),
        p("soft", markets.join(" · ")))),
      quotes.map(({ text, says }) => p("", bold(`“${text}”`), span("soft", says ? ` ${words.this_post} ${says}` : ""))),
      entries.map(({ duty, market, message, advice, certainty, law }) => h("div", { className: "entry" },
        p("", markets.length > 1 ? bold(`${market}: `) : "", message),
        advice ? p("", bold(`${words.to_do}: `), advice) : "",
        p("row soft", duty.startsWith("declared.") ? duty : link(`${service}rules/${duty}`, duty), certainty ? span("", `${words.law}: ${certainty}`) : "",
          law.map((source) => span("", link(source.url, source.cite), source.certainty === certainty ? "" : ` (${source.certainty})`))))),
      is_cured && fix ? p("soft", words.cured) : "");
  }

  #fix({ text, insert, only_if }) {
    const { language, view: { words } } = this.#result;
    const note = p("soft note", words.fix_note);
    const corrected = h("p", { className: "text", lang: language ?? "" }, h("ins", {}, insert), text.slice(insert.length));
    const copy = button(words.copy, async () => {
      await (navigator.clipboard?.writeText(text) ?? Promise.reject()).catch(() => { // plain http, or no permission
        getSelection().selectAllChildren(corrected);
        document.execCommand("copy");
      });
      this.#say(copy.textContent = words.copied);
      setTimeout(() => { copy.textContent = words.copy; }, 1600);
    });
    const put = button(words.insert, async () => {
      note.textContent = await this.#insert(insert) ? words.inserted : words.not_inserted;
      this.#say(note.textContent);
    }, "main");
    return h("div", { className: "card fix" }, this.#heading(bold(only_if === "commercial" ? words.fix_if : words.fix)), corrected, note, p("row", put, copy));
  }

  /** Put the label in front as if it were typed, so that the browser's own undo takes it back. */
  async #insert(label) {
    const { field } = this;
    if (this.#request() !== this.#judged || field.readOnly || field.maxLength >= 0 && this.#text.length + label.length > field.maxLength) return false;
    field.focus();
    if (field.setSelectionRange) field.setSelectionRange(0, 0);
    else getSelection().setPosition(document.createTreeWalker(field, 4).nextNode() ?? field, 0); // before its first text
    await new Promise((done) => setTimeout(done, 80)); // rich editors read the selection once before they take text
    document.execCommand("insertText", false, label);
    return this.#text.startsWith(label);
  }
}

if (!customElements.get("ad-compliance-check")) customElements.define("ad-compliance-check", AdComplianceCheck);
