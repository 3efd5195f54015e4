// The choice of an expiry, in a form whose id begins with `id`.

import { absolute } from "./time.js";

const $ = (id) => document.getElementById(id);
const DAY = 24 * 3600e3;

function choice(id) {
  return $(`${id}-form`).elements.expiry.value;
}

// The expiry: a Date, null for never, undefined for no change or while no day is chosen.
function expiry(id) {
  const chosen = choice(id);
  if (chosen === "keep") return undefined;
  if (chosen === "never") return null;
  if (chosen !== "date") return new Date(Date.now() + Number(chosen) * DAY);
  // Without a zone, this is the end of that day in the user's time zone.
  const end = new Date(`${$("expiry-date").value}T23:59:59`);
  return Number.isNaN(end.getTime()) ? undefined : end;
}

// The expiry as the methods take it: undefined for no change, null for never.
export function value(id) {
  const at = expiry(id);
  return at && at.toISOString();
}

export function error(id) {
  const at = expiry(id);
  if (at === undefined) return choice(id) === "date" ? "Choose the last day." : "";
  return at && at <= new Date() ? "Choose a day in the future." : "";
}

// Shows what the choice means.
export function show(id, setError) {
  $("date-field").hidden = choice(id) !== "date";
  const at = expiry(id);
  setError("expiresAt", at === undefined ? "" : error(id));
  let text = "";
  if (at === null) text = "The key is active until you revoke it. A key that expires does less harm if it is lost.";
  else if (at) text = `The key expires on ${absolute(at)}, your time.`;
  $("expiry-text").textContent = text;
}

// Prepares the choice of a day.
export function open() {
  // Tomorrow in the user's time zone.
  $("expiry-date").min = day(new Date(Date.now() + DAY));
  $("expiry-date").max = "9998-12-31";
}

function day(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
