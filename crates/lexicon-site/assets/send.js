// Sends a request, and reads the answer within bounds.

const TIMEOUT = 30e3;
// The most that is read of an answer, in bytes.
const MAX_BODY = 1 << 20;

export async function send(request, bearer, stop) {
  const headers = new Headers();
  const content = request.file ?? request.text;
  if (content !== undefined) headers.set("content-type", request.contentType);
  if (bearer) headers.set("authorization", `Bearer ${bearer}`);
  const started = performance.now();
  const timeout = AbortSignal.timeout(TIMEOUT);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers,
      body: content,
      // A cookie goes to this server alone, and only if the person chose the session.
      credentials: request.credential === "session" ? "same-origin" : "omit",
      cache: "no-store",
      redirect: "manual",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.any([stop, timeout]),
    });
    if (response.type === "opaqueredirect") throw new Error("The server redirects, which this page does not follow.");
    const body = await read(response);
    return { response, ...body, millis: Math.round(performance.now() - started) };
  } catch (error) {
    if (stop.aborted) throw new Error("Stopped. The server may have received the request.");
    if (timeout.aborted) throw new Error(`There was no answer within ${TIMEOUT / 1000} seconds.`);
    if (error instanceof TypeError) throw new Error(failure(request));
    throw error;
  }
}

function failure({ base }) {
  const start = `${base} did not respond`;
  if (base === location.origin) return `${start}. Check that it is running and that you are online.`;
  return `${start}, or it does not allow requests from other origins. The console of the browser has the reason.`;
}

async function read(response) {
  const reader = response.body?.getReader();
  const chunks = [];
  let size = 0;
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
    if (size > MAX_BODY) {
      await reader.cancel();
      return { blob: new Blob(chunks), size, isCut: true };
    }
  }
  return { blob: new Blob(chunks), size, isCut: false };
}
