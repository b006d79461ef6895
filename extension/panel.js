// The panel: what was read, the checklist, what can be done with it, and where the text went. The same in the page and in the side panel.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  const { element } = adcheck.render;
  const { ask, say } = adcheck.client;

  /**
   * A panel in `parent` (a shadow root or an element).
   *
   * `actions`: close(), again(), locate(witness) → shows the words,
   * apply() → types the fix into the draft and resolves to {said, text}: what is said of it, and the text that now stands there; those that are missing have no button.
   * `context`: {words, settings} as the service worker gives them.
   */
  class Panel {
    constructor(parent, context, actions) {
      Object.assign(this, { context, actions });
      this.status = element("p", { class: "unseen", role: "status" });
      this.body = element("div", { class: "panel-body" });
      this.tools = element("div", { class: "panel-tools" });
      const title = element(parent instanceof ShadowRoot ? "h2" : "h1", { class: "panel-title", tabindex: "-1", id: "adcheck-title" }, "Adcheck");
      const close = actions.close ? element("button", { type: "button", class: "close", "aria-label": say("close"), onclick: () => actions.close() }, "×") : null;
      this.box = element("aside", { class: "adcheck-panel", "aria-labelledby": "adcheck-title", lang: context.settings.language },
        element("header", { class: "panel-head" }, title, close), this.status, this.body, this.tools, this.footer());
      for (const kind of ["keydown", "keyup", "keypress"]) this.box.addEventListener(kind, (event) => { event.stopPropagation(); if (kind === "keydown" && event.key === "Escape") actions.close?.(); });
      parent.append(this.box);
      this.title = title;
    }

    /** Where the text went, in a warning colour where that is not this machine. */
    footer() {
      const { address, here } = this.context.settings;
      let host = address;
      try { ({ host } = new URL(address)); } catch { /* shown as it is */ }
      return element("footer", { class: here ? "where" : "where where-away" }, here ? say("staysHere", host) : say("goesTo", host));
    }

    focus() { this.title.focus({ preventScroll: true }); }

    busy() {
      this.applied = null;
      this.body.replaceChildren(element("p", { class: "muted busy" }, say("checking")));
      this.tools.replaceChildren();
    }

    /** Says what went wrong and how to go on; the page and the draft in it are untouched. */
    problem(error) {
      const again = this.actions.again ? element("button", { type: "button", class: "button", onclick: () => this.actions.again() }, say("again")) : null;
      this.body.replaceChildren(element("section", { class: "card problem", role: "alert" }, element("h2", {}, say("problem")), element("p", {}, error.message),
        error.hint ? element("p", { class: "muted" }, error.hint) : null, error.kind === "offline" ? element("p", { class: "muted" }, say("draftSafe")) : null, again));
      this.tools.replaceChildren();
    }

    /**
     * Shows a result: {checklist, source, body, draft}. `source` says what was read, `body` was sent, `draft` whether a fix can be put in.
     */
    result(result) {
      this.shown = result;
      const { checklist } = result;
      const { words, settings } = this.context;
      const options = {
        fix: !checklist.segments.some((segment) => segment.scope === "caption" && segment.hidden_by), // with words that nobody sees left out it would be another text
        service: settings.address.replace(/\/+$/, ""), say,
        onquote: this.actions.locate ? (witness) => this.actions.locate(witness) : undefined,
        oncopy: (text, button) => this.copy(text, button),
        onapply: result.draft && this.actions.apply ? (told) => this.apply(told) : undefined,
        onundo: async (item) => { await ask("undo", { suppression: adcheck.aside.entry(item) }); this.focus(); },
      };
      const ignoring = (list) => ({ onignore: (item, button) => this.askReason(item, list.fingerprint, button) });
      const source = element("p", { class: result.outdated ? "source-line source-outdated" : "source-line" }, result.source);
      const isApplied = this.applied && squeeze(this.applied.text) === squeeze(result.body?.text ?? "");
      const note = isApplied ? element("p", { class: "hint" }, this.applied.said) : "";
      const parts = [source, note, adcheck.render.checklist(checklist, words, { ...options, ...(checklist.posts ? {} : ignoring(checklist)) })];
      for (const [index, post] of (checklist.posts ?? []).entries()) {
        parts.push(element("section", { class: "record" }, element("h3", { class: "record-name" }, `${index + 1}/${checklist.posts.length}${post.origin?.url ? ` · ${post.origin.url}` : ""}`), adcheck.render.checklist(post, words, { ...options, ...ignoring(post), onquote: undefined, fix: false })));
      }
      this.body.replaceChildren(...parts);
      this.tools.replaceChildren(
        this.actions.again ? element("button", { type: "button", class: "button", onclick: () => this.actions.again() }, say("again")) : null ?? "",
        element("button", { type: "button", class: "button", onclick: () => this.save("json") }, say("saveJson")),
        result.body ? element("button", { type: "button", class: "button", onclick: () => this.save("html") }, say("saveReport")) : "");
      this.status.textContent = [isApplied ? this.applied.said : "", this.body.querySelector(".summary-line").textContent, ...[...this.body.querySelector(".counts").children].map((count) => count.textContent)].join(" ");
    }

    /** Has the fix put in; what is said of it stays until the text is another. */
    async apply(told) {
      const { said, text } = await this.actions.apply();
      this.applied = { said, text };
      told.textContent = this.status.textContent = said;
    }

    async copy(text, button) {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const field = element("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1" });
        field.value = text;
        this.body.append(field);
        field.select();
        document.execCommand("copy");
        field.remove();
      }
      const word = button.textContent;
      button.textContent = this.context.words.texts.Copied ?? "✓";
      this.status.textContent = button.textContent;
      setTimeout(() => { button.textContent = word; }, 1600);
    }

    async save(kind) {
      try {
        const { checklist, body } = this.shown;
        if (kind === "json") download(`${JSON.stringify(checklist, null, 2)}\n`, "application/json", `adcheck-${checklist.as_of}.json`);
        else download(await ask("report", { body }), "text/html", `adcheck-${checklist.as_of}.html`);
      } catch (error) {
        this.status.textContent = error.message;
        this.tools.append(element("p", { class: "muted", role: "alert" }, error.message));
      }
    }

    /** Asks for a reason and how far it reaches; the form stands where the button stood. Whoever shows the panel hears of the answer. */
    askReason(item, text, button) {
      const id = `adcheck-reason-${item.duty}`;
      const reason = element("input", { type: "text", id, required: true, maxlength: "300" });
      const until = element("input", { type: "date", id: `${id}-until` });
      const scopes = ["once", "campaign", "rule"].map((scope) => element("label", { class: "choice" }, element("input", { type: "radio", name: id, value: scope, ...(scope === "once" ? { checked: true } : {}) }), ` ${say(`scope_${scope}`, this.context.settings.campaign || "–")}`));
      const told = element("p", { role: "alert", class: "told" });
      const form = element("form", { class: "reason" }, element("fieldset", {}, element("legend", {}, say("ignoreHow", item.duty)), scopes),
        element("label", { for: id }, say("reason")), reason, element("label", { for: `${id}-until` }, say("until")), until, told,
        element("div", { class: "panel-tools" }, element("button", { type: "submit", class: "button main" }, say("ignore")), element("button", { type: "button", class: "button", onclick: () => form.replaceWith(back) }, say("cancel"))));
      const back = button.parentElement;
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        try {
          await ask("suppress", { rule: item.duty, scope: form.querySelector("input:checked").value, text, reason: reason.value, until: until.value });
          this.focus();
        } catch (error) {
          told.textContent = `${error.message} ${error.hint}`;
        }
      });
      back.replaceWith(form);
      reason.focus();
    }

    remove() { this.box.remove(); }
  }

  const squeeze = (text) => text.replace(/\s+/g, " ").trim();

  /** Offers a file to save, without adding anything to the page. */
  function download(text, type, name) {
    const link = document.createElement("a");
    const address = URL.createObjectURL(new Blob([text], { type }));
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  adcheck.panel = { Panel, download };
})();
