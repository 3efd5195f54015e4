// Messages to people: a notice at the top of the page, or an error where it happened. A content is a text, or
// a list of texts and elements.

import { Failure } from "./api.js";

// The name of a key, in quotation marks. It cannot change the order of the text around it.
export function quoted(name) {
  const place = document.createElement("bdi");
  place.textContent = name;
  return ["“", place, "”"];
}

// Shows a message at the top of the page for ten seconds: it may cover something.
export function notice(content) {
  const line = show(document.getElementById("notice"), content, "done");
  setTimeout(() => line.remove(), 10e3);
}

// Shows an error, with a link to the sign-in page for users who are signed out. If the same may succeed later, a
// button calls `retry`.
export function explain(place, error, retry) {
  if (!(error instanceof Failure)) console.error(error);
  const known = error instanceof Failure ? error.message : "Something went wrong on this page. Reload it.";
  const line = show(place, known, error.temporary ? "temporary" : "failed");
  if (error.signedOut) line.append(" ", signInLink(place));
  else if (error.temporary && retry) line.append(" ", retryButton(place, retry));
}

// Removes the notice of a failure that was temporary.
export function clearTemporary() {
  const place = document.getElementById("notice");
  if (place.dataset.kind === "temporary") place.replaceChildren();
}

function signInLink(place) {
  const link = document.createElement("a");
  link.href = "/";
  link.textContent = "Sign in again";
  // What was typed in a dialog stays there.
  if (place.closest("dialog")) {
    link.target = "_blank";
    link.textContent += " in a new tab";
  }
  return link;
}

function retryButton(place, retry) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.textContent = "Try again";
  button.addEventListener("click", () => {
    document.getElementById("main").focus({ preventScroll: true });
    place.replaceChildren();
    retry();
  });
  return button;
}

function show(place, content, kind) {
  const line = document.createElement(place.id === "notice" ? "p" : "span");
  line.append(...[content].flat(Infinity));
  place.dataset.kind = kind;
  place.replaceChildren(line);
  return line;
}
