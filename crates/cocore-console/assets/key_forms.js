// The forms of the page of a key: editing it, narrowing its scopes, and rotating it.

import { APIKEY, call } from "./api.js";
import * as expiry from "./expiry.js";
import { nameError, noteError } from "./fields.js";
import { form } from "./form.js";
import { key, on, settle } from "./key.js";
import * as purpose from "./purpose.js";
import { expect, reveal } from "./secret.js";
import { absolute } from "./time.js";

const $ = (id) => document.getElementById(id);

export function start() {
  startEdit();
  startNarrow();
  startRotate();
}

function startEdit() {
  const edit = form("edit", {
    errors: {
      name: ["name-error", "key-name"],
      note: ["note-error", "key-note"],
      expiresAt: ["expiry-error", "expiry-date"],
    },
    working: "Saving…",
    read: () => ({
      wrong: { name: nameError(false), note: noteError(), expiresAt: expiry.error("edit") },
      body: {
        id: key().id,
        name: changed("key-name", key().name),
        note: changed("key-note", key().note),
        expiresAt: expiry.value("edit"),
      },
    }),
    send: (body) => call(`${APIKEY}updateKey`, body),
    done: () => settle("The key is saved.", "edit"),
  });
  $("edit-form").addEventListener("change", () => expiry.show("edit", edit.setError));
  $("key-name").addEventListener("input", () => edit.setError("name", nameError(true)));
  $("key-note").addEventListener("input", () => edit.setError("note", noteError()));
  on("edit", () =>
    edit.open(() => {
      $("key-name").value = key().name;
      $("key-note").value = key().note;
      expiry.open();
      expiry.show("edit", edit.setError);
    }),
  );
}

// The value of a field, unless it is as it was.
function changed(id, before) {
  return $(id).value === before ? undefined : $(id).value;
}

function startNarrow() {
  const narrow = form("narrow", {
    errors: { scopes: ["scopes-error", "scopes"] },
    working: "Saving…",
    read: () => ({
      wrong: { scopes: purpose.value() ? purpose.error() : "Choose less than everything." },
      body: { id: key().id, scopes: purpose.value() },
    }),
    async send(body) {
      try {
        return await call(`${APIKEY}updateKey`, body);
      } catch (error) {
        throw purpose.place(error);
      }
    },
    done: () => settle("The key may do only what is shown here.", "narrow"),
  });
  purpose.start();
  on("narrow", () => narrow.open(purpose.show));
}

function startRotate() {
  const grace = () => Number($("rotate-form").elements.grace.value);
  // The same request is answered in the same way, with the same secret, for as long as the page is open.
  const repeated = {};
  const rotate = form("rotate", {
    errors: {},
    working: "Rotating…",
    read: () => ({ wrong: {}, body: { id: key().id, graceSeconds: grace() } }),
    async send(body) {
      repeated[body.graceSeconds] ??= random();
      expect(true);
      try {
        return await call(`${APIKEY}rotateKey`, body, { "idempotency-key": repeated[body.graceSeconds] });
      } finally {
        expect(false);
      }
    },
    async done({ key, secret }) {
      await reveal(secret, key);
      location.assign(`/keys/${encodeURIComponent(key.id)}`);
    },
    unanswered: " The key may have been rotated anyway: try again to get the new one.",
  });
  const show = () => {
    const seconds = grace();
    const end = absolute(Date.now() + seconds * 1000);
    $("grace-text").textContent = seconds
      ? `The old key works until ${end}, your time, or until its own expiry.`
      : "Requests with the old key will be rejected at once.";
  };
  $("rotate-form").addEventListener("change", show);
  on("rotate", () => rotate.open(show));
}

// 128 random bits in hexadecimal digits.
function random() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
