// Checks the gateway with the official package of OpenAI for Node. `gateway.py` explains the environment variables.

import assert from "node:assert/strict";
import OpenAI from "openai";

const { COCORE_URL: url, COCORE_KEY: key, COCORE_SCOPED_KEY: scopedKey } = process.env;
const { COCORE_UPSTREAM_URL: upstreamUrl, COCORE_UPSTREAM_KEY: upstreamKey } = process.env;

const model = "tiny";
const messages = [{ role: "user", content: "What is a key?" }];
const request = { model, messages, max_tokens: 8 };

function client(apiKey = key, prefix = "", options = {}) {
  return new OpenAI({ apiKey, baseURL: `${url}${prefix}/v1`, ...options });
}

async function collect(stream) {
  const items = [];
  for await (const item of await stream) items.push(item);
  return items;
}

/** Returns the error with which a call fails. */
async function failure(call) {
  return call.then(
    (answer) => assert.fail(`expected an error, found ${JSON.stringify(answer)}`),
    (error) => error,
  );
}

function assertChat(completion) {
  assert(completion.choices[0].message.content);
  assert.equal(completion.usage.completion_tokens, 8);
  assert(completion._request_id);
}

function assertChunks(chunks) {
  assert(chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join(""));
  assert.equal(chunks.at(-1).choices[0].finish_reason, "length");
}

async function busySlots() {
  const response = await fetch(`${upstreamUrl}/slots`, { headers: { Authorization: `Bearer ${upstreamKey}` } });
  const slots = await response.json();
  return slots.filter((slot) => slot.is_processing).length;
}

async function waitForSlots(count) {
  const start = performance.now();
  while ((await busySlots()) !== count) {
    assert(performance.now() - start < 2000, `the upstream does not work on ${count} requests`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const checks = {
  async chat() {
    assertChat(await client().chat.completions.create(request));
    assertChat(await client().chat.completions.create({ ...request, model: "gpt-tiny" }));
  },

  async stream() {
    const create = (options) => collect(client().chat.completions.create({ ...request, stream: true, ...options }));
    const chunks = await create({});
    assert(chunks.every((chunk) => chunk.choices.length === 1 && chunk.usage == null));
    assertChunks(chunks);
    const withUsage = await create({ stream_options: { include_usage: true } });
    const last = withUsage.pop();
    assertChunks(withUsage);
    assert.deepEqual([last.choices, last.usage.completion_tokens], [[], 8]);
  },

  async response() {
    const create = (options) =>
      client().responses.create({ model, input: "What is a key?", max_output_tokens: 8, ...options });
    assert((await create({})).output_text);
    const last = (await collect(create({ stream: true }))).at(-1);
    assert.deepEqual([last.type, last.response.usage.output_tokens], ["response.completed", 8]);
  },

  async embeddings() {
    const answer = await client().embeddings.create({ model: "tiny-embeddings", input: ["a key", "a door"] });
    assert.equal(answer.data.length, 2);
    assert(answer.data[0].embedding.length > 0);
  },

  async models() {
    const names = (await collect(client().models.list())).map((item) => item.id);
    assert(names.includes(model) && names.includes("tiny-embeddings"), names.join());
    assert.equal((await client().models.retrieve(model)).id, model);
  },

  async belowApi() {
    const completions = client(key, "/api").chat.completions;
    assertChat(await completions.create(request));
    assertChunks(await collect(completions.create({ ...request, stream: true })));
  },

  async errors() {
    const unknown = `cocore-${"A".repeat(43)}`;
    for (const [apiKey, name, kind, code] of [
      [unknown, model, OpenAI.AuthenticationError, "invalid_api_key"],
      [scopedKey, model, OpenAI.PermissionDeniedError, "insufficient_scope"],
      [key, "nothing", OpenAI.NotFoundError, "model_not_found"],
    ]) {
      for (const stream of [false, true]) {
        const call = client(apiKey).chat.completions.create({ ...request, model: name, stream });
        const error = await failure(call);
        assert(error instanceof kind && error.requestID, error);
        assert.equal(error.code, code);
      }
    }
    const error = await failure(client().chat.completions.create({ model, messages: "text" }));
    assert(error instanceof OpenAI.BadRequestError, error);
  },

  async retries() {
    for (const [name, status, attempts] of [
      ["unreachable", 503, 3],
      ["silent", 504, 1],
    ]) {
      let count = 0;
      const counting = { fetch: (...call) => ((count += 1), fetch(...call)) };
      const call = client(key, "", counting).chat.completions.create({ ...request, model: name });
      assert.equal((await failure(call)).status, status);
      assert.equal(count, attempts, name);
    }
  },

  async leaving() {
    await waitForSlots(0);
    const stream = await client().chat.completions.create({ ...request, max_tokens: 1e9, stream: true });
    let chunks = 0;
    let start;
    for await (const _ of stream) {
      chunks += 1;
      if (chunks === 3) {
        await waitForSlots(1);
        start = performance.now();
        break;
      }
    }
    await waitForSlots(0);
    console.log(`    the upstream was idle ${Math.round(performance.now() - start)} ms after the client had left`);
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
  } catch (error) {
    console.error(error);
    console.error(`failed: ${name}`);
    process.exit(1);
  }
  console.log(`ok: ${name}`);
}
