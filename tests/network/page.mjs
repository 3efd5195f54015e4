// A page of the console in headless Chromium: node SCRIPT LINK [SCREENSHOTS]
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { open } from './browser.mjs'

export const [link, shots] = process.argv.slice(2)
export const origin = new URL(link).origin
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const browser = await open()
export const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
export const page = await context.newPage()
// Errors of the page, what its policy refused, and requests to other origins.
export const problems = []
page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
page.on('pageerror', (error) => problems.push(String(error)))
page.on('request', (request) => {
  if (new URL(request.url()).origin !== origin) problems.push(`outside: ${request.url()}`)
})

export const seen = (what) => console.log(`ok: ${what}`)
export const button = (name) => page.getByRole('button', { name, exact: true })
export const row = (name) => page.locator('#rows tr').filter({ hasText: name })

// Checks accessibility in both color schemes and at both widths, and takes a screenshot of each.
export async function look(name) {
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

export async function tabTo(name) {
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab')
    const text = await page.evaluate(() => document.activeElement?.textContent.trim() ?? '')
    if (name instanceof RegExp ? name.test(text) : text === name) return
  }
  assert.fail(`the keyboard does not reach ${name}`)
}

// Prints a line for each check that passed, and exits with 1 at the first that fails.
export async function run(steps) {
  try {
    await steps()
    assert.deepEqual(problems, [])
    seen('no errors, and no requests to other origins')
  } catch (error) {
    console.error(error)
    console.error({ problems })
    if (shots) await page.screenshot({ path: `${shots}/failed.png` })
    process.exitCode = 1
  } finally {
    await browser.close()
  }
}
