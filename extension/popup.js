// The popup: what to check, whether the service answers, and where text goes.
(async () => {
  const { ask, say, api } = globalThis.adcheck.client;
  for (const part of document.querySelectorAll("[data-say]")) part.textContent = say(part.dataset.say);
  const told = document.getElementById("told");

  const settings = await ask("settings");
  document.documentElement.lang = settings.language;
  const where = document.getElementById("where");
  where.textContent = say(settings.here ? "staysHere" : "goesTo", settings.address);
  where.classList.toggle("where-away", !settings.here);

  // The tab is the active one; a page opened as a tab of its own names another (?tab=).
  const named = Number(new URLSearchParams(location.search).get("tab"));
  const tab = named ? await api.tabs.get(named) : (await api.tabs.query({ active: true, currentWindow: true }))[0];

  document.querySelector(".acts").addEventListener("click", async (event) => {
    const { do: command } = event.target.dataset;
    if (!command) return;
    try {
      await ask("run", { tab: tab.id, command });
      if (!named) window.close();
    } catch (error) {
      told.textContent = error.message;
    }
  });

  document.getElementById("side").addEventListener("click", async () => {
    try {
      if (api.sidePanel) {
        api.sidePanel.setOptions({ tabId: tab.id, path: `panel.html?tab=${tab.id}` }); // not awaited: opening needs the click itself
        await api.sidePanel.open({ tabId: tab.id });
      } else await api.sidebarAction.open();
    } catch (error) {
      told.textContent = error.message;
    }
  });

  // The live check is turned on for the site of this tab only; the browser asks its user, because of this click.
  const url = tab?.url ? new URL(tab.url) : null;
  if (url && /^https?:$/.test(url.protocol)) {
    const site = `${url.protocol}//${url.hostname}`;
    const box = document.getElementById("live");
    box.checked = Object.hasOwn(settings.live, site);
    document.getElementById("live-label").textContent = say("liveOn", url.hostname);
    document.getElementById("live-row").hidden = false;
    box.addEventListener("click", async () => {
      const on = box.checked;
      told.textContent = "";
      try {
        if (on) {
          api.storage.session.set({ wanted: site }); // not awaited: asking needs the click itself
          if (!(await api.permissions.request({ origins: [`${site}/*`] }))) throw new Error(say("noAccess"));
        }
        await ask("live", { site, on });
      } catch (error) {
        box.checked = !on;
        told.textContent = error.message;
      } finally {
        await api.storage.session.remove("wanted");
      }
    });
  }

  try {
    const { rulebook } = await ask("health");
    document.getElementById("health").textContent = say("works", rulebook.version);
  } catch (error) {
    told.textContent = `${error.message} ${error.hint}`;
  }
})();
