// The only part that talks to the service. It keeps nothing in memory: a service worker may be stopped at any time.
const api = globalThis.browser ?? globalThis.chrome;
const DEFAULTS = { address: "http://127.0.0.1:8765", token: "", reach: ["nl"], campaign: "", live: {}, ready: false };
const FILES = ["client.js", "aside.js", "live.js", "textmap.js", "render.js", "boxes.js", "layouts.js", "copy.js", "marks.js", "overlay.js", "panel.js", "feed.js", "page.js"];
const DRAFTS = ["client.js", "aside.js", "layouts.js", "live.js", "drafts.js"]; // on a site where the live check is on; the panel's files follow when it is opened
const PATIENCE = 30_000; // milliseconds until a service that does not answer counts as away
const MOST_AT_ONCE = 50; // records in one request

class Problem extends Error {
  constructor(kind, message, hint = "") {
    super(message);
    this.kind = kind;
    this.hint = hint;
  }
}

const settings = async () => ({ ...DEFAULTS, ...(await api.storage.local.get(DEFAULTS)) });
const language = () => (api.i18n.getUILanguage().toLowerCase().startsWith("nl") ? "nl" : "en");

/** Whether an address is this machine, so that text sent there does not leave it. */
function isHere(address) {
  try {
    return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(address).hostname);
  } catch {
    return false;
  }
}

async function call(path, { method = "GET", type = "application/json", body, patience = PATIENCE } = {}) {
  const { address, token } = await settings();
  const headers = { Accept: "*/*" };
  if (body !== undefined) headers["Content-Type"] = type;
  if (token) headers.Authorization = `Bearer ${token}`;
  let answer;
  try {
    answer = await fetch(address.replace(/\/+$/, "") + path, { method, headers, body, credentials: "omit", redirect: "error", cache: "no-store", signal: AbortSignal.timeout(patience) });
  } catch {
    throw new Problem("offline", api.i18n.getMessage("offline", [address]), api.i18n.getMessage("offlineHint"));
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => null);
  const [first] = told?.errors ?? [];
  throw new Problem("refused", first?.message ?? told?.error ?? `${answer.status} ${answer.statusText}`, first?.hint ?? "");
}

/** What the service says of itself, remembered for as long as its rulebook is the same and the browser runs. */
async function known(key, path) {
  const { address } = await settings();
  const stored = (await api.storage.session.get("known")).known ?? {};
  if (stored.address === address && stored[key] && Date.now() - stored[`${key}.at`] < 600_000) return stored[key];
  const value = await (await call(path)).json();
  const now = (await api.storage.session.get("known")).known ?? {};
  await api.storage.session.set({ known: { ...(now.address === address ? now : { address }), [key]: value, [`${key}.at`]: Date.now() } });
  return value;
}

/** The style sheets of the panel, with sizes that do not depend on the page's root font. */
async function styles() {
  const texts = await Promise.all(["checklist.css", "panel.css"].map(async (name) => (await fetch(api.runtime.getURL(name))).text()));
  return texts.join("\n").replace(/(-?\d*\.?\d+)rem\b/g, (_, number) => `${Number(number) * 16}px`);
}

async function request(body) {
  const { reach } = await settings();
  return JSON.stringify({ reach, offsets: "utf16", interface: language(), ...body });
}

/** NDJSON in portions; an answer for each record, in order. */
async function batch(records) {
  const { reach } = await settings();
  const answers = [];
  for (let at = 0; at < records.length; at += MOST_AT_ONCE) {
    const lines = records.slice(at, at + MOST_AT_ONCE).map((record, index) => JSON.stringify({ reach, ...record, id: String(at + index) }));
    const text = await (await call(`/api/v1/check?interface=${language()}`, { method: "POST", type: "application/x-ndjson", body: `${lines.join("\n")}\n` })).text();
    answers.push(...text.trim().split("\n").map((line) => JSON.parse(line)));
  }
  return answers;
}

// ---------------------------------------------------------------------------------------------------------------- ignoring

/** What is set aside, each as an entry of a suppression file. */
const suppressions = async () => (await api.storage.local.get({ suppressions: [] })).suppressions;

