// Search and order in the address of the page. A key never gets there, even if one is pasted into the search.

// "cocore-" and the eight characters of a key that the list shows.
const SHOWN = 15;
// In bytes, as the server counts.
const MAX_LENGTH = 100;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const STATUSES = ["active", "expired", "revoked"];
const SORTS = ["createdAt", "name", "lastUsedAt", "expiresAt"];
const ORDERS = ["desc", "asc"];

// Reads the address: a value that is unknown counts as absent.
export function read() {
  const parameters = new URLSearchParams(location.search);
  const known = (name, values, other) => (values.includes(parameters.get(name)) ? parameters.get(name) : other);
  return {
    text: searched(parameters.get("q") ?? ""),
    status: known("status", STATUSES, ""),
    sort: known("sort", SORTS, SORTS[0]),
    down: known("order", ORDERS, ORDERS[0]) === "desc",
    // The server says whether it is one.
    cursor: "",
  };
}

// Writes the address, without what is the default.
export function write(view) {
  const address = of(view, view.cursor);
  if (location.pathname + location.search !== address) history.replaceState(history.state, "", address);
}

// The address of a page of the list.
export function of({ text, status, sort, down }, cursor) {
  const parameters = new URLSearchParams();
  if (text) parameters.set("q", text);
  if (status) parameters.set("status", status);
  if (sort !== SORTS[0]) parameters.set("sort", sort);
  if (!down) parameters.set("order", "asc");
  if (cursor) parameters.set("cursor", cursor);
  return location.pathname + (parameters.size ? `?${parameters}` : "");
}

// The text to search for: of a whole key, the part that the list shows. search.rs of the server does the same.
export function searched(whole) {
  const text = cut(whole).trim();
  const key = /cocore-[\w-]+/i.exec(text)?.[0] ?? "";
  if (key.length > SHOWN) return key.slice(0, SHOWN);
  // A long word that is no id may be a key without its first characters, or another secret.
  const words = text.match(/[\w+/=.-]{32,}/g) ?? [];
  return words.every(isId) ? text : "";
}

export function isId(text) {
  return UUID.test(text);
}

function cut(text) {
  const bytes = new TextEncoder().encode(text).slice(0, MAX_LENGTH);
  // What is left of a character that is cut is removed.
  return new TextDecoder().decode(bytes).replace(/\uFFFD+$/, "");
}
