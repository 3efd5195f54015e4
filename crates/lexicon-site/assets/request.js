// What the form says, as a request.

import { isThere } from "./key.js";

const $ = (id) => document.getElementById(id);
const form = $("try");
const { nsid, kind } = form.dataset;
const chosen = (name) => form.elements[name]?.value;
const isOther = () => (chosen("server") ?? "other") === "other";

// Shows the fields of what is chosen.
export function show() {
  const server = isOther() ? "other" : "own";
  for (const part of form.querySelectorAll("[data-server]")) part.hidden = part.dataset.server !== server;
  // A session is of this server alone.
  const session = form.querySelector("[value=session]");
  if (session?.checked && isOther()) form.querySelector("[name=credential][value=key]").checked = true;
  for (const part of form.querySelectorAll("[data-credential]")) {
    part.hidden = part.dataset.credential !== chosen("credential");
  }
}

export function read() {
  const request = {
    nsid,
    method: kind === "procedure" ? "POST" : "GET",
    credential: chosen("credential"),
    params: params(),
    ...body(),
    ...server(),
  };
  const query = new URLSearchParams(request.params.map(({ name, text }) => [name, text])).toString();
  request.url = `${request.base}/xrpc/${nsid}${query && `?${query}`}`;
  if (!request.problem && request.credential === "key" && !isThere(request.base)) {
    return { ...request, problem: "Enter a key, or choose another credential.", field: $("key") };
  }
  return request;
}

// The base URL, or what is wrong with it.
function server() {
  if (!isOther()) return { base: location.origin };
  const field = $("base");
  const base = field.value.trim().replace(/\/+$/, "");
  const url = URL.canParse(base) ? new URL(base) : null;
  const isLocal = ["localhost", "127.0.0.1"].includes(url?.hostname);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLocal);
  if (isSafe && !url.username && !url.password && !url.search && !url.hash) {
    return { base: url.href.replace(/\/+$/, "") };
  }
  const problem = "Enter the base URL of a server: https://, or http:// on this machine.";
  return { base: "https://service.example.com", problem, field };
}

// The parameters that are given, in the order of the form, each with its text and as JSON.
function params() {
  return [...form.querySelectorAll("[data-param]")].flatMap((field) => {
    const { param: name, type } = field.dataset;
    const isArray = "array" in field.dataset;
    const texts = isArray ? field.value.split("\n").filter(Boolean) : [field.value].filter(Boolean);
    return texts.map((text) => ({ name, text, isArray, json: json(type, text) }));
  });
}

// A text that is no integer stays a text: the check says what was expected.
function json(type, text) {
  if (type === "boolean" && /^(true|false)$/.test(text)) return text;
  if (type === "integer" && /^-?(0|[1-9]\d*)$/.test(text)) return text;
  return JSON.stringify(text);
}

function body() {
  if ($("input")) return { contentType: $("input").dataset.encoding, text: $("input").value };
  const field = $("file");
  if (!field) return {};
  const [file] = field.files;
  const { encoding } = field.dataset;
  const contentType = encoding.includes("*") ? file?.type || "application/octet-stream" : encoding;
  return file ? { contentType, file } : { contentType, problem: "Choose a file.", field };
}

// The parameters as one JSON object.
export function paramsJson(list) {
  const names = [...new Set(list.map(({ name }) => name))];
  const members = names.map((name) => {
    const values = list.filter((param) => param.name === name);
    const value = values[0].isArray ? `[${values.map((one) => one.json).join(", ")}]` : values[0].json;
    return `${JSON.stringify(name)}: ${value}`;
  });
  return `{${members.join(", ")}}`;
}