/** Sets a rule aside: `once` for this text (the service's fingerprint of it), for the `campaign` of the settings, or the `rule` everywhere. */
async function suppress({ rule, scope, text, reason, until }) {
  if (!reason?.trim()) throw new Problem("refused", api.i18n.getMessage("reasonMissing"));
  const { campaign } = await settings();
  if (scope === "campaign" && !campaign.trim()) throw new Problem("refused", api.i18n.getMessage("campaignMissing"), api.i18n.getMessage("campaignHint"));
  const reach = { once: { text }, campaign: { campaign: campaign.trim() }, rule: {} }[scope];
  const entry = { rule, ...reach, reason: reason.trim(), ...(until ? { until } : {}), made: new Date().toLocaleDateString("sv") };
  await api.storage.local.set({ suppressions: [...(await suppressions()), entry] });
  return entry;
}

async function undo(suppression) {
  const kept = (await suppressions()).filter((item) => JSON.stringify(item) !== JSON.stringify(suppression));
  await api.storage.local.set({ suppressions: kept });
  return kept;
}

// ---------------------------------------------------------------------------------------------------------------- questions

const ANSWERS = {
  settings: async () => ({ ...(await settings()), here: isHere((await settings()).address), language: language() }),
  health: async ({ address }) => {
    if (address === undefined) return (await call("/healthz", { patience: 5_000 })).json();
    try {
      const answer = await fetch(`${address.replace(/\/+$/, "")}/healthz`, { credentials: "omit", redirect: "error", cache: "no-store", signal: AbortSignal.timeout(5_000) });
      const told = await answer.json();
      if (told.status !== "ok" || !told.rulebook) throw new Error("not Adcheck");
      return told;
    } catch {
      throw new Problem("offline", api.i18n.getMessage("offline", [address]), api.i18n.getMessage("offlineHint"));
    }
  },
  check: async ({ body }) => (await call("/api/v1/check", { method: "POST", body: await request(body) })).json(),
  report: async ({ body }) => {
    const { campaign } = await settings();
    const aside = { suppressions: { version: 1, suppressions: await suppressions() }, ...(campaign ? { campaign } : {}) };
    return (await call("/api/v1/report", { method: "POST", body: await request({ ...body, ...aside }) })).text();
  },
  batch: ({ records }) => batch(records),
  words: () => known("words", `/api/v1/words?interface=${language()}`),
  layouts: () => known("layouts", "/api/v1/layouts"),
  markets: async () => (await known("markets", "/api/v1/jurisdictions")).filter((item) => item.market),
  styles,
  suppress,
  undo: ({ suppression }) => undo(suppression),
  suppressions,
  screenshot: async (_, sender) => api.tabs.captureVisibleTab(sender.tab?.windowId, { format: "png" }),
  run: ({ tab, command }, sender) => run(tab ?? sender.tab.id, command),
  live: ({ site, on }) => switchLive(site, on),
  last: async ({ tab }) => (await api.storage.session.get(`last.${tab}`))[`last.${tab}`] ?? null,
  keep: async ({ result }, sender) => { await api.storage.session.set({ [`last.${sender.tab.id}`]: result }); return null; },
  outcome: async ({ outcome, count }, sender) => { await mark(sender.tab.id, outcome, count); return null; },
};

api.runtime.onMessage.addListener((message, sender, respond) => {
  const answer = ANSWERS[message?.ask];
  if (!answer || sender.id !== api.runtime.id) return false;
  Promise.resolve()
    .then(() => answer(message, sender))
    .then((result) => respond({ result: result ?? true }))
    .catch((error) => respond({ error: { kind: error.kind ?? "failed", message: error.message, hint: error.hint ?? "" } }));
  return true;
});

// ---------------------------------------------------------------------------------------------------------------- acting on a page

/** Puts the scripts into a tab where they are not yet, and has them do `command`: check, profile, feed, close. */
async function run(tabId, command) {
  try {
    const [{ result: isThere }] = await api.scripting.executeScript({ target: { tabId }, func: () => Boolean(globalThis.adcheck?.page) });
    if (!isThere) await api.scripting.executeScript({ target: { tabId }, files: FILES });
  } catch (error) {
    throw new Problem("failed", api.i18n.getMessage("pageClosed"), error.message);
  }
  await api.tabs.sendMessage(tabId, { do: command });
  return true;
}

async function start(tab, command) {
  try {
    await run(tab.id, command);
  } catch (error) {
    await api.action.setBadgeText({ tabId: tab.id, text: "×" });
    await api.action.setTitle({ tabId: tab.id, title: error.message });
  }
}

// ---------------------------------------------------------------------------------------------------------------- live check

const everyPage = (site) => `${site}/*`; // a site is a scheme and a host name, which is what a browser gives leave for
let registering = Promise.resolve(); // one at a time

