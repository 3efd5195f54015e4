// The entry point of every page of the console.

import { call } from "./api.js";
import { watch } from "./connection.js";
import { clearTemporary, explain } from "./message.js";
import { label } from "./time.js";
import * as confirm from "./confirm.js";

const $ = (id) => document.getElementById(id);
let refresh = async () => {};

label(document);
confirm.start();
$("sign-out").addEventListener("click", signOut);
watch(refreshQuietly);

if ($("sessions")) {
  const sessions = await import("./sessions.js");
  sessions.start();
}

if ($("key")) {
  const [key, forms, limits, secret] = await Promise.all([
    import("./key.js"),
    import("./key_forms.js"),
    import("./limits.js"),
    import("./secret.js"),
  ]);
  for (const part of [key, forms, limits, secret]) part.start();
  refresh = key.refresh;
  refreshWhenShown();
}

if ($("rows")) {
  const [keys, actions, create, secret] = await Promise.all([
    import("./keys.js"),
    import("./actions.js"),
    import("./create.js"),
    import("./secret.js"),
  ]);
  for (const part of [keys, actions, create, secret]) part.start();
  refresh = keys.refresh;
  refreshWhenShown();
}

// Fetches changes that other browsers made meanwhile.
function refreshWhenShown() {
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !document.querySelector("dialog[open]")) refreshQuietly();
  });
}

async function signOut() {
  try {
    await call("/console/sign-out", {});
    location.assign("/");
  } catch (error) {
    if (error.signedOut) location.assign("/");
    else explain($("notice"), error, signOut);
  }
}

// Errors are not shown: the user did not ask for it.
async function refreshQuietly() {
  try {
    await refresh();
    clearTemporary();
  } catch (error) {
    if (error.signedOut) explain($("notice"), error);
  }
}
