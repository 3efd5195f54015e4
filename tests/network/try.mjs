// Calls methods from the pages of the lexicons in headless Chromium, as a person would:
// node try.mjs LINK KEY OTHER OTHER_KEY [SCREENSHOTS]
// LINK signs in to the server, KEY is one of its keys. OTHER is the URL of another server, with a key of its own.
// Prints a line for each check that passed, and exits with 1 at the first that fails.
import assert from 'node:assert/strict'
import { open } from './browser.mjs'
import { looker } from './look.mjs'
import { everyExample } from './try-code.mjs'
import { account, apikey, cases, fill, unauthenticated, served } from './try-methods.mjs'

const [link, key, other, otherKey, shots] = process.argv.slice(2)
const origin = new URL(link).origin
const did = (await (await fetch(`${origin}/.well-known/did.json`)).json()).id
const browser = await open()
const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
const page = await context.newPage()
const problems = []
// Violations of the content security policy are reported as errors too. So are the statuses that a check expects.
page.on('console', (message) => {
  const expected = /the server responded with a status of (400|401) /.test(message.text())
  if (message.type() === 'error' && !expected) problems.push(message.text())
})
page.on('pageerror', (error) => problems.push(String(error)))
const requests = []
page.on('request', (request) => requests.push(request))

const seen = (what) => console.log(`ok: ${what}`)
const button = (name) => page.getByRole('button', { name, exact: true })
const status = page.locator('#answer-status')
const body = async () => JSON.parse(await page.locator('#answer-body').textContent())
const visit = (name) => page.goto(`${origin}/lexicons/dev.cocore.account.${name}/try`)

const look = looker(page, shots)

const isCall = (request) => request.url().includes('/xrpc/')

// Sends the form. A procedure asks first.
async function send(asks, expected) {
  const before = requests.filter(isCall).length
  await page.locator('#send').click()
  if (asks) {
    await page.locator('#ask[open]').waitFor()
    assert.equal(requests.filter(isCall).length, before)
    await page.locator('#ask-yes').click()
  }
  await status.getByText(expected).waitFor()
}

// No secret is in the page, its address or a storage.
async function holdsNo(secret) {
  const found = await page.evaluate((text) => {
    const stored = JSON.stringify([{ ...localStorage }, { ...sessionStorage }])
    const values = [...document.querySelectorAll('input, textarea')].map((field) => field.value)
    return [document.documentElement.outerHTML, location.href, stored, ...values].some((part) => part.includes(text))
  }, secret)
  assert.equal(found, false)
}

// Each method with one credential. A secret that an answer has is in that answer alone.
async function everyMethod(credential, secret) {
  const kinds = await served(origin)
  // This server has no record proxy: the table of its methods is in tests/record_proxy/access.rs.
  const here = [...kinds.keys()].filter((nsid) => !nsid.startsWith('dev.cocore.proxy.'))
  assert.deepEqual(here.sort(), Object.keys(cases).sort(), 'each method has a case')
  for (const group of [account, apikey, unauthenticated]) {
    const known = { name: `by ${credential}`, did, credential: secret ? 'apiKey' : 'session' }
    for (const [nsid, { check }] of Object.entries(group)) {
      await page.goto(`${origin}/lexicons/${nsid}/try`)
      if (known.secret) assert.ok(!(await page.content()).includes(known.secret))
      await page.getByLabel(credential).check()
      if (secret) await page.locator('#key').fill(secret)
      await fill(page, nsid, known)
      await send(kinds.get(nsid) === 'procedure', '200 OK')
      const answer = await body()
      check(answer, known)
      if (secret) await holdsNo(secret)
      if (!answer.secret) continue
      known.secret = answer.secret
      await isInAnswerAlone(known.secret)
      if (shots) await page.screenshot({ path: `${shots}/secret-${nsid}.png`, fullPage: true })
    }
    // It is sent nowhere.
    if (known.secret) assert.ok(!requests.some((request) => (request.url() + request.postData()).includes(known.secret)))
  }
  seen(`every method with: ${credential}`)
}

// The key that was typed is used again until it is forgotten or the page is left.
async function keyInMemory(secret) {
  await visit('listApiKeys')
  await page.getByLabel('Key or token').check()
  await page.locator('#key').fill(secret)
  await send(false, '200 OK')
  await send(false, '200 OK')
  await page.locator('#held').waitFor()
  // As if the page were left, and shown again as it was.
  await page.evaluate(() => dispatchEvent(new Event('pagehide')))
  assert.equal(await page.locator('#answer-body').textContent(), '')
  await page.locator('#send').click()
  await page.getByText('Enter a key').waitFor()
  await page.locator('#key').fill(secret)
  await send(false, '200 OK')
  await button('Forget it').click()
  await page.locator('#send').click()
  await page.getByText('Enter a key').waitFor()
  seen('a key in memory')
}

// An answer may have a secret, and it is gone when the page is left.
async function isInAnswerAlone(secret) {
  const inAnswer = () => page.locator('#answer-body').textContent()
  assert.ok((await inAnswer()).includes(secret))
  const whole = await page.content()
  assert.equal(whole.split(secret).length, 2)
  await page.evaluate(() => dispatchEvent(new Event('pagehide')))
  await holdsNo(secret)
}

