// Makes the page live: checks while typing, one request in flight, stale answers dropped. Without it every form still works.
const QUIET = 350; // milliseconds after the last key
const form = document.getElementById("form");
const root = document.documentElement;

// ---------------------------------------------------------------- appearance
const theme = document.getElementById("theme");
const themes = ["auto", "light", "dark"];
const remember = {
  get: (key) => { try { return localStorage.getItem(`adcheck.${key}`); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(`adcheck.${key}`, value); } catch { /* the choice lasts for this page only */ } },
};
function show(choice) {
  if (choice === "auto") delete root.dataset.theme; else root.dataset.theme = choice;
  theme.textContent = theme.dataset[choice];
  theme.setAttribute("aria-label", `${theme.dataset.name}: ${theme.dataset[choice]}`);
}
let chosen = themes.includes(remember.get("theme")) ? remember.get("theme") : "auto";
show(chosen);
theme.hidden = false;
theme.addEventListener("click", () => {
  chosen = themes[(themes.indexOf(chosen) + 1) % themes.length];
  remember.set("theme", chosen);
  show(chosen);
});

// ---------------------------------------------------------------- the draft
if (form) {
  const panel = document.getElementById("panel");
  const status = document.getElementById("status");
  const platform = document.getElementById("platform");
  const surface = document.getElementById("surface");
  let timer = 0;
  let asked = 0;
  let running = null;
  let last = "";

  root.classList.add("live");

  const surfaces = () => {
    const kept = surface.value;
    const names = (platform.selectedOptions[0]?.dataset.surfaces ?? "").split(" ").filter(Boolean);
    surface.replaceChildren(surface.options[0], ...names.map((name) => new Option(name.replaceAll("_", " "), name)));
    surface.value = names.includes(kept) ? kept : "";
  };

  const recall = () => {
    if (new URLSearchParams(location.search).has("reach") || form.elements.text.value) return;
    const markets = remember.get("reach");
    if (markets !== null) for (const box of form.querySelectorAll('[name="reach"]')) box.checked = markets.split(",").includes(box.value);
    const known = remember.get("platform");
    if (known && [...platform.options].some((option) => option.value === known)) platform.value = known;
  };

  const check = async () => {
    const data = new FormData(form);
    if (!(data.get("file") instanceof File) || !data.get("file").size) data.delete("file");
    const key = JSON.stringify([...data].map(([name, value]) => [name, value instanceof File ? [value.name, value.size, value.lastModified] : value]));
    if (key === last) return;
    last = key;
    const mine = ++asked;
    running?.abort();
    running = new AbortController();
    panel.classList.add("waiting");
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body: data, signal: running.signal });
      const html = await answer.text();
      if (mine !== asked) return;
      panel.innerHTML = html;
      status.textContent = panel.querySelector(".summary")?.innerText.replace(/\s+/g, " ") ?? panel.querySelector("h2")?.textContent ?? "";
    } catch (error) {
      if (error.name === "AbortError" || mine !== asked) return;
      last = "";
      status.textContent = form.dataset.offline;
      const note = document.createElement("section");
      note.className = "card problem";
      note.textContent = form.dataset.offline;
      panel.replaceChildren(note);
    } finally {
      if (mine === asked) panel.classList.remove("waiting");
    }
  };

  const soon = (wait) => { clearTimeout(timer); timer = setTimeout(check, wait); };

  form.addEventListener("input", () => soon(QUIET));
  form.addEventListener("change", (event) => {
    if (event.target === platform) { surfaces(); remember.set("platform", platform.value); }
    if (event.target.name === "reach") remember.set("reach", [...form.querySelectorAll('[name="reach"]:checked')].map((box) => box.value).join(","));
    soon(0);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formAction && event.submitter.formAction !== form.action) return; // the report is a download
    event.preventDefault();
    soon(0);
  });
  form.addEventListener("click", (event) => {
    const example = event.target.closest("[data-example]");
    if (example) {
      form.elements.text.value = example.dataset.example;
      form.elements.persona.value = example.dataset.persona ?? "";
      form.elements.relationship.value = example.dataset.relationship ?? "";
      if (example.dataset.persona) form.querySelector(".more").open = true;
      form.elements.text.focus();
      soon(0);
    }
    const copy = event.target.closest("#copy");
    if (copy) copyFixed(copy);
    const link = event.target.closest('.panel a[href^="#"]');
    if (link) follow(event, link);
  });

  async function copyFixed(button) {
    const text = document.getElementById("fixed").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(document.getElementById("fixed"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy");
    }
    const word = button.textContent;
    button.textContent = button.dataset.done;
    status.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = word; }, 1600);
  }

  // Words lead to their item and items to their words; focus goes along, so that the keyboard does too.
  function follow(event, link) {
    const target = document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.closest("details")?.setAttribute("open", "");
    const focus = target.matches("mark") ? target.querySelector("a") ?? target : target;
    focus.focus({ preventScroll: true });
    target.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    target.classList.remove("flash");
    void target.offsetWidth;
    target.classList.add("flash");
  }

  recall();
  surfaces();
  if (form.elements.text.value.trim() && !panel.querySelector(".summary")) soon(0);
}
