// Whether the server responds. While it does not, a banner is shown, and the page tries again by itself.

// A path that causes no work.
const PROBE = "/livez";
const FIRST_DELAY = 2e3;
const MAX_DELAY = 30e3;
const TIMEOUT = 10e3;

let isLost = false;
let delay = FIRST_DELAY;
let timer;
let restored = () => {};

const banner = () => document.getElementById("offline");

// Calls `back` whenever the connection is back.
export function watch(back) {
  restored = back;
  addEventListener("offline", probe);
  addEventListener("online", probe);
  document.getElementById("reconnect").addEventListener("click", () => {
    document.getElementById("main").focus({ preventScroll: true });
    probe();
  });
}

// The server did not respond.
export function lost() {
  banner().hidden = false;
  clearTimeout(timer);
  timer = setTimeout(probe, delay);
  delay = isLost ? Math.min(delay * 2, MAX_DELAY) : FIRST_DELAY;
  isLost = true;
}

// The server responded.
export function answered() {
  if (!isLost) return;
  clearTimeout(timer);
  isLost = false;
  delay = FIRST_DELAY;
  banner().hidden = true;
  restored();
}

// Whether a proxy responded, because the server did not.
export function isFromProxy(response) {
  return [502, 504].includes(response.status);
}

async function probe() {
  try {
    const response = await fetch(PROBE, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) });
    if (isFromProxy(response)) lost();
    else answered();
  } catch {
    lost();
  }
}
