// Asks before a request is sent that may change something, or that violates the lexicon.

import { list } from "./check.js";

const $ = (id) => document.getElementById(id);
const AS = { session: "as the account of your session", key: "with your key", none: "without a credential" };

// Resolves to whether the person agreed.
export function ask({ request, found, isProcedure }) {
  const name = request.nsid.split(".").at(-1);
  $("ask-title").textContent = `Call ${name}?`;
  const change = isProcedure ? " It may change or delete data." : "";
  const wrong = found.length > 0 ? " The values violate the lexicon:" : "";
  $("ask-text").textContent = `The request goes to ${request.base}, ${AS[request.credential]}.${change}${wrong}`;
  list($("ask-violations"), found);
  const dialog = $("ask");
  return new Promise((resolve) => {
    let agreed = false;
    $("ask-yes").onclick = () => {
      agreed = true;
      dialog.close();
    };
    $("ask-no").onclick = () => dialog.close();
    dialog.onclose = () => resolve(agreed);
    dialog.showModal();
  });
}
