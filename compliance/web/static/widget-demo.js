// The host form of the demo page: what a content tool does with the widget's events.
const heard = document.getElementById("heard");
const sent = document.getElementById("sent");
document.addEventListener("adcheck-result", ({ type, detail }) => { heard.textContent = `${type}: ${JSON.stringify({ outcome: detail.outcome, counts: detail.counts })}`; });
document.addEventListener("adcheck-error", ({ type, detail }) => { heard.textContent = `${type}: ${JSON.stringify(detail)}`; });
document.getElementById("post-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sent.hidden = false;
});
document.getElementById("post-form").addEventListener("input", () => { sent.hidden = true; });