/** What is registered with the browser follows what is stored and what the browser allows. */
function register() {
  registering = registering.catch(() => {}).then(async () => {
    const { live } = await settings();
    const sites = [];
    for (const site of Object.keys(live)) if (await api.permissions.contains({ origins: [everyPage(site)] })) sites.push(site);
    if (sites.length < Object.keys(live).length) await api.storage.local.set({ live: Object.fromEntries(sites.map((site) => [site, true])) });
    const there = (await api.scripting.getRegisteredContentScripts()).map((script) => script.id);
    const [gone, fresh] = [there.filter((site) => !sites.includes(site)), sites.filter((site) => !there.includes(site))];
    if (gone.length) await api.scripting.unregisterContentScripts({ ids: gone });
    if (fresh.length) await api.scripting.registerContentScripts(fresh.map((site) => ({ id: site, matches: [everyPage(site)], js: DRAFTS, runAt: "document_idle", persistAcrossSessions: true })));
  });
  return registering;
}

/** Turns the live check on a site on or off, in its open tabs too (they follow what is stored). The leave is asked for where its user clicks; here it is only taken back. */
async function switchLive(site, on) {
  const origins = [everyPage(site)];
  const { live: { [site]: _, ...others }, address } = await settings();
  if (on && !(await api.permissions.contains({ origins }))) throw new Problem("refused", api.i18n.getMessage("noAccess"));
  await api.storage.local.set({ live: on ? { ...others, [site]: true } : others });
  await register();
  if (on) await Promise.allSettled((await api.tabs.query({ url: origins })).map((tab) => api.scripting.executeScript({ target: { tabId: tab.id }, files: DRAFTS })));
  const isService = new URL(site).hostname === new URL(address).hostname;
  if (!on && !isService) await api.permissions.remove({ origins }).catch(() => {}); // this machine's addresses are the manifest's and stay
  return true;
}

api.permissions.onRemoved.addListener(register);
// A browser may close the popup while it asks for leave; what was meant is then finished here.
api.permissions.onAdded.addListener(async ({ origins = [] }) => {
  const { wanted } = await api.storage.session.get("wanted");
  if (!wanted || !origins.includes(everyPage(wanted))) return;
  await api.storage.session.remove("wanted");
  await switchLive(wanted, true);
});

const COLOURS = { fail: "#b3261e", needs_review: "#8a5200", pass: "#1b6e3c", not_applicable: "#5b5d68" };
const SAID = { fail: "draftFail", needs_review: "draftReview", pass: "draftPass", not_applicable: "draftNone" };

async function mark(tabId, outcome, count) {
  if (!isHere((await settings()).address)) return; // the warning that text leaves this machine stays
  await api.action.setBadgeText({ tabId, text: { fail: String(count), needs_review: "?", pass: "✓" }[outcome] ?? "" });
  await api.action.setBadgeBackgroundColor({ tabId, color: COLOURS[outcome] });
  await api.action.setTitle({ tabId, title: `${api.i18n.getMessage("name")}: ${api.i18n.getMessage(SAID[outcome])}` }); // what is said of the button
}

/** The badge says for as long as it is so that text goes to another machine. */
async function warn() {
  const { address } = await settings();
  const away = !isHere(address);
  await api.action.setBadgeText({ text: away ? "↗" : "" });
  await api.action.setBadgeBackgroundColor({ color: COLOURS.needs_review });
  await api.action.setTitle({ title: away ? api.i18n.getMessage("goesTo", [address]) : api.i18n.getMessage("name") });
}

api.runtime.onInstalled.addListener(async ({ reason }) => {
  await api.contextMenus.removeAll();
  api.contextMenus.create({ id: "check", title: api.i18n.getMessage("checkSelection"), contexts: ["selection"] });
  api.contextMenus.create({ id: "check-editor", title: api.i18n.getMessage("checkEditor"), contexts: ["editable"] });
  api.contextMenus.create({ id: "check-post", title: api.i18n.getMessage("checkPost"), contexts: ["page", "link", "image"] });
  await warn();
  await api.scripting.unregisterContentScripts(); // the files may be others than those of the last version
  await register();
  if (reason === "install") await api.tabs.create({ url: api.runtime.getURL("options.html?first") });
});
api.runtime.onStartup.addListener(warn);
api.runtime.onStartup.addListener(register);
api.storage.onChanged.addListener((changes, area) => { if (area === "local" && changes.address) warn(); });
api.contextMenus.onClicked.addListener((_, tab) => start(tab, "check"));
api.commands.onCommand.addListener(async (command, tab) => {
  const target = tab ?? (await api.tabs.query({ active: true, currentWindow: true }))[0];
  if (command === "check" && target) await start(target, "check");
});
