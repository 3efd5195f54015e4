// The dialog that creates a key.

import { XRPC, call } from "./api.js";
import { all, count, refresh } from "./keys.js";
import { explain, notice, quoted } from "./message.js";
import { expect, reveal } from "./secret.js";
import { absolute } from "./time.js";

const $ = (id) => document.getElementById(id);
const MAX_BYTES = 100;
const CREATE = "Create key";
const DAY = 24 * 3600e3;
const ERRORS = { name: ["name-error", "key-name"], expiresAt: ["expiry-error", "expiry-date"] };
let busy = false;

export function start() {
  for (const button of document.querySelectorAll("[data-create]")) button.addEventListener("click", open);
  const dialog = $("create-dialog");
  $("create-form").addEventListener("submit", submit);
  $("create-form").addEventListener("change", expiryChanged);
  $("key-name").addEventListener("input", () => setError("name", nameError(true)));
  $("create-cancel").addEventListener("click", () => busy || dialog.close());
  dialog.addEventListener("cancel", (event) => busy && event.preventDefault());
  dialog.addEventListener("keydown", (event) => {
    if (busy && event.key === "Escape") event.preventDefault();
  });
  dialog.addEventListener("close", () => (all().length ? $("create") : document.querySelector("#empty [data-create]")).focus());
}

function open() {
  $("create-form").reset();
  clear();
  $("create-submit").textContent = CREATE;
  // Tomorrow in the user's time zone.
  $("expiry-date").min = day(new Date(Date.now() + DAY));
  $("expiry-date").max = "9998-12-31";
  expiryChanged();
  $("create-dialog").showModal();
}

function clear() {
  for (const place of Object.keys(ERRORS)) setError(place, "");
  $("create-error").replaceChildren();
}

function setError(place, text) {
  const [line, field] = ERRORS[place];
  if ($(line).textContent !== text) $(line).textContent = text;
  $(field).toggleAttribute("aria-invalid", false);
  if (text) $(field).setAttribute("aria-invalid", "true");
}

// While the user types, reports only what more typing cannot correct.
function nameError(typing) {
  const name = $("key-name").value;
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > MAX_BYTES) {
    return `This name is too long: it takes ${bytes} bytes of at most ${MAX_BYTES}. Letters outside of A to Z take more than one byte.`;
  }
  return typing || name.trim() ? "" : "Give the key a name.";
}

function choice() {
  return $("create-form").elements.expiry.value;
}

// The expiry: a Date, null for never, undefined while no day is chosen.
function expiry() {
  const chosen = choice();
  if (chosen === "never") return null;
  if (chosen !== "date") return new Date(Date.now() + Number(chosen) * DAY);
  // Without a zone, this is the end of that day in the user's time zone.
  const end = new Date(`${$("expiry-date").value}T23:59:59`);
  return Number.isNaN(end.getTime()) ? undefined : end;
}

function expiryError(at) {
  if (at === undefined) return "Choose the last day.";
  return at && at <= new Date() ? "Choose a day in the future." : "";
}

function expiryChanged() {
  $("date-field").hidden = choice() !== "date";
  const at = expiry();
  setError("expiresAt", at === undefined ? "" : expiryError(at));
  let text = "";
  if (at === null) text = "The key is active until you revoke it. A key that expires does less harm if it is lost.";
  else if (at) text = `The key expires on ${absolute(at)}, your time.`;
  $("expiry-text").textContent = text;
}

function day(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

async function submit(event) {
  event.preventDefault();
  if (busy) return;
  clear();
  const at = expiry();
  const errors = { name: nameError(false), expiresAt: expiryError(at) };
  for (const [place, text] of Object.entries(errors)) setError(place, text);
  const first = Object.keys(errors).find((place) => errors[place]);
  if (first) {
    $(ERRORS[first][1]).focus();
    return;
  }
  const name = $("key-name").value;
  const created = await send(at ? { name, expiresAt: at.toISOString() } : { name });
  if (created) await finish(created);
}

async function send(body) {
  working(true);
  try {
    const created = await call(`${XRPC}createApiKey`, body);
    working(false);
    return created;
  } catch (error) {
    working(false);
    failed(error);
    return null;
  }
}

function working(yes) {
  busy = yes;
  expect(yes);
  $("create-submit").textContent = yes ? "Creating…" : CREATE;
  // Not `disabled`, which would lose the focus.
  $("create-submit").setAttribute("aria-disabled", String(yes));
}

function failed(error) {
  if (error.place in ERRORS) {
    setError(error.place, error.message);
    const field = $(ERRORS[error.place][1]);
    (field.offsetParent ? field : document.querySelector("[name=expiry]:checked")).focus();
    return;
  }
  if (error.unanswered) {
    error.message += " The key may have been created anyway: check the list before you try again.";
    refresh().catch(() => {});
  }
  // What was typed is still there.
  if (error.temporary || error.signedOut) $("create-submit").textContent = "Try again";
  explain($("create-error"), error);
}

async function finish({ key, secret }) {
  // Shown first: the secret is on the screen even if the rest fails.
  const stored = reveal(secret, key.name);
  $("create-dialog").close();
  const listed = refresh();
  listed.catch(() => {});
  await stored;
  await report(listed, key);
  ($("create").hidden ? $("title") : $("create")).focus();
}

async function report(listed, key) {
  try {
    await listed;
    notice(["Created ", quoted(key.name), `. You have ${count(all().length)}.`]);
  } catch (error) {
    explain($("notice"), error, () => report(refresh(), key));
  }
}
