// How every method of the server is called from its page, and what its answer has to be. A case has its parameters or
// its input, made of what is known of a key, and a check of the answer, which may learn more of the key. The methods
// of a group are called in this order with one key.
import assert from 'node:assert/strict'

const SECRET = /^cocore-[\w-]{43}$/
const FUTURE = '2099-12-31T00:00:00Z'

// What a new key may do: call this method.
const scopes = (did) => [`rpc:dev.cocore.apikey.whoAmI?aud=${did.replaceAll('%', '%25')}%23cocore_account`]

function created(answer, known) {
  assert.equal(answer.key.name, known.name)
  assert.match(answer.secret, SECRET)
  known.id = answer.key.id
}

const byId = ({ id }) => ({ id })

export const account = {
  'dev.cocore.account.createApiKey': { input: ({ name }) => ({ name, expiresAt: FUTURE }), check: created },
  'dev.cocore.account.listApiKeys': {
    params: () => ({}),
    check: ({ keys }, { id }) => assert.ok(keys.some((key) => key.id === id)),
  },
  'dev.cocore.account.revokeApiKey': {
    input: byId,
    check: (answer) => assert.deepEqual(answer, { revoked: true }),
  },
  'dev.cocore.account.deleteApiKey': {
    input: byId,
    check: (answer) => assert.deepEqual(answer, { deleted: true }),
  },
}

export const apikey = {
  'dev.cocore.apikey.createKey': {
    input: ({ name, did }) => ({
      name,
      expiresAt: FUTURE,
      scopes: scopes(did),
      models: ['large', 'small'],
      note: 'in "quotes", \\ and \'#',
    }),
    check(answer, known) {
      created(answer, known)
      assert.deepEqual(answer.key.scopes, scopes(known.did))
      assert.deepEqual(answer.key.models, ['large', 'small'])
      assert.equal(answer.key.note, 'in "quotes", \\ and \'#')
    },
  },
  'dev.cocore.apikey.getKey': { params: byId, check: ({ key }, { id }) => assert.equal(key.id, id) },
  'dev.cocore.apikey.listKeys': {
    params: ({ name }) => ({ limit: 5, status: 'active', q: name }),
    check({ keys }, { id }) {
      assert.ok(keys.length <= 5)
      assert.ok(keys.some((key) => key.id === id))
    },
  },
  'dev.cocore.apikey.updateKey': {
    // Null is a value: the key does not expire any more.
    input: ({ id }) => ({ id, note: '', expiresAt: null }),
    check: ({ key }) => assert.deepEqual([key.note, key.expiresAt], [undefined, undefined]),
  },
  'dev.cocore.apikey.setLimits': {
    input: ({ id }) => ({ id, limits: { tokensPerDay: 5, models: ['large'] } }),
    check: ({ limits }) => assert.deepEqual(limits, { tokensPerDay: 5, models: ['large'] }),
  },
  'dev.cocore.apikey.getUsage': {
    params: byId,
    check({ usage, limits, budgets }) {
      assert.deepEqual(usage, [])
      assert.deepEqual(budgets.map(({ limit, spent }) => [limit, spent]), limits.tokensPerDay ? [[5, 0]] : [])
    },
  },
  'dev.cocore.apikey.rotateKey': {
    input: ({ id }) => ({ id, graceSeconds: 60 }),
    check(answer, known) {
      assert.equal(answer.key.replaces, known.id)
      created(answer, known)
    },
  },
  'dev.cocore.apikey.listEvents': {
    params: ({ id }) => ({ id, limit: 10 }),
    check({ events }, { id }) {
      assert.ok(events.length > 0)
      assert.ok(events.every(({ keyId }) => keyId === id))
    },
  },
  'dev.cocore.apikey.whoAmI': {
    params: () => ({}),
    check: ({ credential }, known) => assert.equal(credential, known.credential),
  },
  'dev.cocore.apikey.revokeKey': {
    input: ({ id }) => ({ id, cascade: true }),
    check: ({ revoked }, { id }) => assert.ok(revoked.includes(id)),
  },
  'dev.cocore.apikey.deleteKey': {
    input: byId,
    check: (answer) => assert.deepEqual(answer, { deleted: true }),
  },
}

export const unauthenticated = {
  'com.atproto.lexicon.resolveLexicon': {
    params: () => ({ nsid: 'dev.cocore.apikey.defs' }),
    check: ({ schema }) => assert.equal(schema.id, 'dev.cocore.apikey.defs'),
  },
}

export const cases = { ...account, ...apikey, ...unauthenticated }

// The NSIDs and kinds of the methods that a server has.
export async function served(origin) {
  const list = await (await fetch(`${origin}/llms.txt`)).text()
  const methods = list.matchAll(/^- \[([^\]]+)\]\([^)]*\) \((query|procedure)\)/gm)
  return new Map([...methods].map(([, nsid, kind]) => [nsid, kind]))
}

// Fills the form of the page that is open.
export async function fill(page, nsid, known) {
  const { params, input } = cases[nsid]
  if (input) return void (await page.locator('#input').fill(JSON.stringify(input(known), null, 2)))
  for (const [name, value] of Object.entries(params(known))) {
    await page.locator(`[data-param="${name}"]`).fill(String(value))
  }
}
