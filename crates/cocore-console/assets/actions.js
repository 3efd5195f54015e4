// Revoking and deleting: one key, or many.

import { Failure, XRPC, call, explain, notice } from "./api.js";
import { ask } from "./confirm.js";
import { all, count, find, focus, refresh } from "./keys.js";
import { isActive } from "./time.js";

const $ = (id) => document.getElementById(id);
const KINDS = {
  revoke: { method: "revokeApiKey", done: "revoked", yes: "Revoke" },
  delete: { method: "deleteApiKey", done: "deleted", yes: "Delete" },
};

export function start() {
  $("rows").addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) one(button.dataset.act, find(button.closest("tr").dataset.id));
  });
  $("revoke-all").addEventListener("click", () => {
    const keys = all().filter(isActive);
    const text = `Requests with these keys will be rejected at once. This cannot be undone. The keys stay in the list.`;
    many("revoke", keys, `Revoke ${count(keys.length)}?`, text);
  });
  $("clean-up").addEventListener("click", () => {
    const keys = all().filter((key) => !isActive(key));
    const text = `These keys are expired or revoked, so no program is affected. This cannot be undone.`;
    many("delete", keys, `Delete ${count(keys.length)}?`, text);
  });
}

function words(kind, key) {
  if (kind === "revoke") {
    return "Requests with this key will be rejected at once. This cannot be undone. The key stays in the list.";
  }
  if (isActive(key)) {
    return "This key is active. Requests with it are rejected from now on. This cannot be undone.";
  }
  return "This key is not active, so no program is affected. This cannot be undone.";
}

async function one(kind, key) {
  const { done, yes } = KINDS[kind];
  let outcome = "";
  const run = async () => {
    const did = await send(kind, key);
    outcome = did ? `“${key.name}” is ${done}.` : `“${key.name}” was already revoked or deleted.`;
  };
  const started = await ask({ title: `${yes} “${key.name}”?`, text: words(kind, key), yes, run });
  await settle(started, outcome);
  focus(key.id, kind);
}

async function many(kind, keys, title, text) {
  const { done, yes } = KINDS[kind];
  let number = 0;
  let outcome = "";
  const summary = () => `${number} of ${count(keys.length)} ${keys.length === 1 ? "is" : "are"} ${done}.`;
  const run = async (progress) => {
    for (const key of keys) {
      if (!progress(`${number + 1} of ${keys.length}`)) {
        outcome = `Stopped: ${summary()}`;
        return;
      }
      try {
        await send(kind, key);
      } catch (error) {
        outcome = `Not finished: ${summary()}`;
        throw new Failure(`${error.message} ${summary()} The other keys are unchanged.`, error);
      }
      number += 1;
    }
    outcome = `${count(number)} ${number === 1 ? "is" : "are"} ${done}.`;
  };
  const started = await ask({ title, text, yes: `${yes} ${count(keys.length)}`, run });
  await settle(started, outcome);
  $("title").focus();
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
    explain($("notice"), error);
  }
}
