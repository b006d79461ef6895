// First run and settings: where the service is, whether it answers, where text goes; markets, campaign, the sites with the live check, and what is ignored.
(async () => {
  const { client, render, panel } = globalThis.adcheck;
  const { ask, say, api } = client;
  const { element } = render;
  const part = (id) => document.getElementById(id);
  for (const item of document.querySelectorAll("[data-say]")) item.textContent = say(item.dataset.say);
  let settings = await ask("settings");
  document.documentElement.lang = settings.language;
  if (new URLSearchParams(location.search).has("first")) part("title").textContent = "Adcheck";

  const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
  part("address").value = settings.address;
  part("token").value = settings.token;
  part("campaign").value = settings.campaign;

  function tellWhere() {
    let url = null;
    try { url = new URL(part("address").value); } catch { /* not yet an address */ }
    const here = url !== null && LOOPBACK.includes(url.hostname);
    part("where").textContent = url ? say(here ? "staysHere" : "goesTo", url.host) : "";
    part("where").classList.toggle("where-away", url !== null && !here);
    return { url, here };
  }
  part("address").addEventListener("input", tellWhere);
  tellWhere();

  part("service").addEventListener("submit", async (event) => {
    event.preventDefault();
    part("answer").textContent = part("told").textContent = "";
    const { url, here } = tellWhere();
    try {
      if (!url || !/^https?:$/.test(url.protocol)) throw new Error(say("notAddress"));
      if (!here && url.protocol !== "https:") throw new Error(say("needsHttps"));
      if (!["127.0.0.1", "localhost"].includes(url.hostname) && !(await api.permissions.request({ origins: [`${url.protocol}//${url.hostname}/*`] }))) throw new Error(say("noAccess"));
      const address = url.href.replace(/\/+$/, "");
      const { rulebook } = await ask("health", { address });
      await api.storage.local.set({ address, token: part("token").value.trim(), ready: true });
      part("answer").textContent = say("works", `${rulebook.version} ${rulebook.digest}`);
      await markets();
    } catch (error) {
      part("told").textContent = `${error.message} ${error.hint ?? ""}`;
    }
  });

  async function markets() {
    settings = await ask("settings");
    try {
      const known = await ask("markets");
      part("markets").replaceChildren(...known.map((market) => element("label", { class: "choice" },
        element("input", { type: "checkbox", name: "reach", value: market.id, checked: settings.reach.includes(market.id) }), ` ${market.name[settings.language] ?? market.name.en}`)));
    } catch (error) {
      part("markets").replaceChildren(element("p", { class: "muted" }, error.message));
    }
  }

  part("choices").addEventListener("submit", (event) => event.preventDefault());
  part("choices").addEventListener("change", async () => {
    const boxes = [...document.querySelectorAll("[name=reach]")];
    const reach = boxes.filter((box) => box.checked).map((box) => box.value);
    await api.storage.local.set({ campaign: part("campaign").value.trim(), ...(boxes.length && reach.length ? { reach } : {}) });
    part("saved").textContent = say("saved");
  });

  async function live() {
    const sites = Object.keys((await ask("settings")).live).sort();
    part("live").replaceChildren(...(sites.length ? sites.map((site) => element("li", {}, element("p", {}, site),
      element("button", { type: "button", class: "button", "aria-label": `${say("turnOff")}: ${site}`, onclick: async () => { await ask("live", { site, on: false }); await live(); } }, say("turnOff"))))
      : [element("li", {}, say("liveNone"))]));
  }

  async function ignored() {
    const all = await ask("suppressions");
    const now = new Date().toLocaleDateString("sv");
    part("export").disabled = !all.length;
    part("suppressions").replaceChildren(...(all.length ? all.map((item) => element("li", {}, element("code", {}, item.rule), ` · ${say(`scope_${item.text ? "once" : item.campaign ? "campaign" : "rule"}`, item.campaign ?? "")}`,
      element("p", {}, `${item.reason}${item.until ? ` · ${say(item.until < now ? "ranOut" : "holdsUntil", item.until)}` : ""}`),
      element("button", { type: "button", class: "button", onclick: async () => { await ask("undo", { suppression: item }); await ignored(); } }, say("undo"))))
      : [element("li", {}, say("ignoredNone"))]));
    return all;
  }
  part("export").addEventListener("click", async () => {
    panel.download(`${JSON.stringify({ version: 1, suppressions: await ask("suppressions") }, null, 2)}\n`, "application/json", "adcheck-suppressions.json");
  });

  await Promise.all([markets(), live(), ignored()]);
})();
