// The one element that the extension adds to a page: a host outside <body> with a shadow root. Its removal leaves the page as it was.
(() => {
  const adcheck = (globalThis.adcheck ??= {});
  let host = null;

  /** The layer's root, made where it is not there yet; `css` is the text of its style sheet. */
  function open(css) {
    if (host?.isConnected) return host.shadowRoot;
    host = document.createElement("div");
    host.setAttribute("data-adcheck", "");
    host.setAttribute("style", "all:initial!important;position:fixed!important;inset:0!important;width:0!important;height:0!important;z-index:2147483647!important");
    const root = host.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = css;
    root.append(style);
    document.documentElement.append(host);
    return root;
  }

  function close() {
    host?.remove();
    host = null;
  }

  adcheck.overlay = { open, close, root: () => host?.shadowRoot ?? null };
})();
