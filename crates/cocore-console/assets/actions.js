// What the buttons of the list do: revoking and deleting one key or many, and copying an id.

import { Failure, XRPC, call } from "./api.js";
import { ask } from "./confirm.js";
import { copy, selectText } from "./copy.js";
import { collect, count, find, focus, refresh } from "./keys.js";
import { explain, notice, quoted } from "./message.js";
import * as selection from "./selection.js";
import { isActive } from "./time.js";

const $ = (id) => document.getElementById(id);
const KINDS = {
  revoke: { method: "revokeApiKey", done: "revoked", yes: "Revoke" },
  delete: { method: "deleteApiKey", done: "deleted", yes: "Delete" },
};
const FINAL = "This cannot be undone.";
const REJECTED = "Requests with {} will be rejected at once.";
let selected = [];

export function start() {
  $("rows").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest("tr");
    if (button?.dataset.act) one(button.dataset.act, find(row.dataset.id));
    else if (button) copyId(button, row);
  });
  selection.start((ids) => {
    selected = ids.map(find);
    showSelection();
  });
  $("revoke-selected").addEventListener("click", () => revokeMany(selected.filter(isActive)));
  $("delete-selected").addEventListener("click", () => deleteMany(selected));
  $("revoke-all").addEventListener("click", () => all(["active"], revokeMany));
  $("clean-up").addEventListener("click", () => all(["expired", "revoked"], deleteMany));
}

// Changes all keys of the account in these states, on whatever page.
async function all(states, change) {
  try {
    const keys = (await Promise.all(states.map(collect))).flat();
    if (keys.length) await change(keys);
    else notice(`There is no ${states.join(" or ")} key.`);
  } catch (error) {
    explain($("notice"), error, () => all(states, change));
  }
}

function showSelection() {
  const active = selected.filter(isActive).length;
  $("selected").hidden = selected.length === 0;
  $("selected-count").textContent = `${selected.length} selected`;
  $("revoke-selected").hidden = active === 0;
  $("revoke-selected").textContent = `Revoke ${active}`;
  $("delete-selected").textContent = `Delete ${selected.length}`;
}

async function copyId(button, row) {
  const id = row.querySelector("[data-field=id]");
  const report = await copy(button, id.textContent, "The id", () => selectText(id));
  // The button shows that it is copied: a notice would move the list.
  if (button.classList.contains("copied")) $("copied").textContent = report;
  else notice(report);
}

function words(kind, key) {
  if (kind === "revoke") return `${REJECTED.replace("{}", "this key")} ${FINAL} The key stays in the list.`;
  if (isActive(key)) return `This key is active. ${REJECTED.replace("{}", "it")} ${FINAL}`;
  return `This key is not active, so no program is affected. ${FINAL}`;
}

async function one(kind, key) {
  const { done, yes } = KINDS[kind];
  let outcome = "";
  const run = async () => {
    const did = await send(kind, key);
    outcome = [quoted(key.name), did ? ` is ${done}.` : " was already revoked or deleted."];
  };
  const started = await ask({ title: [`${yes} `, quoted(key.name), "?"], text: words(kind, key), yes, run });
  await settle(started, outcome);
  focus(key.id, kind);
}

function revokeMany(keys) {
  const text = `${REJECTED.replace("{}", keys.length === 1 ? "this key" : "these keys")} ${FINAL} ${
    keys.length === 1 ? "It stays" : "They stay"
  } in the list.`;
  return many("revoke", keys, text);
}

function deleteMany(keys) {
  const active = keys.filter(isActive).length;
  const text = active
    ? `${active === 1 ? "1 of them is active. Requests with it" : `${active} of them are active. Requests with these`} will be rejected at once. ${FINAL}`
    : `${keys.length === 1 ? "This key is" : "These keys are"} expired or revoked, so no program is affected. ${FINAL}`;
  return many("delete", keys, keys.length === 1 ? words("delete", keys[0]) : text);
}

// Changes one key after the other. A failure of one does not keep the others from being changed.
async function many(kind, keys, text) {
  const { done, yes } = KINDS[kind];
  let left = keys;
  let outcome = "";
  const summary = () => {
    const number = keys.length - left.length;
    return `${number} of ${count(keys.length)} ${number === 1 ? "is" : "are"} ${done}.`;
  };
  const run = async (progress) => {
    const failures = [];
    for (const key of left) {
      if (!progress(`${keys.indexOf(key) + 1} of ${keys.length}`)) {
        outcome = `Stopped: ${summary()}`;
        return;
      }
      try {
        await send(kind, key);
        left = left.filter((other) => other !== key);
      } catch (error) {
        if (error.signedOut) throw error;
        failures.push({ key, error });
      }
    }
    outcome = left.length ? summary() : `${count(keys.length)} ${keys.length === 1 ? "is" : "are"} ${done}.`;
    if (failures.length) throw unfinished(failures, `${summary()} Not ${done}:`);
  };
  const started = await ask({ title: `${yes} ${count(keys.length)}?`, text, yes: `${yes} ${count(keys.length)}`, run });
  await settle(started, outcome);
  $("title").focus();
}

// The failure of several keys, each with its reason.
function unfinished(failures, message) {
  const failure = new Failure(message, { status: Math.max(...failures.map(({ error }) => error.status ?? 0)) });
  failure.details = failures.map(({ key, error }) => [quoted(key.name), `: ${error.message}`]);
  return failure;
}

async function send(kind, key) {
  const { method, done } = KINDS[kind];
  const answer = await call(XRPC + method, { id: key.id });
  return answer[done];
}

// Fetches the list even after a failure: a request without a response may have succeeded.
async function settle(started, outcome) {
  if (!started) return;
  try {
    await refresh();
    if (outcome) notice(outcome);
  } catch (error) {
    explain($("notice"), error, () => settle(started, outcome));
  }
}