async function run() {
  await visit('listApiKeys')
  await send(false, /401 .*You are not signed in/)
  assert.equal((await body()).error, 'AuthRequired')
  seen('a session that is none')
  await page.goto(link)
  await page.getByRole('link', { name: 'API', exact: true }).click()
  await page.getByRole('link', { name: 'createApiKey' }).click()
  await page.getByRole('link', { name: 'Try it' }).click()
  await page.getByRole('heading', { name: 'Answer' }).waitFor()
  seen('the console leads to the page')
  await look('try-procedure')
  await everyMethod('Session of this browser')
  await everyMethod('Key or token', key)
  await keyInMemory(key)
  await visit('listApiKeys')
  await send(false, '200 OK')
  await look('try-answer')

  await visit('createApiKey')
  await page.getByRole('button', { name: 'All members' }).click()
  assert.deepEqual(Object.keys(JSON.parse(await page.locator('#input').inputValue())).sort(), ['expiresAt', 'name'])
  assert.equal(await page.locator('#violations').textContent(), '')
  await page.locator('#input').fill('{"name": "", "expiresAt": "soon"}')
  await page.locator('#violations').getByText('input/name').waitFor()
  await page.locator('#violations').getByText('input/expiresAt').waitFor()
  await look('try-violations')
  await page.locator('#send').click()
  await page.locator('#ask[open]').getByText('input/name').waitFor()
  await look('try-ask')
  const before = requests.filter(isCall).length
  await page.keyboard.press('Escape')
  await page.locator('#ask').waitFor({ state: 'hidden' })
  assert.equal(requests.filter(isCall).length, before)
  seen('violations are shown before the request, which Esc cancels')
  await send(true, /^400 /)
  assert.equal((await body()).error, 'InvalidRequest')
  await page.locator('#answer-headers summary').click()
  await page.locator('#answer-headers').getByText('x-request-id', { exact: true }).waitFor()
  seen('an invalid request is sent if that is wanted, and its answer is shown with the headers')
  await page.locator('#input').fill('{"name": ')
  await page.locator('#violations').getByText('malformed JSON').waitFor()
  seen('malformed JSON is reported')

  await everyExample({ page, origin, key, did })
  await page.getByRole('tab', { name: 'Rust' }).press('ArrowLeft')
  assert.match(await page.locator('#code').textContent(), /^const response/)
  seen('the same call as code, which runs')

  await visit('listApiKeys')
  await page.getByLabel('Another server').check()
  assert.equal(await page.getByLabel('Session of this browser').isVisible(), false)
  for (const wrong of ['', 'service', 'http://service.example.com', 'https://user:word@service.example.com']) {
    await page.getByLabel('Base URL').fill(wrong)
    await page.locator('#key').fill(otherKey)
    await page.locator('#send').click()
    await page.getByText('Enter the base URL of a server').waitFor()
  }
  await page.getByLabel('Base URL').fill(`${other}/`)
  await send(false, '200 OK')
  assert.equal((await body()).keys.length, 1)
  const [call] = requests.filter((request) => request.url().startsWith(`${other}/xrpc/`)).slice(-1)
  const headers = await call.allHeaders()
  assert.equal(headers.cookie, undefined)
  assert.equal(headers.referer, undefined)
  assert.equal(headers.authorization, `Bearer ${otherKey}`)
  await holdsNo(otherKey)
  await look('try-other')
  // The key that was typed for one server is not sent to another one.
  await page.getByLabel('This server').check()
  const sent = requests.filter(isCall).length
  await page.locator('#send').click()
  await page.getByText('Enter a key').waitFor()
  assert.equal(requests.filter(isCall).length, sent)
  await page.getByLabel('Another server').check()
  await page.locator('#held').waitFor()
  seen('another server, without the cookie of this one, and each with its own key')
  await page.getByLabel('Base URL').fill('http://127.0.0.1:9')
  await page.getByLabel('None').check()
  await page.locator('#send').click()
  await status.getByText('did not respond').waitFor()
  problems.splice(0, problems.length, ...problems.filter((text) => !text.includes('ERR_')))
  seen('a server that does not respond')

  await page.goto(`${origin}/lexicons/com.atproto.lexicon.resolveLexicon/try`)
  await page.getByLabel('None').check()
  await page.locator('#send').click()
  await page.locator('#ask[open]').getByText('params').waitFor()
  await page.locator('#ask-no').click()
  await page.getByLabel(/^nsid/).fill('dev.cocore.account.defs')
  await send(false, '200 OK')
  assert.equal((await body()).schema.id, 'dev.cocore.account.defs')
  await look('try-query')
  seen('a query with parameters')

  // With the keyboard only.
  await visit('revokeApiKey')
  await page.locator('body').focus()
  await tabTo('input')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('{"id": "none"}')
  await tabTo('send')
  await page.keyboard.press('Enter')
  await page.locator('#ask[open]').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'ask-no')
  await tabTo('ask-yes')
  await page.keyboard.press('Enter')
  await status.getByText('200 OK').waitFor()
  assert.deepEqual(await body(), { revoked: false })
  seen('a method is called by keyboard only')

  const own = requests.filter((request) => ![origin, other, 'http://127.0.0.1:9'].includes(new URL(request.url()).origin))
  assert.deepEqual(own.map((request) => request.url()), [])
  assert.deepEqual(problems, [])
  seen('no errors, and no requests but to the servers that were named')
}

async function tabTo(id) {
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab')
    if ((await page.evaluate(() => document.activeElement?.id)) === id) return
  }
  assert.fail(`the keyboard does not reach ${id}`)
}

try {
  await run()
} catch (error) {
  console.error(error)
  console.error({ problems })
  if (shots) await page.screenshot({ path: `${shots}/failed.png` })
  process.exitCode = 1
} finally {
  await browser.close()
}
