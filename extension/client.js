// Asks the service worker, which alone talks to the service. A page, a content script and a popup ask in the same way.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  const api = globalThis.browser ?? globalThis.chrome;

  /**
   * What went wrong, for a person. `kind` is offline (the service does not answer), refused (it answered with an error; `hint` says the cure),
   * reloaded (the extension was updated under the page) or failed.
   */
  class AskError extends Error {
    constructor(kind, message, hint = "") {
      super(message);
      this.kind = kind;
      this.hint = hint;
    }
  }

  /**
   * Sends `{ask, ...data}` to the service worker and returns its answer.
   *
   * check {body} → the checklist (offsets in UTF-16 units; reach and language of the settings unless the body has its own)
   * batch {records} → for each record its checklist or {error}
   * report {body} → the self-contained HTML report
   * words, layouts, styles, settings, health → data of the service and the extension
   */
  async function ask(what, data = {}) {
    let answer;
    try {
      answer = await api.runtime.sendMessage({ ask: what, ...data });
    } catch (error) {
      throw new AskError("reloaded", String(error?.message ?? error));
    }
    if (!answer) throw new AskError("failed", "the extension gave no answer");
    if (answer.error) throw new AskError(answer.error.kind, answer.error.message, answer.error.hint);
    return answer.result;
  }

  /** A text of `_locales`, with its placeholders filled. */
  const say = (key, ...values) => api.i18n.getMessage(key, values.map(String)) || key;

  adcheck.client = { ask, say, AskError, api };
})();
