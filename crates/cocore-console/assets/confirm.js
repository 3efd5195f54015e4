// Asks for confirmation of an action that cannot be undone, then runs it while the dialog shows progress.

import { explain } from "./api.js";

const $ = (id) => document.getElementById(id);
let busy = false;
let stopped = false;

// `run(progress)` is the action. It may call `progress(text)`, which returns false when the user
// asked to stop. Resolves when the dialog is closed: to true if the action was started.
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
  let started = false;

  async function act() {
    if (busy) return;
    busy = started = true;
    $("confirm-error").replaceChildren();
    // Hidden, not disabled: a disabled button would lose the focus.
    $("confirm-yes").hidden = true;
    $("confirm-no").textContent = "Stop";
    $("confirm-no").focus();
    $("confirm-progress").textContent = "Working…";
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
    dialog.onclose = () => resolve(started);
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
  // Chrome closes the dialog at a second Esc without a `cancel` event.
  $("confirm").addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave(event);
  });
}
