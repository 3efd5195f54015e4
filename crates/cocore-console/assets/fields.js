// The fields of a key: its name and its note.

const $ = (id) => document.getElementById(id);
const MAX_NAME_BYTES = 100;
const MAX_NOTE_BYTES = 300;

// While the user types, reports only what more typing cannot correct.
export function nameError(typing) {
  const name = $("key-name").value;
  return tooLong(name, MAX_NAME_BYTES, "name") || (typing || name.trim() ? "" : "Give the key a name.");
}

export function noteError() {
  return tooLong($("key-note").value, MAX_NOTE_BYTES, "note");
}

function tooLong(text, max, what) {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= max) return "";
  return `This ${what} is too long: it takes ${bytes} bytes of at most ${max}. Letters outside of A to Z take more than one byte.`;
}
