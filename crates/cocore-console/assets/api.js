// Requests to the server, and their failures in plain words.

import { answered, isFromProxy, lost } from "./connection.js";

export const XRPC = "/xrpc/dev.cocore.account.";
export const APIKEY = "/xrpc/dev.cocore.apikey.";

export class Failure extends Error {
  constructor(message, { status = 0, name = "", place = "" } = {}) {
    super(message);
    this.status = status;
    // The error's name in XRPC.
    this.name = name;
    // The field of the request that is wrong: "name", "expiresAt", "limits/models/3".
    this.place = place;
  }

  get signedOut() {
    return this.status === 401;
  }

  // Without a response, the server may or may not have done what was requested.
  get unanswered() {
    return this.status === 0;
  }

  // The same request may succeed later.
  get temporary() {
    return this.unanswered || this.status === 429 || this.status >= 500;
  }
}

// Calls a method: with a body, a procedure.
export async function call(path, body, headers = {}) {
  const { response, text } = await request(path, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const json = parse(text);
  if (!response.ok) throw failure(response.status, json);
  if (!json) throw new Failure("The server sent an invalid response.");
  return json;
}

// Fetches a page of the console, as a document in which nothing runs. Null if there is no such page any more.
export async function page(path) {
  const { response, text } = await request(path, {});
  if (response.status === 404) return null;
  if (!response.ok) throw failure(response.status, null);
  return new DOMParser().parseFromString(text, "text/html");
}

async function request(path, options) {
  let response;
  let text;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
    text = await response.text();
    if (isFromProxy(response)) throw new Error(response.statusText);
  } catch {
    lost();
    throw new Failure("The server did not respond. Check that it is running and that you are online.");
  }
  answered();
  return { response, text };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function failure(status, json) {
  if (status === 401) return new Failure("You are signed out.", { status });
  const message = String(json?.message || json?.error || `the server answered with status ${status}`);
  // "input/name: expected ..." is about one field.
  const [, place = "", rest] = /^(?:input\/([\w/]+): )?(.*)$/s.exec(message);
  return new Failure(sentence(rest), { status, name: json?.error, place });
}

function sentence(text) {
  // A scope at the beginning stays as it is.
  const isScope = /^[a-z]+:\S/.test(text);
  const first = isScope ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
