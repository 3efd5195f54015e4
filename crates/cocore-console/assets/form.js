// A form in a dialog: its errors, and its request.

import { explain } from "./message.js";

const $ = (id) => document.getElementById(id);

// Returns the form whose elements have ids that begin with `id`.
//
// `errors` has the ids of the error's line and of the field for each place. `read()` returns the body of the request, and
// `wrong`: the error for each place. `send(body)` sends it, and `done(answer)` shows the answer, still before the dialog is
// closed. `unanswered` is added to the error of a request that may have been carried out. `closed()` sets the focus.
export function form(id, { errors, working, read, send, done, unanswered = "", failed = () => {}, closed = () => {} }) {
  const part = (name) => $(`${id}-${name}`);
  const dialog = part("dialog");
  const label = part("submit").textContent;
  let busy = false;

  function setError(place, text) {
    const [line, field] = errors[place];
    if ($(line).textContent !== text) $(line).textContent = text;
    $(field).toggleAttribute("aria-invalid", false);
    if (text) $(field).setAttribute("aria-invalid", "true");
  }

  function clear() {
    for (const place of Object.keys(errors)) setError(place, "");
    part("error").replaceChildren();
  }

  function setBusy(yes) {
    busy = yes;
    part("submit").textContent = yes ? working : label;
    // Not `disabled`, which would lose the focus.
    part("submit").setAttribute("aria-disabled", String(yes));
  }

  function focus(place) {
    const field = $(errors[place][1]);
    const visible = field.offsetParent ? field : field.closest("fieldset")?.querySelector("input:checked");
    (visible ?? part("submit")).focus();
  }

  function explainFailure(error) {
    if (error.place in errors) {
      setError(error.place, error.message);
      focus(error.place);
      return;
    }
    if (error.unanswered) error.message += unanswered;
    // What was typed is still there.
    if (error.temporary || error.signedOut) part("submit").textContent = "Try again";
    explain(part("error"), error);
    failed(error);
  }

  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    clear();
    const { body, wrong } = read();
    for (const [place, text] of Object.entries(wrong)) setError(place, text);
    const first = Object.keys(wrong).find((place) => wrong[place]);
    if (first) {
      focus(first);
      return;
    }
    setBusy(true);
    try {
      const answer = await send(body);
      setBusy(false);
      const rest = done(answer);
      dialog.close();
      await rest;
    } catch (error) {
      setBusy(false);
      explainFailure(error);
    }
  }

  part("form").addEventListener("submit", submit);
  part("cancel").addEventListener("click", () => busy || dialog.close());
  dialog.addEventListener("cancel", (event) => busy && event.preventDefault());
  dialog.addEventListener("keydown", (event) => {
    if (busy && event.key === "Escape") event.preventDefault();
  });
  dialog.addEventListener("close", closed);

  return {
    setError,
    // Shows the form with the values that `fill` writes into it.
    open(fill = () => {}) {
      part("form").reset();
      clear();
      part("submit").textContent = label;
      fill();
      dialog.showModal();
    },
  };
}
