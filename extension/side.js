// The side panel: the last checklist of the tab, kept beside the page; its words are shown in the page.
(async () => {
  const { panel, client, aside } = globalThis.adcheck;
  const { ask, say, api } = client;
  const settings = await ask("settings");
  document.documentElement.lang = settings.language;
  const context = { settings, words: { names: {}, texts: {} } };
  const named = Number(new URLSearchParams(location.search).get("tab"));
  const active = async () => named || (await api.tabs.query({ active: true, currentWindow: true }))[0]?.id;

  const send = async (message) => { const id = await active(); return id ? api.tabs.sendMessage(id, message).catch(() => null) : null; };
  const side = new panel.Panel(document.getElementById("main"), context, {
    again: async () => { try { await ask("run", { tab: await active(), command: "check" }); } catch (error) { side.problem(error); } },
    locate: (witness) => send({ do: "lead", witness }),
    apply: async () => (await send({ do: "apply" })) ?? { said: say("fixGone"), text: null },
  });

  async function show() {
    try {
      const last = await ask("last", { tab: await active() });
      if (!last) { side.problem({ kind: "empty", message: say("nothingYet") }); return; }
      context.words = await ask("words");
      side.result({ ...last, checklist: aside.settle(last.checklist, await aside.held()) });
    } catch (error) {
      side.problem(error);
    }
  }

  api.storage.session.onChanged?.addListener((changes) => { if (Object.keys(changes).some((key) => key.startsWith("last."))) show(); });
  api.tabs.onActivated.addListener(show);
  aside.watch(show);
  await show();
})();
