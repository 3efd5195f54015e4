// Asks for confirmation of an action that cannot be undone, then runs it while the dialog shows progress.

import { explain } from "./message.js";

const $ = (id) => document.getElementById(id);
let busy = false;
let stopped = false;

// `run(progress)` is the action. It may call `progress(text)`, which returns false when the user
// asked to stop. If it fails, the user can run it again: it then does what is left to do. Resolves when the dialog
// is closed: to true if the action was started. `choice` is an element with fields that the action reads.
export function ask({ title, text, yes, run, choice = "" }) {
  const dialog = $("confirm");
  $("confirm-title").replaceChildren(...[title].flat(Infinity));
  $("confirm-text").textContent = text;
  $("confirm-choice").replaceChildren(choice);
  $("confirm-choice").hidden = !choice;
  $("confirm-progress").textContent = "";
  clear();
  $("confirm-yes").textContent = yes;
  $("confirm-yes").hidden = false;
  $("confirm-no").textContent = "Cancel";
  busy = false;
  stopped = false;
  let started = false;

  async function act() {
    if (busy) return;
    busy = started = true;
    stopped = false;
    clear();
    $("confirm-choice").hidden = true;
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
      failed(error);
    }
  }

  return new Promise((resolve) => {
    $("confirm-yes").onclick = act;
    dialog.onclose = () => resolve(started);
    dialog.showModal();
  });
}

function clear() {
  $("confirm-error").replaceChildren();
  $("confirm-details").replaceChildren();
  $("confirm-details").hidden = true;
}

function failed(error) {
  $("confirm-progress").textContent = "";
  $("confirm-no").textContent = "Close";
  $("confirm-yes").textContent = "Try again";
  $("confirm-yes").hidden = false;
  explain($("confirm-error"), error);
  const details = (error.details ?? []).map((content) => {
    const line = document.createElement("li");
    line.append(...content.flat(Infinity));
    return line;
  });
  $("confirm-details").replaceChildren(...details);
  $("confirm-details").hidden = details.length === 0;
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
