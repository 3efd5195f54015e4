// Requests to the server, and their failures in plain words.

import { answered, isFromProxy, lost } from "./connection.js";

export const XRPC = "/xrpc/dev.cocore.account.";

export class Failure extends Error {
  constructor(message, { status = 0, place = "" } = {}) {
    super(message);
    this.status = status;
    // The field of the request that is wrong: "name", "expiresAt".
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

export async function call(path, body) {
  const options = {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json" },
    credentials: "same-origin",
    cache: "no-store",
    body: body === undefined ? undefined : JSON.stringify(body),
  };
  let response;
  let answer;
  try {
    response = await fetch(path, options);
    answer = await response.text();
    if (isFromProxy(response)) throw new Error(response.statusText);
  } catch {
    lost();
    throw new Failure("The server did not respond. Check that it is running and that you are online.");
  }
  answered();
  const json = parse(answer);
  if (!response.ok) throw failure(response.status, json);
  if (!json) throw new Failure("The server sent an invalid response.");
  return json;
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
  const [, place = "", rest] = /^(?:input\/(\w+): )?(.*)$/s.exec(message);
  return new Failure(sentence(rest), { status, place });
}

function sentence(text) {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
