// Drives the list of keys as a person with many keys would: node console-list.mjs LINK [SCREENSHOTS]
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { callFromPage, dialog, failing, inDialog, notice, row } from './console-page.mjs'
import { button, context, link, look, origin, page, run, seen, shots } from './page.mjs'

const search = page.getByLabel('Search')
const banner = page.locator('#offline')
const pick = (name) => row(name).getByRole('checkbox').check()
const HEBREW = 'מפתח של שרת (2)'
const ARABIC = 'مفتاح الخادم!'
// Its characters would turn what follows around, and end every isolation.
const HOSTILE = 'a\u2069\u202e b\u2067 c'

// Calls a method of the account from the page.
const api = (method, body) => callFromPage('XRPC', method, body)
const create = async (name, expiresAt) => api('createApiKey', { name, expiresAt })
const later = (days) => new Date(Date.now() + days * 24 * 3600e3).toISOString()

// Answers requests for a path with 503, or with nothing, for the bodies that contain a text.
async function broken(path, answer, text = '') {
  const url = `${origin}${path}`
  await page.route(url, (route) => {
    if (!(route.request().postData() ?? '').includes(text)) return route.continue()
    if (answer === 'nothing') return route.abort('connectionrefused')
    return route.fulfill({ status: 503, json: { error: 'ServiceUnavailable', message: 'the database is unavailable' } })
  })
  return () => page.unroute(url)
}
const method = (name) => `/xrpc/dev.cocore.account.${name}`
const keyMethod = (name) => `/xrpc/dev.cocore.apikey.${name}`
const LIST = `${keyMethod('listKeys')}*`

// Waits until the list shows what the fields ask for.
const listed = () => page.locator('#list[aria-busy=false]').waitFor()
async function searchFor(text) {
  await search.fill(text)
  await listed()
}

// The query of the page's address. `page.url()` may be older.
const query = () => page.evaluate(() => location.search)

async function ids(keys) {
  for (const { key } of keys) {
    await row(key.name).locator('[data-field=id]').getByText(key.id, { exact: true }).waitFor()
    await row(key.name).getByRole('button', { name: /^Copy the id/ }).click()
    await page.locator('#copied').getByText('The id is copied.').waitFor({ state: 'attached' })
    await page.waitForFunction(async (id) => (await navigator.clipboard.readText()) === id, key.id)
  }
  seen('the id of a key is copied')
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error('denied'))
  })
  await row(keys[0].key.name).getByRole('button', { name: /^Copy the id/ }).click()
  await notice.getByText(/is selected: copy it/).waitFor()
  assert.equal(await page.evaluate(() => getSelection().toString()), keys[0].key.id)
  seen('the id is selected where there is no clipboard')
}

async function statuses() {
  const file = new URL('../../crates/cocore-console/src/status_cases.txt', import.meta.url)
  const cases = fs.readFileSync(file, 'utf8').trim().split('\n').slice(1).map((line) => line.split(' '))
  assert.ok(cases.length >= 10)
  const found = await page.evaluate(async (cases) => {
    const { status } = await import('/assets/time.js')
    const time = (text) => (text === '-' ? undefined : text)
    return cases.map(([now, createdAt, expiresAt, revokedAt]) =>
      status({ createdAt, expiresAt: time(expiresAt), revokedAt: time(revokedAt) }, Date.parse(now)),
    )
  }, cases)
  assert.deepEqual(found, cases.map((fields) => fields[4]))
  seen('a key expires soon within a tenth of its life')
}

// The horizontal places of the parts of a heading, in the order of its text.
const places = (selector) =>
  page.locator(selector).evaluate((heading) => {
    const range = document.createRange()
    return [...heading.childNodes].map((node) => {
      range.selectNodeContents(node)
      const { left, right } = node instanceof Element ? node.getBoundingClientRect() : range.getBoundingClientRect()
      return [left, right]
    })
  })

