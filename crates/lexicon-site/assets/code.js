// The call as code, and the tabs of the languages.

import { curl, python, rust, typescript } from "./languages.js";

const $ = (id) => document.getElementById(id);
const WRITERS = { curl, python, typescript, rust };
const tabs = [...document.querySelectorAll("[data-language]")];
let language = "curl";
let last = null;

export function write(request) {
  last = request;
  $("code").textContent = WRITERS[language](request, $("try").dataset);
}

function choose(tab) {
  language = tab.dataset.language;
  for (const one of tabs) {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
  }
  $("code-panel").setAttribute("aria-labelledby", tab.id);
  if (last) write(last);
}

export function start() {
  for (const [at, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (!step) return;
      const next = tabs.at((at + step) % tabs.length);
      choose(next);
      next.focus();
    });
  }
}
