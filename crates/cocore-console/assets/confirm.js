// Asks once before something that cannot be undone, then does it while the dialog tells how far it is.

import { explain } from "./api.js";

const $ = (id) => document.getElementById(id);
let busy = false;
let stopped = false;

// `run(progress)` does the thing. It may call `progress(text)`, which answers false when the user
// asked to stop. Resolves once the dialog is closed: to true if it was done or begun.
export function ask({ title, text, yes, run }) {
  const dialog = $("confirm");
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-progress").textContent = "";
  $("confirm-error").replaceChildren();
  $("confirm-yes").textContent = yes;
  $("confirm-yes").hidden = false;
  $("confirm-no").textContent = "Cancel";
  busy = false;
  stopped = false;
  let begun = false;

  async function act() {
    if (busy) return;
    busy = begun = true;
    $("confirm-error").replaceChildren();
    // Hidden, not disabled: a disabled button would take the focus with it.
    $("confirm-yes").hidden = true;
    $("confirm-no").textContent = "Stop";
    $("confirm-no").focus();
    $("confirm-progress").textContent = "One moment…";
    try {
      await run(progress);
      busy = false;
      dialog.close();
    } catch (error) {
      busy = false;
      $("confirm-progress").textContent = "";
      $("confirm-no").textContent = "Close";
      explain($("confirm-error"), error);
    }
  }

  return new Promise((resolve) => {
    $("confirm-yes").onclick = act;
    dialog.onclose = () => resolve(begun);
    dialog.showModal();
  });
}

function progress(text) {
  $("confirm-progress").textContent = text;
  return !stopped;
}

function leave(event) {
  event.preventDefault();
  if (busy) stopped = true;
  else $("confirm").close();
}

export function start() {
  $("confirm-no").addEventListener("click", leave);
  $("confirm").addEventListener("cancel", leave);
  // Chrome closes at a second Esc without asking `cancel`.
  $("confirm").addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave(event);
  });
}
