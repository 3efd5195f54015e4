// Drives the page of a key as a person would: node console-key.mjs LINK [SCREENSHOTS]
import assert from 'node:assert/strict'
import { callFromPage, dialog, failing, inDialog, notice, row } from './console-page.mjs'
import { button, link, look, origin, page, problems, run, seen, tabTo } from './page.mjs'

const key = page.locator('#key')
const secretField = page.locator('#secret')
const name = page.getByLabel('Name', { exact: true })
const scopes = page.getByLabel('Scopes', { exact: true })
const list = page.locator('#list[aria-busy=false]')
const HOUR = 3600e3

// Calls a method of the keys with a key. Returns the status and the answer.
async function withKey(secret, method, body) {
  const response = await fetch(`${origin}/xrpc/dev.cocore.apikey.${method}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', 'user-agent': 'build-agent/1.0' },
    body: body && JSON.stringify(body),
  })
  return { status: response.status, answer: await response.json() }
}
const works = async (secret) => (await withKey(secret, 'whoAmI')).status === 200

// Calls a method of the keys from the page.
const api = (method, body) => callFromPage('APIKEY', method, body)

const idOf = () => page.evaluate(() => location.pathname.split('/')[2])
const open = async (name) => {
  await page.goto(origin)
  await page.getByRole('link', { name, exact: true }).click()
  await key.getByRole('heading', { name, level: 1, exact: true }).waitFor()
}

// Stores the secret that is shown.
async function store() {
  await secretField.waitFor()
  const secret = await secretField.inputValue()
  assert.match(secret, /^cocore-[\w-]{43}$/)
  await inDialog('I have stored it').click()
  return secret
}

async function create() {
  await button('Create your first key').click()
  await name.fill('build agent')
  await page.getByText('Read API keys', { exact: true }).click()
  assert.match(await scopes.inputValue(), /^include:dev\.cocore\.apikey\.authRead\?aud=did:web:.*%23cocore_account$/)
  await page.getByText('Manage API keys', { exact: true }).click()
  assert.match(await scopes.inputValue(), /^include:dev\.cocore\.apikey\.authManage\?aud=/)
  await look('create-scopes')
  const offered = await scopes.inputValue()
  await page.getByLabel(/^Note/).fill('Runs on the build machine.\nAsk Carol before you change it.')
  await failing(async () => {
    await scopes.fill(`${offered}\nrepo:com.example.*`)
    await page.locator('#create-submit').click()
    await dialog.getByText(/^Invalid scope `repo:com\.example\.\*`/).waitFor()
    await look('create-invalid-scope')
    await scopes.fill('')
    await page.locator('#create-submit').click()
    await dialog.getByText(/at least one scope/).waitFor()
  })
  await scopes.fill(offered)
  await page.locator('#create-submit').click()
  const secret = await store()
  const { status, answer } = await withKey(secret, 'whoAmI')
  assert.equal(status, 200)
  assert.ok(answer.scopes.length === 1 && answer.scopes[0].includes('createKey'), JSON.stringify(answer))
  seen('a key is created for a purpose, which is stored as scopes')
  return secret
}

async function details(secret) {
  const child = await withKey(secret, 'createKey', { name: 'deploy step' })
  assert.equal(child.status, 200)
  const grandchild = await withKey(child.answer.secret, 'createKey', { name: 'smoke test' })
  assert.equal(grandchild.status, 200)
  await open('build agent')
  assert.equal(await key.locator('[data-field=id]').textContent(), await idOf())
  await key.getByRole('button', { name: 'Copy the id' }).click()
  await page.waitForFunction(async (id) => (await navigator.clipboard.readText()) === id, await idOf())
  await key.getByText(/^Create keys, change keys, .* on this server\.$/).waitFor()
  await key.getByText('Ask Carol before you change it.').waitFor()
  const related = key.getByRole('region', { name: 'Related keys' })
  for (const name of ['deploy step', 'smoke test']) await related.getByRole('link', { name, exact: true }).waitFor()
  const history = key.getByRole('region', { name: 'History' })
  await history.getByText(/^by a session of the console, from 127\.0\.0\.1, with .*Chrom/).waitFor()
  await look('key')
  seen('the page of a key shows its id, note, scopes, descendants and history')
  await related.getByRole('link', { name: 'deploy step', exact: true }).click()
  await key.getByRole('heading', { name: 'deploy step', level: 1 }).waitFor()
  await history.getByText(/by the key build agent .*, from 127\.0\.0\.1, with build-agent\/1\.0/).waitFor()
  await related.getByRole('link', { name: 'build agent', exact: true }).click()
  await key.getByRole('heading', { name: 'build agent', level: 1 }).waitFor()
  seen('related keys are linked in both directions')
  return [child.answer.secret, grandchild.answer.secret]
}

async function edit() {
  await key.getByRole('button', { name: 'Edit' }).click()
  assert.equal(await name.inputValue(), 'build agent')
  await look('edit')
  await name.fill('é'.repeat(51))
  await inDialog('Save').click()
  await dialog.getByText(/at most 100/).waitFor()
  await name.fill('builder <1>')
  await page.getByLabel(/^Note/).fill('')
  await dialog.getByLabel('30 days').check()
  await inDialog('Save').click()
  await notice.getByText('The key is saved.').waitFor()
  await key.getByRole('heading', { name: 'builder <1>', level: 1 }).waitFor()
  assert.match(await page.title(), /^builder <1>/)
  assert.equal(await key.locator('.note').count(), 0)
  await key.getByText('Changed', { exact: true }).waitFor()
  const { key: changed } = await api(`getKey?id=${await idOf()}`)
  const days = (Date.parse(changed.expiresAt) - Date.now()) / (24 * HOUR)
  assert.ok(Math.abs(days - 30) < 0.1 && !changed.note, JSON.stringify(changed))
  assert.equal(await page.evaluate(() => document.activeElement.dataset.act), 'edit')
  seen('name, note and expiry are changed')
}

async function narrow(secret) {
  await key.getByRole('button', { name: 'Narrow' }).click()
  assert.match(await scopes.inputValue(), /createKey/)
  await look('narrow')
  await failing(async () => {
    await scopes.fill('rpc:com.example.get?aud=*')
    await inDialog('Narrow').click()
    await dialog.getByText(/^rpc:com\.example\.get.* can only be made narrower\.$/).waitFor()
  })
  await dialog.getByText('Everything', { exact: true }).click()
  await inDialog('Narrow').click()
  await dialog.getByText('Choose less than everything.').waitFor()
  await dialog.getByText('Read API keys', { exact: true }).click()
  await inDialog('Narrow').click()
  await key.getByText(/^Read keys, read the history of keys, read the usage of keys and read what it may do itself on this server\.$/).waitFor()
  assert.equal((await withKey(secret, 'createKey', { name: 'no' })).status, 403)
  assert.ok(await works(secret))
  seen('scopes are made narrower, and never wider')
}

async function rotate(secret) {
  const old = await idOf()
  await key.getByRole('button', { name: 'Rotate' }).click()
  await dialog.getByText('Requests with the old key will be rejected at once.').waitFor()
  await dialog.getByLabel('1 day', { exact: true }).check()
  await dialog.getByText(/works until/).waitFor()
  await look('rotate')
  // The answer to the first request is lost: the second one has the same secret.
  await failing(async () => {
    const url = `${origin}/xrpc/dev.cocore.apikey.rotateKey`
    await page.route(url, async (route) => {
      await route.fetch()
      await route.abort('connectionreset')
    })
    await inDialog('Rotate').click()
    await dialog.getByText(/may have been rotated anyway/).waitFor()
    await page.unroute(url)
    await inDialog('Try again').click()
    await secretField.waitFor()
  })
  const replacement = await store()
  await page.waitForURL((url) => url.pathname !== `/keys/${old}`)
  assert.ok((await works(secret)) && (await works(replacement)))
  const { key: fresh } = await api(`getKey?id=${await idOf()}`)
  assert.equal(fresh.replaces, old)
  const related = key.getByRole('region', { name: 'Related keys' })
  await related.getByText('Replaces').waitFor()
  await page.goto(`${origin}/keys/${old}`)
  await page.getByText(/^Replaced by .* Until it expires, both keys work\.$/).waitFor()
  assert.equal(await key.getByRole('button', { name: /Edit|Rotate|Narrow/ }).count(), 0)
  const { key: replaced } = await api(`getKey?id=${old}`)
  const hours = (Date.parse(replaced.expiresAt) - Date.now()) / HOUR
  assert.ok(hours > 23.9 && hours <= 24, String(hours))
  await look('replaced')
  seen('a key is rotated with a grace period; a lost answer is repeated')
  await key.locator('.notice').getByRole('link').click()
  await page.waitForURL(`${origin}/keys/${fresh.id}`)
  return replacement
}

async function cascade(secrets) {
  await key.getByRole('button', { name: 'Revoke' }).click()
  // The replaced key, and what that has created.
  await dialog.getByText('This key and all keys that it created: 3 keys').click()
  for (const name of ['builder <1>', 'deploy step', 'smoke test']) await dialog.locator('li').getByText(name, { exact: true }).waitFor()
  await look('cascade')
  await inDialog('Cancel').click()
  for (const secret of secrets) assert.ok(await works(secret))
  await key.getByRole('button', { name: 'Revoke' }).click()
  await failing(async () => {
    const url = `${origin}/xrpc/dev.cocore.apikey.revokeKey`
    await page.route(url, (route) => route.fulfill({ status: 503, json: { error: 'ServiceUnavailable', message: 'the database is unavailable' } }))
    await dialog.getByText('This key and all keys that it created: 3 keys').click()
    await inDialog('Revoke').click()
    await dialog.getByText('The database is unavailable.').waitFor()
    await page.unroute(url)
    await inDialog('Try again').click()
  })
  await notice.getByText('4 keys are revoked.').waitFor()
  for (const secret of secrets) assert.equal(await works(secret), false)
  await key.getByText('Revoked', { exact: true }).first().waitFor()
  assert.equal(await key.getByRole('button', { name: 'Revoke' }).count(), 0)
  await look('revoked')
  seen('a key is revoked with all that descend from it, which are named')
}

async function only() {
  await page.goto(origin)
  const { secret } = await api('createKey', { name: 'parent' })
  const child = await withKey(secret, 'createKey', { name: 'child' })
  await open('parent')
  // With the keyboard only.
  await page.locator('body').focus()
  await tabTo('Revoke')
  await page.keyboard.press('Enter')
  await dialog.getByText('Only this key').waitFor()
  await tabTo('Revoke')
  await page.keyboard.press('Enter')
  await notice.getByText('“parent” is revoked.').waitFor()
  assert.ok(!(await works(secret)) && (await works(child.answer.secret)))
  await key.getByRole('button', { name: 'Revoke what it created' }).click()
  await dialog.getByText('All keys that it created: 1 key').waitFor()
  await inDialog('Revoke').click()
  await notice.getByText('1 key is revoked.').waitFor()
  assert.equal(await works(child.answer.secret), false)
  seen('a key is revoked by keyboard only, and later what it created')

  // Through a deleted key, the page does not know who created what.
  const { secret: ancestor } = await api('createKey', { name: 'ancestor' })
  const between = await withKey(ancestor, 'createKey', { name: 'between' })
  await withKey(between.answer.secret, 'createKey', { name: 'far away' })
  await api('deleteKey', { id: between.answer.key.id })
  await open('ancestor')
  await key.getByRole('heading', { name: 'Keys that may descend from it' }).waitFor()
  await key.getByRole('button', { name: 'Delete' }).click()
  await look('delete')
  await inDialog('Delete').click()
  await page.waitForURL(`${origin}/`)
  await row('far away').waitFor()
  assert.equal(await row('ancestor').count(), 0)
  const answer = await page.goto(`${origin}/keys/${between.answer.key.id}`)
  assert.equal(answer.status(), 404)
  problems.length = 0
  seen('a deleted key has no page')
}

async function pages() {
  await page.goto(origin)
  for (let number = 0; number < 55; number += 1) await api('createKey', { name: `many ${number}` })
  await page.goto(origin)
  const search = page.getByLabel('Search')
  const links = page.getByRole('navigation', { name: 'Pages' })
  await search.fill('MANY')
  await list.waitFor()
  assert.equal(await page.locator('#rows tr').count(), 50)
  await look('first-page')
  await links.getByRole('link', { name: 'Older keys' }).click()
  await row('many 0').waitFor()
  const address = await page.evaluate(() => location.search)
  assert.match(address, /^\?q=MANY&cursor=[\w-]+$/)
  assert.equal(await page.locator('#rows tr').count(), 5)
  await page.reload()
  assert.equal(await page.locator('#rows tr').count(), 5)
  assert.equal(await search.inputValue(), 'MANY')
  await row('many 0').getByRole('button', { name: /^Revoke/ }).click()
  await inDialog('Revoke').click()
  await row('many 0').getByText('Revoked').first().waitFor()
  assert.equal(await page.locator('#rows tr').count(), 5)
  await look('last-page')
  await links.getByRole('link', { name: 'Newest keys' }).click()
  await row('many 54').waitFor()
  assert.equal(await page.evaluate(() => location.search), '?q=MANY')
  await page.goBack()
  await row('many 0').waitFor()
  assert.equal(await page.evaluate(() => location.search), address)
  await page.getByLabel('Status').selectOption('revoked')
  await list.waitFor()
  assert.equal(await page.evaluate(() => location.search), '?q=MANY&status=revoked')
  assert.deepEqual(await page.locator('#rows .name').allTextContents(), ['many 0'])
  const { keys } = await api('listKeys?q=many+7')
  await page.getByLabel('Status').selectOption('')
  await search.fill(keys[0].id)
  await list.waitFor()
  assert.deepEqual(await page.locator('#rows .name').allTextContents(), ['many 7'])
  seen('the list is paged and filtered by the server, and its address is restored')

  await search.fill('')
  await list.waitFor()
  await button('Revoke all').click()
  await dialog.getByRole('heading', { name: /^Revoke 5\d keys\?$/ }).waitFor()
  await inDialog('Cancel').click()
  seen('the actions on all keys count those of every page')
}

async function withoutScripts() {
  const context = await page.context().browser().newContext({ javaScriptEnabled: false })
  await context.addCookies(await page.context().cookies())
  const plain = await context.newPage()
  await plain.goto(origin)
  await plain.getByLabel('Search').fill('many')
  await plain.getByLabel('Status').selectOption('active')
  await plain.getByRole('button', { name: 'Search', exact: true }).click()
  assert.equal(await plain.locator('#rows tr').count(), 50)
  await plain.getByRole('link', { name: 'Older keys' }).click()
  assert.match(plain.url(), /\?q=many&status=active&cursor=/)
  await plain.getByRole('link', { name: 'many 1', exact: true }).click()
  await plain.getByRole('heading', { name: 'many 1', level: 1 }).waitFor()
  assert.equal(await plain.locator('#key button:visible').count(), 0)
  await context.close()
  seen('without JavaScript, the list is searched and paged, and keys are shown')
}

await run(async () => {
  await page.goto(link)
  const secret = await create()
  const [child, grandchild] = await details(secret)
  await edit()
  await narrow(secret)
  const replacement = await rotate(secret)
  await cascade([secret, child, grandchild, replacement])
  await only()
  await pages()
  await withoutScripts()
})
