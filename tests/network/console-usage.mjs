// Looks at usage and sets limits as a person would: node console-usage.mjs LINK [SCREENSHOTS]
import assert from 'node:assert/strict'
import { callFromPage, dialog, failing, inDialog, notice } from './console-page.mjs'
import { link, look, origin, page, run, seen, tabTo } from './page.mjs'

const key = page.locator('#key')
const limits = key.getByRole('region', { name: 'Limits' })
const field = (name) => dialog.getByLabel(name, { exact: true })
const save = () => inDialog('Save').click()
const saved = () => notice.getByText('The limits are saved.').waitFor()

// Calls a model with a key: with at least as many bytes as the upstream counts tokens, for a budget reserves a token for
// each. Returns the status.
async function chat(secret, model) {
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 100, messages: [{ role: 'user', content: 'Hello '.repeat(200) }] }),
  })
  await response.text()
  return response.status
}

// Usage and limits of a key.
const usageOf = (id) => callFromPage('APIKEY', `getUsage?id=${id}`)

// Waits until calls are counted, and what they have cost is spent of each budget of tokens: servers report every second.
async function counted(id, calls, spent = 0) {
  for (let waits = 0; waits < 100; waits += 1) {
    const { usage, budgets } = await usageOf(id)
    const isSpent = budgets.every((budget) => budget.unit !== 'tokens' || budget.spent === spent)
    if (isSpent && usage.reduce((sum, { calls }) => sum + calls, 0) === calls) return
    await page.waitForTimeout(200)
  }
  assert.fail('the calls are not counted')
}

async function empty() {
  await page.goto(link)
  await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Usage' }).click()
  await page.getByRole('heading', { name: 'Usage', level: 1 }).waitFor()
  await page.getByText('No calls of models in the last 30 days.').waitFor()
  await page.getByText('This account has no limits.').waitFor()
  await look('usage-empty')
  const { key: created, secret } = await callFromPage('APIKEY', 'createKey', { name: 'agent' })
  await page.goto(`${origin}/keys/${created.id}`)
  await limits.getByText('This key has no limits of its own.').waitFor()
  await look('key-usage-empty')
  seen('without calls there is a sentence')
  return { id: created.id, secret }
}

async function usage({ id, secret }) {
  for (const model of ['tiny', 'tiny', 'large-model-with-a-long-name']) assert.equal(await chat(secret, model), 200)
  await counted(id, 3)
  await page.reload()
  const section = key.getByRole('region', { name: 'Usage', exact: true })
  await section.getByText('3,702 tokens in 3 calls in the last 30 days: 3,600 of prompts and 102 of answers.').waitFor()
  const chart = section.getByRole('img', { name: /^Tokens per day, / })
  assert.equal(await chart.locator('g').count(), 30)
  const { height } = await chart.locator('.input').boundingBox()
  assert.ok(height > 100, `the bar has a height of ${height}`)
  await section.getByRole('row', { name: /^tiny 2 0 2,400 200 68 0$/ }).waitFor()
  await section.getByRole('row', { name: /^Together 3 0 3,600 300 102 0$/ }).waitFor()
  const days = section.getByRole('region', { name: 'Usage by day' })
  assert.equal(await days.isVisible(), false)
  await section.getByText('Numbers of each day').click()
  assert.equal(await days.getByRole('row').count(), 2)
  await look('key-usage')
  // The page is fetched again, and the table stays open.
  await page.evaluate(async () => (await import('/assets/key.js')).refresh())
  assert.equal(await days.isVisible(), true)
  seen('the usage of a key is a chart and tables')
}

