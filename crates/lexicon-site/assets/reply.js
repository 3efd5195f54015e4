// Shows the answer.

const $ = (id) => document.getElementById(id);

export function wait() {
  clear("Waiting for the answer…");
}

// Shows a line in place of an answer.
export function clear(text) {
  $("answer-status").textContent = text;
  delete $("answer").dataset.state;
  $("answer-parts").hidden = true;
  $("copy-answer").hidden = true;
  $("answer-body").textContent = "";
  $("answer-headers").querySelector("dl").replaceChildren();
}

export async function show({ response, blob, size, isCut, millis }, request) {
  const { status, statusText, headers, ok } = response;
  const line = [`${status} ${statusText}`.trim(), `${millis} ms`, `${size.toLocaleString("en")} bytes`];
  const body = await content(blob, headers.get("content-type") ?? "");
  clear(line.join(" · "));
  $("answer").dataset.state = ok ? "good" : "bad";
  if (isCut) $("answer-status").append(" The answer is too large: this is its beginning.");
  if (status === 401 && request.credential === "session") $("answer-status").append(" You are not signed in.");
  $("answer-headers").querySelector("dl").replaceChildren(...[...headers].map(row));
  $("answer-body").textContent = body;
  $("answer-parts").hidden = false;
  $("copy-answer").hidden = body === "";
}

function row([name, value]) {
  const line = document.createElement("div");
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = name;
  const code = document.createElement("code");
  code.textContent = value;
  text.append(code);
  line.append(term, text);
  return line;
}

async function content(blob, type) {
  if (!/json|text|xml|javascript/.test(type) && blob.size > 0) {
    return `${blob.size.toLocaleString("en")} bytes of ${type || "an unknown type"}, which are not shown`;
  }
  const text = await blob.text();
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
