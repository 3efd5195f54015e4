// The page of a key: what its buttons do, but for those that open a form.

import { APIKEY, call, page } from "./api.js";
import { ask } from "./confirm.js";
import { copy, selectText } from "./copy.js";
import { explain, notice, quoted } from "./message.js";
import { label } from "./time.js";

const $ = (id) => document.getElementById(id);
const FINAL = "This cannot be undone.";
const ACTS = { copy: copyId, revoke, delete: remove };
let requests = 0;

export const key = () => $("key").dataset;
export const isActive = () => ["active", "expiring"].includes(key().state);

export function start() {
  $("main").addEventListener("click", (event) => {
    const button = event.target.closest("#key [data-act]");
    if (button) ACTS[button.dataset.act]?.(button);
  });
  setInterval(() => label($("key")), 60e3);
}

// Has a function called for a button.
export function on(act, run) {
  ACTS[act] = run;
}

// Fetches the page again.
export async function refresh() {
  const mine = (requests += 1);
  const fresh = await page(location.pathname + location.search);
  if (mine !== requests) return;
  const article = fresh?.getElementById("key");
  if (!article) {
    // The key is deleted, or the browser is signed out.
    location.reload();
    return;
  }
  const focused = document.activeElement?.closest("#key [data-act]")?.dataset.act;
  for (const { id } of $("key").querySelectorAll("details[open]")) article.querySelector(`#${id}`)?.toggleAttribute("open", true);
  document.title = fresh.title;
  $("key").replaceWith(document.adoptNode(article));
  label($("key"));
  if (focused) focus(focused);
}

// Focuses a button, or the heading if it is gone.
export function focus(act) {
  ($("key").querySelector(`[data-act=${act}]`) ?? $("title")).focus();
}

// Reports what was done. Fetches the page even after a failure: a request without a response may have succeeded.
export async function settle(outcome, act) {
  try {
    await refresh();
    if (outcome) notice(outcome);
  } catch (error) {
    explain($("notice"), error, () => settle(outcome, act));
  }
  focus(act);
}

async function copyId(button) {
  const id = document.querySelector("#key [data-field=id]");
  const report = await copy(button, id.textContent, "The id", () => selectText(id));
  if (button.classList.contains("copied")) $("copied").textContent = report;
  else notice(report);
}

async function revoke() {
  const { id, name, state } = key();
  const choice = document.createElement("div");
  choice.className = "stack";
  choice.append($("cascade").content.cloneNode(true));
  const hasChoice = choice.childElementCount > 0;
  let outcome = "";
  const run = async () => {
    const cascade = choice.querySelector("[name=cascade]:checked")?.value === "all";
    const { revoked } = await call(`${APIKEY}revokeKey`, { id, cascade });
    const keys = `${revoked.length} ${revoked.length === 1 ? "key is" : "keys are"} revoked.`;
    if (cascade) outcome = keys;
    else outcome = [quoted(name), revoked.length ? " is revoked." : " was already revoked or deleted."];
  };
  const text = `Requests with a revoked key will be rejected at once. ${FINAL} Revoked keys stay in the list.`;
  const title = state === "revoked" ? ["Revoke what ", quoted(name), " created?"] : ["Revoke ", quoted(name), "?"];
  const started = await ask({ title, text, yes: "Revoke", run, choice: hasChoice ? choice : "" });
  if (started) await settle(outcome, "revoke");
}

async function remove() {
  const { id, name } = key();
  const affected = isActive() ? "This key is active. Requests with it will be rejected at once." : "This key is not active, so no program is affected.";
  const text = `${affected} Its history is deleted, too. ${FINAL} Keys that it created stay as they are.`;
  let deleted = false;
  const run = async () => {
    await call(`${APIKEY}deleteKey`, { id });
    deleted = true;
  };
  const started = await ask({ title: ["Delete ", quoted(name), "?"], text, yes: "Delete", run });
  if (deleted) location.assign("/");
  else if (started) await settle("", "delete");
}
