// The live draft check, on a site where its user has turned it on: a sign at the field that is written in, and the panel when the sign is pressed.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  if (adcheck.drafts) return; // runs already
  const { ask, say, api } = adcheck.client;

  /** `opened` is the field whose sign was pressed last; `layout` that of this host, not known before the service has answered once. */
  const drafts = (adcheck.drafts = { opened: null, layout: undefined });

  /** The service's checklist of a draft; where the extension was updated or taken away under the page, its scripts leave. */
  async function judge(text) {
    try {
      if (drafts.layout === undefined) drafts.layout = adcheck.layouts.forHost(await ask("layouts"), location.hostname);
      const [checklist, now] = await Promise.all([ask("check", { body: { text, ...adcheck.layouts.platform(drafts.layout) } }), adcheck.aside.held()]);
      return adcheck.aside.settle(checklist, now);
    } catch (error) {
      if (error.kind === "reloaded") stop();
      throw error;
    }
  }

  const live = globalThis.adcheckLive.startLive({
    ask: judge,
    words: {
      fail: say("draftFail"), needs_review: say("draftReview"), pass: say("draftPass"), not_applicable: say("draftNone"), checking: say("checking"), offline: say("draftOffline"),
    },
    onResult: (result) => adcheck.page?.drafted(result),
    outcome: (checklist) => adcheck.aside.standing(checklist).outcome,
    onOpen: (field) => {
      drafts.opened = field;
      ask("run", { command: "draft" }).catch(stop);
    },
  });

  const unwatch = adcheck.aside.watch(() => { if (live.marked) live.check(live.marked); });

  function stop() {
    live.stop();
    unwatch();
    adcheck.drafts = null;
    api.storage?.onChanged.removeListener(follow);
  }

  /** Turned off, or the browser's leave taken back: the list of sites that is stored tells. */
  function follow(changes, area) {
    if (area === "local" && changes.live && !Object.hasOwn(changes.live.newValue ?? {}, `${location.protocol}//${location.hostname}`)) stop();
  }
  api.storage.onChanged.addListener(follow);
  live.check(); // a draft that is there already
})();
