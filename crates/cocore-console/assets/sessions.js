// The sessions of the account.

import { call } from "./api.js";
import { ask } from "./confirm.js";
import { explain, notice } from "./message.js";

const $ = (id) => document.getElementById(id);
const PATH = "/console/end-sessions";

export function start() {
  $("sessions").addEventListener("click", (event) => {
    const button = event.target.closest("[data-end]");
    if (button) end(button.closest("li"));
  });
  $("end-all").addEventListener("click", endAll);
}

async function end(item) {
  if (item.ariaBusy === "true") return;
  item.ariaBusy = "true";
  try {
    await call(PATH, { id: item.dataset.id });
    if ("current" in item.dataset) {
      location.assign("/");
      return;
    }
    item.remove();
    notice("That browser is signed out.");
    $("title").focus();
  } catch (error) {
    explain($("notice"), error, () => end(item));
  } finally {
    item.ariaBusy = "false";
  }
}

async function endAll() {
  const title = "Sign out everywhere?";
  const text = "This signs out every browser, including this one. Keys stay active.";
  const run = async () => {
    await call(PATH, { all: true });
    location.assign("/");
  };
  await ask({ title, text, yes: "Sign out everywhere", run });
  $("end-all").focus();
}
