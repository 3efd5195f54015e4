// A key, and its row in the table.

import { LABELS, label, status, isActive } from "./time.js";

const FIELDS = ["id", "name", "prefix"];
const TIMES = ["createdAt", "lastUsedAt", "expiresAt", "revokedAt"];

// Reads the key from a row that the server rendered.
export function read(row) {
  const key = {};
  for (const field of FIELDS) key[field] = row.querySelector(`[data-field=${field}]`).textContent;
  for (const field of TIMES) {
    key[field] = row.querySelector(`[data-field=${field}]`).getAttribute("datetime") ?? undefined;
  }
  return key;
}

// Builds the row of a key.
export function build(key) {
  const row = document.getElementById("key-row").content.firstElementChild.cloneNode(true);
  const now = status(key);
  row.dataset.id = key.id;
  row.dataset.status = now;
  for (const field of FIELDS) {
    for (const place of row.querySelectorAll(`[data-field=${field}]`)) place.textContent = key[field];
  }
  for (const field of TIMES) {
    const time = row.querySelector(`[data-field=${field}]`);
    time.hidden = !key[field];
    time.nextElementSibling.hidden = !time.hidden;
    if (key[field]) time.dateTime = key[field];
  }
  row.querySelector("a").href = `/keys/${encodeURIComponent(key.id)}`;
  row.querySelector("[data-field=status]").textContent = LABELS[now];
  row.querySelector("[data-act=revoke]").hidden = !isActive(key);
  label(row);
  return row;
}