async function scripts() {
  const starts = await page.locator('#rows .name').evaluateAll((names) =>
    names.map((name) => {
      const range = document.createRange()
      range.selectNodeContents(name)
      return Math.round(Math.min(...[...range.getClientRects()].map((rect) => rect.left)))
    }),
  )
  assert.ok(starts.length >= 6 && starts.every((start) => Math.abs(start - starts[0]) <= 2), String(starts))
  for (const name of [HEBREW, ARABIC, 'a\u2069']) {
    await row(name).getByRole('button', { name: /^Revoke/ }).click()
    const parts = await places('#confirm-title')
    assert.ok(parts.length >= 3)
    for (const [at, [left]] of parts.entries()) {
      if (at) assert.ok(left >= parts[at - 1][1] - 1, `${name}: ${JSON.stringify(parts)}`)
    }
    if (name === HEBREW) await look('right-to-left')
    await inDialog('Cancel').click()
  }
  seen('names of every script begin where the column begins, and leave the text around them in order')
}

// The list fits at every width, with the longest times and statuses.
async function widths() {
  const day = 24 * 3600e3
  const ago = (days) => new Date(Date.now() - days * day).toISOString()
  const url = `${origin}${LIST}`
  await page.route(url, async (route) => {
    const response = await route.fetch()
    const { keys } = await response.json()
    for (const [number, key] of keys.entries()) {
      Object.assign(key, { createdAt: ago(330), lastUsedAt: ago(0.03), expiresAt: ago(number % 2 ? -330 : -6.5) })
      if (number % 3 === 0) key.revokedAt = ago(0.03)
    }
    await route.fulfill({ json: { keys } })
  })
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await page.locator('.badge', { hasText: 'Expires soon' }).first().waitFor()
  for (const width of [320, 390, 600, 768, 1000, 1216, 1217, 1280, 1600]) {
    await page.setViewportSize({ width, height: 800 })
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(wide <= 0, `the list scrolls sideways at ${width}`)
    if (shots) await page.screenshot({ path: `${shots}/width-${width}.png` })
  }
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.unroute(url)
  await page.reload()
  seen('the list fits at every width')
}

async function address(secret) {
  const first = await page.locator('#rows .name').first().textContent()
  await searchFor('e')
  await page.getByLabel('Status').selectOption('active')
  await listed()
  await button('Name').click()
  await button('Name').click()
  const shown = await page.locator('#rows .name').allTextContents()
  assert.equal(await query(), '?q=e&status=active&sort=name')
  await page.reload()
  assert.deepEqual(await page.locator('#rows .name').allTextContents(), shown)
  assert.deepEqual([await search.inputValue(), await page.getByLabel('Status').inputValue()], ['e', 'active'])
  await page.locator('th[data-sort=name][aria-sort=descending]').waitFor()
  seen('search and order are in the address, and restored from it')

  const isClean = (url) => !String(url).toUpperCase().includes(secret.slice(16).toUpperCase())
  for (const text of [secret, `Bearer ${secret}`, secret.slice(7), secret.toUpperCase(), `x${secret}`]) {
    await search.fill(text)
    assert.ok(isClean(await query()), await query())
    await page.goto(`${origin}/?q=${encodeURIComponent(text)}`)
    await page.waitForURL(isClean)
    // The text is a prefix of the key in lower case only.
    if (text !== secret.toUpperCase()) await row('build runner').waitFor()
  }
  await searchFor(secret)
  await page.waitForFunction(() => document.querySelectorAll('#rows tr').length === 1)
  await row('build runner').waitFor()
  seen('a whole key finds itself, and is never in the address')

  await page.goto(`${origin}/?q=${'y'.repeat(8000)}&status=nothing&sort=__proto__&order=up&other=${'z'.repeat(2000)}`)
  await page.waitForURL((url) => url.search === '')
  assert.equal(await page.locator('#rows .name').first().textContent(), first)
  await searchFor('ab cd '.repeat(2000))
  assert.match(await query(), /^\?q=ab.{90,120}$/)
  await button('Clear search').click()
  await listed()
  assert.equal(await query(), '')
  seen('the address is bounded')
}

