// Creates keys on a server with models as a person would: node console-models.mjs LINK [SCREENSHOTS]
import assert from 'node:assert/strict'
import { dialog } from './console-page.mjs'
import { button, link, look, origin, page, run, seen } from './page.mjs'

const tabs = () => dialog.getByRole('tab').filter({ visible: true }).allTextContents()
const code = page.locator('#snippet-code')
const stored = () => dialog.getByRole('button', { name: /stored/i }).click()

async function create(name, purpose) {
  await page.goto(origin)
  await button('Create your first key').or(button('Create key')).first().click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  if (purpose) await page.getByLabel(purpose).check()
  await page.locator('#create-submit').click()
  await page.locator('#secret').waitFor()
  return page.locator('#secret').inputValue()
}

await run(async () => {
  await page.goto(`${origin}/documentation`)
  await page.getByRole('heading', { name: 'Call models' }).waitFor()
  await look('documentation-models')
  seen('the documentation has the models')

  await page.goto(link)
  const secret = await create('for models', /Use models/)
  assert.deepEqual(await tabs(), ['curl', 'Python', 'TypeScript', 'Rust', 'OpenAI', 'Anthropic', 'Codex', 'Claude Code'])
  for (const [tab, ...texts] of [
    ['OpenAI', `base_url="${origin}/v1"`, 'model="tiny"'],
    ['Anthropic', `base_url="${origin}"`, 'model="tiny"'],
    ['Codex', `base_url = "${origin}/v1"`, 'model = "tiny"'],
    ['Claude Code', `ANTHROPIC_BASE_URL=${origin}\n`, 'ANTHROPIC_MODEL=tiny'],
  ]) {
    await dialog.getByRole('tab', { name: tab, exact: true }).click()
    const text = await code.textContent()
    for (const part of [secret, ...texts]) assert.ok(text.includes(part), `${tab}: ${part}: ${text}`)
  }
  await look('secret-models')
  await stored()
  await page.waitForFunction((text) => !document.documentElement.outerHTML.includes(text), secret)
  seen('each client has its settings, and the secret is forgotten')

  const models = await fetch(`${origin}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
  assert.deepEqual((await models.json()).data.map((model) => model.id), ['tiny'])
  seen('the key may use the models')

  const reader = await create('for reading', /Read/i)
  assert.deepEqual(await tabs(), ['curl', 'Python', 'TypeScript', 'Rust'])
  await page.locator('#tab-curl').focus()
  await page.keyboard.press('End')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-rust')
  await page.keyboard.press('ArrowRight')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-curl')
  await stored()
  const refused = await fetch(`${origin}/v1/models`, { headers: { authorization: `Bearer ${reader}` } })
  assert.equal(refused.status, 403)
  seen('a key for something else has no settings for models')
})
