// Calls the server by openapi-fetch, with the types that openapi-typescript generates.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const { COCORE_TEST_URL: baseUrl = "", COCORE_TEST_KEY: key = "" } = process.env;

function withKey(key: string) {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
}

const client = withKey(key);
const created = await client.POST("/xrpc/dev.cocore.account.createApiKey", {
  body: { name: "from TypeScript", expiresAt: null },
});
assert(created.data, JSON.stringify(created.error));
const view: components["schemas"]["dev.cocore.account.defs_apiKeyView"] = created.data.key;
assert.match(created.data.secret, /^cocore-[A-Za-z0-9_-]{43}$/);

const own = withKey(created.data.secret);
const listed = await own.GET("/xrpc/dev.cocore.account.listApiKeys");
assert(listed.data?.keys.some((key) => key.id === view.id));

const revoked = await client.POST("/xrpc/dev.cocore.account.revokeApiKey", { body: { id: view.id } });
assert.equal(revoked.data?.revoked, true);
const deleted = await client.POST("/xrpc/dev.cocore.account.deleteApiKey", { body: { id: view.id } });
assert.equal(deleted.data?.deleted, true);

const dead = await own.GET("/xrpc/dev.cocore.account.listApiKeys");
assert.equal(dead.response.status, 401);
assert.equal(dead.error?.error, "AuthRequired");
const empty = await client.POST("/xrpc/dev.cocore.account.createApiKey", { body: { name: "" } });
assert.equal(empty.response.status, 400);
assert.equal(empty.error?.error, "InvalidRequest");
console.log("the TypeScript client: created, listed, revoked and deleted a key");