async function wrong() {
  await limits.getByRole('button', { name: 'Change limits' }).click()
  await look('limits')
  await field('Tokens a day').fill('many')
  await field('Tokens a month').fill('9,007,199,254,740,992')
  await save()
  await dialog.getByText('Write a whole number, or nothing for no limit.').waitFor()
  await dialog.getByText('Write at most 9,007,199,254,740,991.').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'tokens-per-day')
  await look('limits-wrong')
  await field('Tokens a day').fill('4,000')
  await field('Tokens a month').fill('1 000 000')
  // The server finds what is wrong with the name of a model.
  await failing(async () => {
    await field('Models').fill('tiny\nmodèle')
    await save()
    await dialog.getByText(/^Expected 1 to 200 printable ASCII characters/).waitFor()
    assert.equal(await page.evaluate(() => document.activeElement.id), 'limited-models')
  })
  await failing(async () => {
    const url = `${origin}/xrpc/dev.cocore.apikey.setLimits`
    await page.route(url, (route) => route.fulfill({ status: 503, json: { error: 'ServiceUnavailable', message: 'the database is unavailable' } }))
    await field('Models').fill('tiny')
    await save()
    await dialog.getByText('The database is unavailable.').waitFor()
    await page.unroute(url)
  })
  await inDialog('Try again').click()
  await saved()
  seen('what is wrong with limits is shown at its field')
}

async function spend({ id, secret }) {
  const meter = limits.getByRole('meter', { name: 'Tokens a day' })
  await limits.getByText('0 of 4,000 spent').waitFor()
  assert.equal(await meter.getAttribute('max'), '4000')
  await limits.getByText('0 of 1,000,000 spent').waitFor()
  await limits.getByText(/^Renews in .* \(.* at \d\d:\d\d\)\.$/).first().waitFor()
  await key.getByText('Limits changed', { exact: true }).waitFor()
  assert.equal(await page.evaluate(() => document.activeElement.dataset.act), 'limits')
  const { limits: stored } = await usageOf(id)
  assert.deepEqual(stored, { tokensPerDay: 4000, tokensPerMonth: 1e6, models: ['tiny'] })
  assert.equal(await chat(secret, 'large-model-with-a-long-name'), 404)
  let calls = 0
  while ((await chat(secret, 'tiny')) === 200) calls += 1
  assert.ok(calls >= 1 && calls <= 3, `${calls} calls`)
  await counted(id, 3 + calls, 1234 * calls)
  await page.reload()
  await limits.getByText(`${(1234 * calls).toLocaleString('en')} of 4,000 spent`).waitFor()
  await look('key-limits')
  seen('limits are set, hold, and show what is spent of them')
}

async function byKeyboard({ id }) {
  await page.locator('body').focus()
  await tabTo('Change limits')
  await page.keyboard.press('Enter')
  assert.equal(await field('Tokens a day').inputValue(), '4,000')
  assert.equal(await field('Models').inputValue(), 'tiny')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.press('Delete')
  await page.keyboard.press('Tab')
  await page.keyboard.type('2000000')
  await page.keyboard.press('Tab')
  await page.keyboard.type('60')
  await page.keyboard.press('Enter')
  await saved()
  await limits.getByText('0 of 60 spent').waitFor()
  await limits.getByText('Renews every minute.').waitFor()
  const { limits: stored } = await usageOf(id)
  assert.deepEqual(stored, { tokensPerMonth: 2e6, requestsPerMinute: 60, models: ['tiny'] })
  await limits.getByRole('button', { name: 'Change limits' }).click()
  for (const name of ['Tokens a month', 'Calls a minute', 'Models']) await field(name).fill('')
  await save()
  await limits.getByText('This key has no limits of its own.').waitFor()
  assert.deepEqual((await usageOf(id)).limits, {})
  seen('limits are changed by keyboard only, and removed')
}

async function ofAccount({ id }) {
  await page.goto(`${origin}/usage`)
  await page.getByText(/ tokens in \d calls in the last 30 days: /).waitFor()
  await look('usage')
  const context = await page.context().browser().newContext({ javaScriptEnabled: false })
  await context.addCookies(await page.context().cookies())
  const plain = await context.newPage()
  for (const path of ['/usage', `/keys/${id}`]) {
    await plain.goto(origin + path)
    await plain.getByText('Numbers of each day').click()
    await plain.getByRole('region', { name: 'Usage by day' }).waitFor()
    assert.equal(await plain.getByRole('button', { name: 'Change limits' }).count(), 0)
  }
  await context.close()
  seen('the account has a page of usage, which needs no JavaScript')
}

await run(async () => {
  const created = await empty()
  await usage(created)
  await wrong()
  await spend(created)
  await byKeyboard(created)
  await ofAccount(created)
})
