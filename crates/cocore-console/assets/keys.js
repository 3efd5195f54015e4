// The list of keys: search, order and bulk actions.

import * as address from "./address.js";
import { XRPC, call } from "./api.js";
import { build, read } from "./row.js";
import { label, status, isActive } from "./time.js";

const $ = (id) => document.getElementById(id);
const view = address.read();
const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

let keys = [];
let requests = 0;

export const all = () => keys;
export const find = (id) => keys.find((key) => key.id === id);

export function start() {
  keys = [...$("rows").children].map(read);
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  $("filter-text").addEventListener("input", filter);
  $("filter-status").addEventListener("change", filter);
  $("clear").addEventListener("click", () => {
    $("tools").reset();
    filter();
    $("filter-text").focus();
  });
  $("sort").addEventListener("change", () => {
    const [by, order] = $("sort").value.split(" ");
    sort(by, order === "desc");
  });
  for (const head of document.querySelectorAll("th[data-sort]")) {
    head.firstElementChild.addEventListener("click", () => {
      const by = head.dataset.sort;
      // The first click sorts names from A to Z, and times from the latest.
      sort(by, view.sort === by ? !view.down : by !== "name");
    });
  }
  // A browser that went back may have kept the text of the fields: the address counts.
  $("filter-text").value = view.text;
  $("filter-status").value = view.status;
  sort(view.sort, view.down);
  setInterval(() => label($("rows")), 60e3);
}

// Fetches the list again. Keeps search, order and focus.
export async function refresh() {
  const mine = (requests += 1);
  const answer = await call(`${XRPC}listApiKeys`);
  // A later request has overtaken this one: its response is older than the list on the page.
  if (mine !== requests) return;
  keys = answer.keys;
  show();
}

function filter() {
  view.text = address.searched($("filter-text").value);
  view.status = $("filter-status").value;
  show();
}

function sort(by, down) {
  Object.assign(view, { sort: by, down });
  $("sort").value = `${by} ${down ? "desc" : "asc"}`;
  for (const head of document.querySelectorAll("th[data-sort]")) {
    if (head.dataset.sort !== by) head.removeAttribute("aria-sort");
    else head.setAttribute("aria-sort", down ? "descending" : "ascending");
  }
  show();
}

function matches(key) {
  const text = `${key.name}\n${key.prefix}\n${key.id}`.toLowerCase();
  return text.includes(view.text.toLowerCase()) && (!view.status || status(key) === view.status);
}

// A key that was never used sorts before every use; one that never expires, after every expiry.
function moment(key) {
  const at = Date.parse(key[view.sort]);
  if (!Number.isNaN(at)) return at;
  return view.sort === "expiresAt" ? Number.MAX_VALUE : -Number.MAX_VALUE;
}

function compare(a, b) {
  const order = view.sort === "name" ? names.compare(a.name, b.name) : moment(a) - moment(b);
  return view.down ? -order : order;
}

function show() {
  address.write(view);
  const shown = keys.filter(matches).sort(compare);
  const focused = document.activeElement?.closest("[data-act]");
  const button = focused && { id: focused.closest("tr").dataset.id, act: focused.dataset.act };
  $("rows").replaceChildren(...shown.map(build));
  $("rows").dispatchEvent(new Event("rows"));
  if (button) focus(button.id, button.act);

  $("empty").hidden = keys.length > 0;
  $("list").hidden = keys.length === 0;
  $("create").hidden = keys.length === 0;
  $("none").hidden = shown.length > 0;
  $("picks").hidden = shown.length === 0;
  $("rows").parentElement.hidden = shown.length === 0;
  const active = keys.filter(isActive).length;
  $("count").textContent =
    shown.length === keys.length ? `${count(keys.length)}, ${active} active` : `${shown.length} of ${count(keys.length)}`;
  $("clean-up").hidden = active === keys.length;
  $("revoke-all").hidden = active === 0;
}

export function count(number) {
  return number === 1 ? "1 key" : `${number} keys`;
}

// Focuses a button of a key; another button of the key if that one is hidden; else the heading.
export function focus(id, act) {
  const row = [...$("rows").children].find((row) => row.dataset.id === id);
  const buttons = [...(row?.querySelectorAll("[data-act]:not([hidden])") ?? [])];
  (buttons.find((button) => button.dataset.act === act) ?? buttons[0] ?? $("title")).focus();
}
