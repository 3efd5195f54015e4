// A request as code in four languages. The variable KEY stands for the key.

import { paramsJson } from "./request.js";

const hasBody = ({ method }) => method === "POST";
const needsKey = ({ credential }) => credential !== "none";
const quoted = (text) => JSON.stringify(text);
const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const indented = (text, by) => text.replaceAll("\n", `\n${by}`);

// What a program does with the answer, whose body is JSON, of another media type, or not described.
const PYTHON = {
  json: "print(json.dumps(json.load(response), indent=2))",
  other: "sys.stdout.buffer.write(response.read())",
  none: "print(response.status)",
};
const TYPESCRIPT = {
  json: "console.log(JSON.stringify(await response.json(), null, 2));",
  other: "process.stdout.write(new Uint8Array(await response.arrayBuffer()));",
  none: "console.log(response.status);",
};
// A secret is written by serde alone: its `Debug` hides it.
const RUST = {
  json: 'println!("{}", serde_json::to_string_pretty(&output)?);',
  other: 'println!("{output:?}");',
  none: 'println!("{output:?}");',
};

// The input as a value, if it is JSON.
function value({ text }) {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

export function curl(request) {
  const lines = [`curl --fail-with-body ${shell(request.url)}`];
  if (hasBody(request)) lines[0] = `curl --fail-with-body -X POST ${shell(request.url)}`;
  if (needsKey(request)) lines.push('-H "Authorization: Bearer $KEY"');
  if (request.contentType) lines.push(`-H ${shell(`Content-Type: ${request.contentType}`)}`);
  if (request.text !== undefined) lines.push(`--data-raw ${shell(request.text)}`);
  else if (request.contentType) lines.push("--data-binary @FILE");
  return `${lines.join(" \\\n  ")}\n`;
}

export function python(request, { output }) {
  const json = value(request);
  const imports = [];
  if (json || output === "json") imports.push("import json");
  if (needsKey(request)) imports.push("import os");
  if (output === "other") imports.push("import sys");
  imports.push("from urllib.request import Request, urlopen");
  const headers = [];
  if (needsKey(request)) headers.push('"Authorization": f"Bearer {os.environ[\'KEY\']}"');
  if (request.contentType) headers.push(`"Content-Type": ${quoted(request.contentType)}`);
  const parts = [quoted(request.url), `method=${quoted(request.method)}`];
  if (headers.length > 0) parts.push(`headers={${headers.join(", ")}}`);
  if (json) parts.push(`data=json.dumps(${indented(pythonValue(json.value), "    ")}).encode()`);
  else if (request.text !== undefined) parts.push(`data=${quoted(request.text)}.encode()`);
  else if (request.contentType) parts.push('data=open("FILE", "rb").read()');
  return `${imports.join("\n")}

request = Request(
    ${parts.join(",\n    ")},
)
with urlopen(request, timeout=30) as response:
    ${PYTHON[output]}
`;
}

function pythonValue(value, indent = "") {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return quoted(value);
  const inner = `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((item) => pythonValue(item, inner))
    : Object.entries(value).map(([name, item]) => `${quoted(name)}: ${pythonValue(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (items.length === 0) return open + close;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}${close}`;
}

export function typescript(request, { output }) {
  const json = value(request);
  const headers = [];
  if (needsKey(request)) headers.push("Authorization: `Bearer ${process.env.KEY}`");
  if (request.contentType) headers.push(`"Content-Type": ${quoted(request.contentType)}`);
  const options = [`method: ${quoted(request.method)}`];
  if (headers.length > 0) options.push(`headers: { ${headers.join(", ")} }`);
  if (json) options.push(`body: JSON.stringify(${indented(JSON.stringify(json.value, null, 2), "  ")})`);
  else if (request.text !== undefined) options.push(`body: ${quoted(request.text)}`);
  else if (request.contentType) options.push('body: await readFile("FILE")');
  const start = request.text === undefined && request.contentType ? 'import { readFile } from "node:fs/promises";\n\n' : "";
  return `${start}const response = await fetch(${quoted(request.url)}, {
  ${options.join(",\n  ")},
});
if (!response.ok) throw new Error(await response.text());
${TYPESCRIPT[output]}
`;
}

export function rust(request, { rustModule, rustType, output }) {
  const lines = [];
  if (needsKey(request)) lines.push('let key = std::env::var("KEY")?;');
  lines.push(`let client = Client::new(${quoted(request.base)})?${needsKey(request) ? ".bearer(key)" : ""};`);
  const params = request.params.length > 0 ? "params" : "NoParams {}";
  if (request.params.length > 0) lines.push(`let params = ${parsed(paramsJson(request.params))};`);
  let call = `query::<${rustType}>(${params})`;
  if (hasBody(request)) {
    const input = request.contentType ? "input" : "NoBody";
    if (request.text !== undefined) lines.push(`let input = ${parsed(request.text)};`);
    else if (request.contentType) {
      lines.push(`let input = RawBody::new(${quoted(request.contentType)}, std::fs::read("FILE")?);`);
    }
    const hasParams = request.params.length > 0;
    call = hasParams ? `procedure_with_params::<${rustType}>(params, ${input})` : `procedure::<${rustType}>(${input})`;
  }
  lines.push(`let output = client.${call}.await?;`);
  const code = lines.join("\n    ");
  const types = ["NoBody", "NoParams", "RawBody"].filter((name) => code.includes(name));
  const use = types.length > 1 ? `{${types.join(", ")}}` : types[0];
  const runtime = types.length > 0 ? `use lexicon_runtime::${use};\n` : "";
  return `// \`lexicon codegen\` writes the types of the methods.
use ${rustModule}::${rustType};
${runtime}use xrpc_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ${code}
    ${RUST[output]}
    Ok(())
}
`;
}

// As rustfmt writes it.
function parsed(json) {
  let marks = "#";
  while (json.includes(`"${marks}`)) marks += "#";
  const text = `r${marks}"${json}"${marks}`;
  const isShort = text.length <= 60 && !text.includes("\n");
  return isShort ? `serde_json::from_str(${text})?` : `serde_json::from_str(\n        ${text},\n    )?`;
}
