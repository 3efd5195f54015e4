// Drives the console in headless Chromium as a person would: node console.mjs LINK [SCREENSHOTS]
// Prints a line for each check that passed, and exits with 1 at the first that fails.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { open } from './browser.mjs'

const [link, shots] = process.argv.slice(2)
const origin = new URL(link).origin
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const browser = await open()
const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
const page = await context.newPage()
const problems = []
page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
page.on('pageerror', (error) => problems.push(String(error)))
page.on('request', (request) => {
  if (new URL(request.url()).origin !== origin) problems.push(`outside: ${request.url()}`)
})

const seen = (what) => console.log(`ok: ${what}`)
const button = (name) => page.getByRole('button', { name, exact: true })
const row = (name) => page.locator('#rows tr').filter({ hasText: name })
const keys = async (secret) => {
  const answer = await fetch(`${origin}/xrpc/dev.cocore.account.listApiKeys`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  return answer.status
}

// Checks accessibility in both color schemes and at both widths, and takes a screenshot of each.
async function look(name) {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 800 })
      // Injected by the browser's own protocol: the policy of the page allows no other scripts.
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() => globalThis.axe.run())
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), [], name)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(wide <= 0, `${name} scrolls sideways at ${width}`)
      if (shots) await page.screenshot({ path: `${shots}/${name}-${colorScheme}-${width}.png`, fullPage: true })
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 })
  seen(`${name}: light and dark, wide and narrow, no violations`)
}

async function run() {
  await page.goto(origin)
  await look('sign-in')
  await page.goto(link)
  assert.equal(page.url(), `${origin}/`)
  await look('empty')
  const again = await fetch(link, { redirect: 'manual' })
  assert.equal(again.status, 403)
  seen('the login link works once')

  await button('Create your first key').click()
  await look('create')
  await page.getByLabel('Name', { exact: true }).fill('é'.repeat(51))
  await page.locator('#create-submit').click()
  await page.getByText(/at most 100/).first().waitFor()
  await page.getByLabel('Name', { exact: true }).fill('<b>laptop</b>')
  await page.locator('#create-submit').click()
  const field = page.locator('dialog[open] input[readonly]').first()
  await field.waitFor()
  const secret = await field.inputValue()
  assert.match(secret, /^cocore-[\w-]{43}$/)
  await look('secret')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.mouse.click(5, 5)
  assert.equal(await field.inputValue(), secret)
  seen('neither Esc nor a click closes the secret')
  await page.getByRole('button', { name: /^Copy/ }).first().click()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret)
  seen('the secret is copied')
  await page.getByRole('button', { name: /stored/i }).click()
  await page.waitForFunction((text) => !document.documentElement.outerHTML.includes(text), secret)
  await row('<b>laptop</b>').waitFor()
  assert.equal(await keys(secret), 200)
  await page.reload()
  assert.ok(!(await page.content()).includes(secret))
  await row('<b>laptop</b>').waitFor()
  seen('the key authenticates, and its secret is shown once')
  await look('keys')

  // With the keyboard only.
  await page.locator('body').focus()
  await tabTo('Create key')
  await page.keyboard.press('Enter')
  await page.keyboard.type('by keyboard')
  await page.keyboard.press('Enter')
  await field.waitFor()
  const second = await field.inputValue()
  await tabTo(/stored/i)
  await page.keyboard.press('Enter')
  await row('by keyboard').waitFor()
  assert.equal(await keys(second), 200)
  seen('a key is created by keyboard only')

  await row('by keyboard').getByRole('button', { name: /^Revoke/ }).click()
  await look('revoke')
  await page.locator('dialog[open]').getByRole('button', { name: /cancel|keep/i }).click()
  assert.equal(await keys(second), 200)
  await row('by keyboard').getByRole('button', { name: /^Revoke/ }).click()
  await page.locator('dialog[open]').getByRole('button', { name: /^Revoke/ }).click()
  await row('by keyboard').getByText('Revoked').first().waitFor()
  assert.equal(await keys(second), 401)
  seen('a revoked key is rejected')
  await row('by keyboard').getByRole('button', { name: /^Delete/ }).click()
  await page.locator('dialog[open]').getByRole('button', { name: /^Delete/ }).click()
  await row('by keyboard').waitFor({ state: 'detached' })
  seen('a deleted key is removed from the list')
  await button('Revoke all').click()
  await page.locator('dialog[open]').getByRole('button', { name: /^Revoke/ }).click()
  await row('<b>laptop</b>').getByText('Revoked').first().waitFor()
  assert.equal(await keys(secret), 401)
  await button('Clean up').click()
  await page.locator('dialog[open]').getByRole('button', { name: /^(Clean|Delete)/ }).click()
  await button('Create your first key').waitFor()
  seen('revoke all, and clean up')

  await page.getByRole('link', { name: 'Sessions' }).click()
  await page.getByRole('heading', { name: 'Sessions' }).waitFor()
  await look('sessions')
  await button('Sign out').first().click()
  await page.getByRole('heading', { name: /sign in/i }).first().waitFor()
  await page.goto(origin)
  await page.getByRole('heading', { name: /sign in/i }).first().waitFor()
  seen('signed out')
  assert.deepEqual(problems, [])
  seen('no errors, and no requests to other origins')
}

async function tabTo(name) {
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab')
    const text = await page.evaluate(() => document.activeElement?.textContent.trim() ?? '')
    if (name instanceof RegExp ? name.test(text) : text === name) return
  }
  assert.fail(`the keyboard does not reach ${name}`)
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
