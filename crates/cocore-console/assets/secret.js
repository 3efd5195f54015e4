// Shows a secret once. It is in this dialog and nowhere else: in no URL, no storage, no other
// element. When the dialog closes, the secret is removed from it.

import { copy, selectText } from "./copy.js";
import { snippet } from "./snippets.js";

const $ = (id) => document.getElementById(id);
let secret = "";
let isScoped = false;
let pending = false;

export function start() {
  const dialog = $("secret-dialog");
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  // Chrome closes the dialog at a second Esc without a `cancel` event; browsers without closedby, at the first.
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.preventDefault();
  });
  dialog.addEventListener("close", forget);
  $("secret-done").addEventListener("click", () => dialog.close());
  $("copy-secret").addEventListener("click", async () => {
    $("copy-status").textContent = await copy($("copy-secret"), secret, "The key", () => $("secret").select());
  });
  $("copy-snippet").addEventListener("click", async () => {
    const code = $("snippet-code");
    $("copy-status").textContent = await copy($("copy-snippet"), code.textContent, "The code", () => selectText(code));
  });
  $("secret").addEventListener("focus", () => $("secret").select());
  for (const tab of document.querySelectorAll("[data-snippet]")) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const tabs = [...document.querySelectorAll("[data-snippet]:not([hidden])")];
      const place = tabs.indexOf(tab);
      const steps = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: -1 };
      if (!(event.key in steps)) return;
      event.preventDefault();
      const next = tabs.at(steps[event.key] % tabs.length);
      next.focus();
      choose(next);
    });
  }
  addEventListener("beforeunload", (event) => {
    if (!secret && !pending) return;
    event.preventDefault();
    event.returnValue = "";
  });
  // The browser may keep the page in its back/forward cache.
  addEventListener("pagehide", () => dialog.close());
}

// While a response with a secret is expected, the browser warns before it leaves the page.
export function expect(yes) {
  pending = yes;
}

// Shows the secret of a key. Resolves when the user confirms that it is stored.
export function reveal(text, key) {
  secret = text;
  isScoped = Boolean(key.scopes);
  const dialog = $("secret-dialog");
  $("secret").value = secret;
  $("secret-name").textContent = key.name;
  $("copy-status").textContent = "";
  const callsModels = !key.scopes || key.scopes.some(allowsModels);
  for (const tab of document.querySelectorAll("[data-needs-models]")) tab.hidden = !callsModels;
  choose($("tab-curl"));
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
}

function forget() {
  secret = "";
  $("secret").value = "";
  $("secret-name").textContent = "";
  $("snippet-code").textContent = "";
}

const allowsModels = (scope) => scope.startsWith("rpc:*") || scope.startsWith("rpc:dev.cocore.inference.dispatch");

function choose(tab) {
  for (const other of document.querySelectorAll("[data-snippet]")) {
    other.setAttribute("aria-selected", String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
  }
  $("snippet").setAttribute("aria-labelledby", tab.id);
  const { origin, model } = $("secret-dialog").dataset;
  $("snippet-code").textContent = snippet(tab.dataset.snippet, { origin, secret, isScoped, model });
}
