// The dialog that creates a key.

import { APIKEY, call } from "./api.js";
import * as expiry from "./expiry.js";
import { nameError, noteError } from "./fields.js";
import { form } from "./form.js";
import { isEmpty, refresh } from "./keys.js";
import { explain, notice, quoted } from "./message.js";
import * as purpose from "./purpose.js";
import { expect, reveal } from "./secret.js";

const $ = (id) => document.getElementById(id);
const ERRORS = {
  name: ["name-error", "key-name"],
  scopes: ["scopes-error", "scopes"],
  expiresAt: ["expiry-error", "expiry-date"],
  note: ["note-error", "key-note"],
};
let create;

export function start() {
  create = form("create", {
    errors: ERRORS,
    working: "Creating…",
    read,
    send,
    done: ({ key, secret }) => finish(key, secret),
    unanswered: " The key may have been created anyway: check the list before you try again.",
    failed: (error) => error.unanswered && refresh().catch(() => {}),
    closed: () => (isEmpty() ? document.querySelector("#empty [data-create]") : $("create")).focus(),
  });
  for (const button of document.querySelectorAll("[data-create]")) button.addEventListener("click", open);
  $("create-form").addEventListener("change", () => expiry.show("create", create.setError));
  $("key-name").addEventListener("input", () => create.setError("name", nameError(true)));
  $("key-note").addEventListener("input", () => create.setError("note", noteError()));
  purpose.start();
}

function open() {
  create.open(() => {
    expiry.open();
    expiry.show("create", create.setError);
    purpose.show();
  });
}

function read() {
  const wrong = { name: nameError(false), scopes: purpose.error(), expiresAt: expiry.error("create"), note: noteError() };
  const body = {
    name: $("key-name").value,
    scopes: purpose.value(),
    expiresAt: expiry.value("create") ?? undefined,
    note: $("key-note").value || undefined,
  };
  return { wrong, body };
}

async function send(body) {
  expect(true);
  try {
    return await call(`${APIKEY}createKey`, body);
  } catch (error) {
    throw purpose.place(error);
  } finally {
    expect(false);
  }
}

async function finish(key, secret) {
  // Shown first: the secret is on the screen even if the rest fails.
  const stored = reveal(secret, key);
  const listed = refresh();
  listed.catch(() => {});
  await stored;
  await report(listed, key);
  ($("create").hidden ? $("title") : $("create")).focus();
}

async function report(listed, key) {
  try {
    await listed;
    notice(["Created ", quoted(key.name), "."]);
  } catch (error) {
    explain($("notice"), error, () => report(refresh(), key));
  }
}
