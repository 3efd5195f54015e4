// The entry point of the page that calls a method.

import { ask } from "./ask.js";
import { find, list } from "./check.js";
import { start as startCode, write as writeCode } from "./code.js";
import * as key from "./key.js";
import { read, show as showFields } from "./request.js";
import { clear, show, wait } from "./reply.js";
import { send } from "./send.js";

const $ = (id) => document.getElementById(id);
const form = $("try");
const isProcedure = form.dataset.kind === "procedure";
let sending = null;
let checking = null;
let timer = 0;

// Checks the values and writes the code, as they are typed.
function changed() {
  showFields();
  const request = read();
  key.show(request.base);
  writeCode(request);
  clearTimeout(timer);
  timer = setTimeout(check, 300);
}

// Shows and returns the violations; none if a later check takes its place.
async function check() {
  clearTimeout(timer);
  checking?.abort();
  checking = new AbortController();
  const { signal } = checking;
  const failed = (error) => [{ place: "", message: error.message }];
  const found = await find(read(), signal).catch(failed);
  if (signal.aborted) return null;
  list($("violations"), found);
  return found;
}

function problem(text, field) {
  $("problem").textContent = text;
  field?.setAttribute("aria-invalid", "true");
  field?.focus();
}

async function submit() {
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  problem("");
  const request = read();
  if (request.problem) return void problem(request.problem, request.field);
  const found = await check();
  if (!found) return;
  if (isProcedure || found.length > 0) {
    const yes = await ask({ request, found, isProcedure });
    if (!yes) return;
  }
  await call(request);
}

async function call(request) {
  const bearer = request.credential === "key" ? key.take(request.base) : "";
  const stop = new AbortController();
  sending = stop;
  $("send").hidden = true;
  $("stop").hidden = false;
  $("stop").focus();
  wait();
  try {
    await show(await send(request, bearer, stop.signal), request);
    $("answer-title").scrollIntoView({ block: "nearest" });
  } catch (error) {
    clear(error.message);
  } finally {
    const hadFocus = document.activeElement === $("stop");
    sending = null;
    $("send").hidden = false;
    $("stop").hidden = true;
    if (hadFocus) $("send").focus();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!sending) submit();
});
form.addEventListener("input", changed);
form.addEventListener("change", changed);
$("stop").addEventListener("click", () => sending?.abort());
for (const button of form.querySelectorAll("[data-template]")) {
  button.addEventListener("click", () => {
    $("input").value = $(`template-${button.dataset.template}`).content.textContent;
    changed();
  });
}
// A page that is left may be shown again as it was: nothing secret is in it.
addEventListener("pagehide", () => {
  sending?.abort();
  key.forget();
  clear("Nothing has been sent yet.");
});
key.start();
startCode();
changed();
