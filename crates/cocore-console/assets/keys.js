// The list of keys: search, order and pages.

import * as address from "./address.js";
import { APIKEY, call } from "./api.js";
import { explain } from "./message.js";
import { build, read } from "./row.js";
import { label, status, isActive } from "./time.js";

const $ = (id) => document.getElementById(id);
const view = address.read();
const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
// Requests while the user types are at least so many milliseconds apart.
const DELAY = 150;
const MAX_LIMIT = 100;

let keys = [];
let next = "";
let requests = 0;
let timer;

export const find = (id) => keys.find((key) => key.id === id);

// Whether the account has no keys at all.
export const isEmpty = () => keys.length === 0 && isWhole() && !view.text && !view.status;

// Whether the page shows all keys that match.
const isWhole = () => !next && !view.cursor;

export function start() {
  keys = [...$("rows").children].map(read);
  ({ next, cursor: view.cursor } = $("list").dataset);
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  $("filter-text").addEventListener("input", filter);
  $("filter-status").addEventListener("change", filter);
  $("clear").addEventListener("click", () => {
    $("filter-text").value = $("filter-status").value = "";
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

// Fetches the page again. Keeps search, order and focus.
export async function refresh() {
  const mine = (requests += 1);
  clearTimeout(timer);
  busy(true);
  try {
    const answer = await fetchPage();
    // A later request has overtaken this one: its response is older than the list on the page.
    if (mine !== requests) return;
    keys = answer.keys;
    next = answer.cursor ?? "";
    show();
  } finally {
    if (mine === requests) busy(false);
  }
}

async function fetchPage() {
  if (!address.isId(view.text)) return call(list({ q: view.text, status: view.status, cursor: view.cursor, limit: $("list").dataset.pageSize }));
  try {
    const { key } = await call(`${APIKEY}getKey?${new URLSearchParams({ id: view.text })}`);
    return { keys: [key].filter((key) => !view.status || key.status === view.status) };
  } catch (error) {
    if (error.name === "KeyNotFound") return { keys: [] };
    throw error;
  }
}

// All keys of the account in a state, page by page.
export async function collect(status) {
  const found = [];
  let cursor = "";
  do {
    const answer = await call(list({ status, cursor, limit: MAX_LIMIT }));
    found.push(...answer.keys);
    cursor = answer.cursor;
  } while (cursor);
  return found;
}

function list(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value);
  return `${APIKEY}listKeys?${new URLSearchParams(given)}`;
}

function busy(yes) {
  $("list").setAttribute("aria-busy", String(yes));
}

function filter() {
  view.text = address.searched($("filter-text").value);
  view.status = $("filter-status").value;
  view.cursor = "";
  address.write(view);
  busy(true);
  clearTimeout(timer);
  timer = setTimeout(load, DELAY);
}

async function load() {
  try {
    await refresh();
  } catch (error) {
    explain($("notice"), error, load);
  }
}

function sort(by, down) {
  Object.assign(view, { sort: by, down });
  $("sort").value = `${by} ${down ? "desc" : "asc"}`;
  show();
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
  showOrder();
  // A page of a longer list is in the order of the server.
  const shown = isWhole() ? [...keys].sort(compare) : keys;
  const focused = document.activeElement?.closest("[data-act]");
  const button = focused && { id: focused.closest("tr")?.dataset.id, act: focused.dataset.act };
  $("rows").replaceChildren(...shown.map(build));
  $("rows").dispatchEvent(new Event("rows"));
  if (button?.id) focus(button.id, button.act);

  const empty = isEmpty();
  $("empty").hidden = !empty;
  $("list").hidden = empty;
  $("create").hidden = empty;
  $("none").hidden = shown.length > 0;
  $("picks").hidden = shown.length === 0;
  $("rows").parentElement.hidden = shown.length === 0;
  showPages();
  // Of the whole account only where the page shows it.
  const active = keys.filter(isActive).length;
  const isAll = isWhole() && !view.text && !view.status;
  $("count").textContent = isAll ? `${count(keys.length)}, ${active} active` : `${count(keys.length)} on this page`;
  $("clean-up").hidden = isAll && active === keys.length;
  $("revoke-all").hidden = isAll && active === 0;
}

function showOrder() {
  $("sort-field").hidden = !isWhole();
  const [by, down] = isWhole() ? [view.sort, view.down] : ["createdAt", true];
  for (const head of document.querySelectorAll("th[data-sort]")) {
    head.firstElementChild.disabled = !isWhole();
    if (head.dataset.sort !== by) head.removeAttribute("aria-sort");
    else head.setAttribute("aria-sort", down ? "descending" : "ascending");
  }
}

function showPages() {
  $("pages").hidden = isWhole();
  $("first").hidden = !view.cursor;
  $("first").href = address.of(view, "");
  $("next").hidden = !next;
  $("next").href = address.of(view, next);
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
