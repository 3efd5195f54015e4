// The entry point of every page of the console.

import { call, explain } from "./api.js";
import { label } from "./time.js";
import * as confirm from "./confirm.js";

const $ = (id) => document.getElementById(id);

label(document);
confirm.start();

$("sign-out").addEventListener("click", async () => {
  try {
    await call("/console/sign-out", {});
    location.assign("/");
  } catch (error) {
    if (error.signedOut) location.assign("/");
    else explain($("notice"), error);
  }
});

if ($("sessions")) {
  const sessions = await import("./sessions.js");
  sessions.start();
}

if ($("rows")) {
  const [keys, actions, create, secret] = await Promise.all([
    import("./keys.js"),
    import("./actions.js"),
    import("./create.js"),
    import("./secret.js"),
  ]);
  for (const part of [keys, actions, create, secret]) part.start();
  // Fetches changes that other browsers made meanwhile. Errors are not shown: the user did not ask for it.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || document.querySelector("dialog[open]")) return;
    keys.refresh().catch((error) => error.signedOut && explain($("notice"), error));
  });
}
