// What is set aside with a reason: kept in the form of a suppression file, and marked in a checklist as the service marks it.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  const PROBLEMS = ["needs_review", "fail"];
  const ORDER = ["not_applicable", "pass", ...PROBLEMS];
  const entries = new WeakMap(); // item → the entry that covers it, to be undone

  const fold = (campaign) => campaign.trim().toLowerCase();
  const today = () => new Date().toLocaleDateString("sv"); // YYYY-MM-DD, of this place
  const isProblem = (item) => PROBLEMS.includes(item.outcome);

  /** What holds now: {suppressions, campaign}. */
  async function held() {
    const [suppressions, { campaign }] = await Promise.all([adcheck.client.ask("suppressions"), adcheck.client.ask("settings")]);
    return { suppressions, campaign };
  }

  const covers = (entry, item, text, campaign) => ["*", item.duty].includes(entry.rule) && !(entry.until < today())
    && (!entry.text || entry.text === text) && (!entry.campaign || fold(entry.campaign) === fold(campaign));

  function marked(item, text, { suppressions, campaign }) {
    const { suppression, ...plain } = item;
    const index = isProblem(item) ? suppressions.findIndex((entry) => covers(entry, item, text, campaign)) : -1;
    if (index < 0) return plain;
    const { reason, until = null, by = null, made = null } = suppressions[index];
    const told = { ...plain, suppression: { kind: "external", where: `adcheck-suppressions.json#${index + 1}`, reason, until, by, made } };
    entries.set(told, suppressions[index]);
    return told;
  }

  /** A problem that is open counts more than any that is set aside. */
  const rank = (item) => (isProblem(item) && !item.suppression ? ORDER.length : 0) + ORDER.indexOf(item.outcome);

  /** The checklist with what is set aside marked; of a page with several posts, each by itself, and their sum anew. */
  function settle(checklist, now) {
    if (!checklist.posts) return { ...checklist, items: checklist.items.map((item) => marked(item, checklist.fingerprint, now)) };
    const posts = checklist.posts.map((post) => settle(post, now));
    const worst = new Map();
    let start = 0;
    for (const post of posts) {
      for (const item of post.items) {
        const known = worst.get(item.duty);
        if (!known || rank(item) > rank(known.item)) worst.set(item.duty, { item, start });
      }
      start += post.segments.length;
    }
    const items = checklist.items.map(({ duty }) => {
      const found = worst.get(duty);
      const item = { ...found.item, fix: null, evidence: found.item.evidence.map((witness) => (witness.segment === undefined ? witness : { ...witness, segment: witness.segment + found.start })) };
      entries.set(item, entries.get(found.item));
      return item;
    });
    return { ...checklist, items, posts };
  }

  /** Outcome and counts without what is set aside, and how much that is. */
  function standing(checklist) {
    const open = checklist.items.filter((item) => !item.suppression);
    const counts = Object.fromEntries(ORDER.map((outcome) => [outcome, open.filter((item) => item.outcome === outcome).length]));
    return { outcome: ORDER.findLast((outcome) => counts[outcome]) ?? "not_applicable", counts, aside: checklist.items.length - open.length };
  }

  /** Calls `changed()` when something was set aside or taken back, here or in another window; returns what ends that. */
  function watch(changed) {
    const hear = (changes, area) => { if (area === "local" && (changes.suppressions || changes.campaign)) changed(); };
    adcheck.client.api.storage.onChanged.addListener(hear);
    return () => adcheck.client.api.storage?.onChanged.removeListener(hear); // not there once the extension was updated under the page
  }

  adcheck.aside = { held, settle, standing, watch, isProblem, entry: (item) => entries.get(item) ?? null };
})();
