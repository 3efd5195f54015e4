// Revoking and deleting: one key, or many.

import { Failure, XRPC, call, explain, notice } from "./api.js";
import { ask } from "./confirm.js";
import { all, count, find, focus, refresh } from "./keys.js";
import { works } from "./time.js";

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
    const keys = all().filter(works);
    const text = `Every program that uses one of them is refused from that moment. This cannot be undone. The keys stay in the list.`;
    many("revoke", keys, `Revoke ${count(keys.length)}?`, text);
  });
  $("clean-up").addEventListener("click", () => {
    const keys = all().filter((key) => !works(key));
    const text = `They are expired or revoked, so no program is affected. Nothing is left of them; this cannot be undone.`;
    many("delete", keys, `Delete ${count(keys.length)}?`, text);
  });
}

function words(kind, key) {
  if (kind === "revoke") {
    return "Every program that uses this key is refused from that moment. This cannot be undone. The key stays in the list.";
  }
  if (works(key)) {
    return "This key still works: every program that uses it is refused from that moment. Nothing is left of it; this cannot be undone.";
  }
  return "This key no longer works, so no program is affected. Nothing is left of it; this cannot be undone.";
}

async function one(kind, key) {
  const { done, yes } = KINDS[kind];
  let outcome = "";
  const run = async () => {
    const did = await send(kind, key);
    outcome = did ? `“${key.name}” is ${done}.` : `“${key.name}” was ${done} already, or is gone.`;
  };
  const begun = await ask({ title: `${yes} “${key.name}”?`, text: words(kind, key), yes, run });
  await settle(begun, outcome);
  focus(key.id, kind);
}

async function many(kind, keys, title, text) {
  const { done, yes } = KINDS[kind];
  let number = 0;
  let outcome = "";
  const tell = () => `${number} of ${count(keys.length)} ${keys.length === 1 ? "is" : "are"} ${done}.`;
  const run = async (progress) => {
    for (const key of keys) {
      if (!progress(`${number + 1} of ${keys.length}`)) {
        outcome = `Stopped: ${tell()}`;
        return;
      }
      try {
        await send(kind, key);
      } catch (error) {
        outcome = `Not finished: ${tell()}`;
        throw new Failure(`${error.message} ${tell()} The rest is as it was.`, error);
      }
      number += 1;
    }
    outcome = `${count(number)} ${number === 1 ? "is" : "are"} ${done}.`;
  };
  const begun = await ask({ title, text, yes: `${yes} ${count(keys.length)}`, run });
  await settle(begun, outcome);
  $("title").focus();
}

async function send(kind, key) {
  const { method, done } = KINDS[kind];
  const answer = await call(XRPC + method, { id: key.id });
  return answer[done];
}

// The list is fetched even after a failure: a request without an answer may have been done.
async function settle(begun, outcome) {
  if (!begun) return;
  try {
    await refresh();
    if (outcome) notice(outcome);
  } catch (error) {
    explain($("notice"), error);
  }
}
