// What a key is for: a choice in words, which fills in scopes that can be changed.

const $ = (id) => document.getElementById(id);
const MAX_SCOPES = 64;

const choice = () => document.querySelector("#purpose input:checked");

export function start() {
  $("purpose").addEventListener("change", (event) => {
    if (event.target.name === "purpose") show();
  });
}

// Shows the scopes of the choice.
export function show() {
  $("scopes-field").hidden = choice().value === "everything";
  $("scopes").value = choice().dataset.scopes;
}

// The scopes. Undefined for everything.
export function value() {
  if (choice().value === "everything") return undefined;
  return $("scopes").value.split(/\s+/).filter(Boolean);
}

export function error() {
  const scopes = value();
  if (scopes && scopes.length === 0) return "Write at least one scope, or choose what the key is for.";
  return scopes && scopes.length > MAX_SCOPES ? `Write at most ${MAX_SCOPES} scopes.` : "";
}

// Says that a failure is about the scopes.
export function place(failure) {
  if (["InvalidScope", "ScopeTooWide"].includes(failure.name)) failure.place = "scopes";
  return failure;
}