async function bulk() {
  const names = ['one', 'two', 'three', 'four'].map((name) => `bulk ${name}`)
  for (const name of names) await create(name)
  await page.reload()
  await searchFor('bulk')
  await pick('bulk one')
  await searchFor('bulk t')
  assert.equal(await page.locator('#selected').isVisible(), false)
  seen('a key that is not shown is not selected')
  await searchFor('bulk')
  await page.getByLabel('Select all').check()
  await row('bulk four').getByRole('checkbox').uncheck()
  await look('selected')
  const key = (name) => row(name).locator('[data-field=id]').textContent()
  const [two, three] = [await key('bulk two'), await key('bulk three')]
  await failing(async () => {
    const mend = await broken(method('revokeApiKey'), '503', two)
    await button('Revoke 3').click()
    await dialog.getByRole('heading', { name: 'Revoke 3 keys?' }).waitFor()
    await inDialog('Revoke 3 keys').click()
    const failed = dialog.locator('li')
    await failed.getByText('bulk two').waitFor()
    assert.deepEqual(await failed.allTextContents(), ['“bulk two”: The database is unavailable.'])
    await dialog.getByText('2 of 3 keys are revoked.').waitFor()
    await look('bulk-failed')
    await mend()
    const cut = await broken(method('revokeApiKey'), 'nothing', two)
    await inDialog('Try again').click()
    await failed.getByText(/did not respond/).waitFor()
    await cut()
    await inDialog('Try again').click()
    await notice.getByText('3 keys are revoked.').waitFor()
  })
  for (const name of names) {
    const status = await row(name).getAttribute('data-status')
    assert.equal(status, name === 'bulk four' ? 'active' : 'revoked', name)
  }
  seen('several keys are revoked after one confirmation; the one that failed is named, and tried again')

  await page.getByLabel('Select all').check()
  assert.equal(await button('Revoke 1').isVisible(), true)
  await failing(async () => {
    const mend = await broken(method('deleteApiKey'), '503', three)
    await button('Delete 4').click()
    await dialog.getByText('1 of them is active.').waitFor()
    await inDialog('Delete 4 keys').click()
    await dialog.locator('li').getByText('bulk three').waitFor()
    await mend()
  })
  await inDialog('Close').click()
  await row('bulk one').waitFor({ state: 'detached' })
  assert.equal(await page.locator('#rows tr').count(), 1)
  await notice.getByText('3 of 4 keys are deleted.').waitFor()
  seen('several keys are deleted; what failed stays')

  await searchFor('')
  const active = await page.locator('#rows tr[data-status=active]').count()
  await button('Clean up').click()
  await dialog.getByRole('heading', { name: /^Delete \d+ keys?\?$/ }).waitFor()
  await dialog.getByRole('button', { name: /^Delete/ }).click()
  await page.waitForFunction(() => !document.querySelector('#rows tr:is([data-status=revoked], [data-status=expired])'))
  assert.equal(await page.locator('#rows tr').count(), active)
  assert.equal(await button('Clean up').isVisible(), false)
  seen('expired and revoked keys are deleted at once')
}

async function again() {
  await button('Create key').click()
  const name = page.getByLabel('Name', { exact: true })
  const submit = page.locator('#create-submit')
  await name.fill(HEBREW)
  await page.getByLabel('30 days').check()
  await failing(async () => {
    for (const answer of ['503', 'nothing']) {
      const mend = await broken(keyMethod('createKey'), answer)
      await submit.click()
      await dialog.getByText(answer === '503' ? 'The database is unavailable.' : /may have been created/).waitFor()
      assert.equal(await submit.textContent(), 'Try again')
      if (answer === 'nothing') await look('create-failed')
      await mend()
    }
    const url = `${origin}${keyMethod('createKey')}`
    await page.route(url, (route) => route.fulfill({ status: 401, json: { error: 'AuthRequired' } }))
    await submit.click()
    const link = dialog.getByRole('link', { name: 'Sign in again in a new tab' })
    assert.equal(await link.getAttribute('target'), '_blank')
    await page.unroute(url)
  })
  assert.equal(await name.inputValue(), HEBREW)
  assert.equal(await page.locator('[name=expiry]:checked').inputValue(), '30')
  await submit.click()
  await page.locator('#secret').waitFor()
  await snippets()
  await inDialog('I have stored it').click()
  await notice.getByText(`Created “${HEBREW}”`).waitFor()
  const { keys } = await api('listApiKeys')
  const days = (Date.parse(keys[0].expiresAt) - Date.parse(keys[0].createdAt)) / (24 * 3600e3)
  assert.ok(Math.abs(days - 30) < 0.1, String(days))
  seen('what was typed is still there when a failed creation is tried again')

  await failing(async () => {
    const mend = await broken(LIST, '503')
    await row('build runner').getByRole('button', { name: /^Revoke/ }).click()
    await inDialog('Revoke').click()
    await notice.getByText('The database is unavailable.').waitFor()
    await look('list-failed')
    await mend()
  })
  await notice.getByRole('button', { name: 'Try again' }).click()
  await row('build runner').getByText('Revoked').first().waitFor()
  await notice.getByText(/is revoked/).waitFor()
  seen('a list that failed to load is loaded again')
}

