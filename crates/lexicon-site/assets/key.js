// The key: a variable of this page. It is in no storage, no address and no attribute.

const $ = (id) => document.getElementById(id);
// The key, and the server for which it was typed: it is sent to no other.
let held = { key: "", base: "" };

// Takes the key out of its field, and returns it.
export function take(base) {
  const key = $("key").value.trim();
  if (key) held = { key, base };
  $("key").value = "";
  show(base);
  return isHeld(base) ? held.key : "";
}

// Shows whether a key for a server is in memory.
export function show(base) {
  $("held").hidden = !isHeld(base);
}

export function isThere(base) {
  return isHeld(base) || $("key").value.trim() !== "";
}

export function forget() {
  held = { key: "", base: "" };
  $("key").value = "";
  $("held").hidden = true;
}

export function start() {
  $("forget").addEventListener("click", () => {
    forget();
    $("key").focus();
  });
}

function isHeld(base) {
  return held.key !== "" && held.base === base;
}
