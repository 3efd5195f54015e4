// A page in headless Chromium: node SCRIPT LINK [SCREENSHOTS]
import assert from 'node:assert/strict'
import { open } from './browser.mjs'
import { looker } from './look.mjs'

export const [link, shots] = process.argv.slice(2)
export const origin = new URL(link).origin
const browser = await open()
export const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
export const page = await context.newPage()
// Errors of the page, violations of its content security policy, and requests to other origins.
export const problems = []
page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
page.on('pageerror', (error) => problems.push(String(error)))
page.on('request', (request) => {
  if (new URL(request.url()).origin !== origin) problems.push(`outside: ${request.url()}`)
})

export const seen = (what) => console.log(`ok: ${what}`)
export const button = (name) => page.getByRole('button', { name, exact: true })

export const look = looker(page, shots)

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
