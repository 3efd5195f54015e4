// Search and order in the address of the page. A key never gets there, even if one is pasted into the search.

// "cocore-" and the eight characters of a key that the list shows.
const SHOWN = 15;
const MAX_LENGTH = 100;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const STATUSES = ["active", "expiring", "expired", "revoked"];
const SORTS = ["createdAt", "name", "lastUsedAt", "expiresAt"];
const ORDERS = ["desc", "asc"];

// The text to search for: of a whole key, the part that the list shows.
export function searched(text) {
  const key = /cocore-[\w-]+/i.exec(text)?.[0] ?? "";
  return key.length > SHOWN ? key.slice(0, SHOWN) : text.trim();
}

// Reads the address: a value that is unknown counts as absent.
export function read() {
  const parameters = new URLSearchParams(location.search);
  const known = (name, values, other) => (values.includes(parameters.get(name)) ? parameters.get(name) : other);
  return {
    text: searchable(parameters.get("q") ?? ""),
    status: known("status", STATUSES, ""),
    sort: known("sort", SORTS, SORTS[0]),
    down: known("order", ORDERS, ORDERS[0]) === "desc",
  };
}

// Writes the address, without what is the default.
export function write({ text, status, sort, down }) {
  const parameters = new URLSearchParams();
  const query = searchable(text);
  if (query) parameters.set("q", query);
  if (status) parameters.set("status", status);
  if (sort !== SORTS[0]) parameters.set("sort", sort);
  if (!down) parameters.set("order", "asc");
  const search = parameters.size ? `?${parameters}` : "";
  if (location.search !== search) history.replaceState(history.state, "", location.pathname + search);
}

function searchable(text) {
  const shown = searched(text.slice(0, MAX_LENGTH));
  // A long word that is no id may be a key without its first characters, or another secret.
  const words = shown.match(/[\w+/=.-]{32,}/g) ?? [];
  return words.every((word) => UUID.test(word)) ? shown : "";
}
