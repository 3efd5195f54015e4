// Checks the values of a request against the lexicon, before it is sent.

import { paramsJson } from "./request.js";

const form = document.getElementById("try");

// The violations: `[{place, message}]`.
export async function find(request, signal) {
  const parts = [];
  if (form.querySelector("[data-param]")) parts.push(["params", paramsJson(request.params)]);
  if (request.text !== undefined) parts.push(["input", request.text]);
  const found = parts.map(([part, text]) => violations(part, text, signal));
  return (await Promise.all(found)).flat();
}

async function violations(part, text, signal) {
  let answer;
  try {
    const response = await fetch(`${form.dataset.check}?def=${part}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text,
      credentials: "omit",
      cache: "no-store",
      signal,
    });
    answer = await response.json();
  } catch {
    throw new Error("The values could not be checked: this site did not respond.");
  }
  if (answer.error) throw new Error(`The values could not be checked: ${answer.message}.`);
  const { violations, more } = answer;
  return more > 0 ? [...violations, { place: "", message: `and ${more} more` }] : violations;
}

// Shows violations as a list.
export function list(place, found) {
  if (found.length === 0) return place.replaceChildren();
  const items = found.map(({ place: at, message }) => {
    const item = document.createElement("li");
    if (at) item.append(element("code", at), ": ");
    // What is between backquotes is code.
    const parts = message.split("`");
    if (parts.length % 2 === 0) item.append(message);
    else item.append(...parts.map((part, index) => (index % 2 ? element("code", part) : part)));
    return item;
  });
  const all = document.createElement("ul");
  all.className = "faults";
  all.append(...items);
  place.replaceChildren(all);
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