// Each snippet fits into its box, and its lines are not wrapped where there is room.
async function snippets() {
  for (const width of [1280, 390, 320]) {
    await page.setViewportSize({ width, height: 800 })
    for (const tab of await dialog.getByRole('tab').all()) {
      await tab.click()
      const fits = await page.locator('#snippet pre').evaluate((box) => {
        const line = Number.parseFloat(getComputedStyle(box).lineHeight)
        const code = box.firstElementChild
        const outer = box.closest('dialog').getBoundingClientRect()
        return {
          wraps: code.getBoundingClientRect().height > line * (code.textContent.trimEnd().split('\n').length + 0.5),
          overflows: box.scrollWidth > box.clientWidth || box.getBoundingClientRect().right > outer.right,
          scrolls: box.closest('dialog').scrollWidth > box.closest('dialog').clientWidth,
        }
      })
      const name = `${await tab.textContent()} at ${width}`
      assert.deepEqual(fits, { wraps: width < 1000 && fits.wraps, overflows: false, scrolls: false }, name)
      if (shots) await page.screenshot({ path: `${shots}/snippet-${await tab.textContent()}-${width}.png` })
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 })
  seen('each snippet fits')
}

async function offline() {
  await failing(async () => {
    await context.setOffline(true)
    await banner.waitFor()
    await look('offline')
    await context.setOffline(false)
    await banner.waitFor({ state: 'hidden' })
    seen('the banner is shown while the browser is offline')

    // The browser has a network, but the server does not respond.
    const mends = [await broken('/xrpc/**', 'nothing'), await broken('/livez', 'nothing'), await broken('/console/**', 'nothing')]
    await button('Sign out').click()
    await banner.waitFor()
    await notice.getByText(/did not respond/).waitFor()
    await create('meanwhile').catch(() => {})
    await banner.getByRole('button', { name: 'Try again' }).click()
    await banner.waitFor()
    for (const mend of mends) await mend()
    await banner.waitFor({ state: 'hidden' })
    await notice.getByText(/did not respond/).waitFor({ state: 'detached' })
  })
  seen('the banner is gone when the server responds again')
}

await run(async () => {
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`refused by the policy: ${event.blockedURI}`))
  })
  await page.goto(origin)
  const { version } = await (await fetch(`${origin}/livez`)).json()
  const footer = page.locator('footer')
  assert.match(await footer.textContent(), new RegExp(`cocore-server ${version}`))
  await page.goto(link)
  assert.match(await footer.textContent(), new RegExp(`cocore-server ${version}`))
  seen('the footer has the version')

  const keys = []
  for (const name of ['build runner', HEBREW, ARABIC, HOSTILE, 'deploy '.repeat(14).trim(), 'w'.repeat(100)]) keys.push(await create(name))
  keys.push(await create('expires tomorrow', later(1)), await create('billing export', later(300)))
  await api('revokeApiKey', { id: keys.at(-1).key.id })
  await page.reload()
  await look('list')
  await ids(keys.slice(0, 2))
  await page.reload()
  await statuses()
  await widths()
  await scripts()
  await address(keys[0].secret)
  await bulk()
  await again()
  await offline()
})
