// Copies a text to the clipboard.

// Copies a text, and marks its button. Returns what to report: plain HTTP has no clipboard, and a browser may deny
// access to it; then `select` selects the text.
export async function copy(button, text, what, select) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    button.classList.remove("copied");
    select();
    return `${what} is selected: copy it with Ctrl+C or ⌘C.`;
  }
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 2000);
  return `${what} is copied.`;
}

export function selectText(element) {
  getSelection().selectAllChildren(element);
}
