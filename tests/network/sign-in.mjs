// Signs in to the console at a real PDS, in headless Chromium:
// node sign-in.mjs ORIGIN HANDLE PASSWORD [--deny]
// Prints the cookie of the session, or with --deny the message of the page.
import assert from 'node:assert/strict'
import { open } from './browser.mjs'

const [origin, handle, password, deny] = process.argv.slice(2)
const browser = await open()
try {
  const context = await browser.newContext({ locale: 'en-US' })
  const page = await context.newPage()
  await page.goto(origin)
  await page.getByLabel('Handle or DID').fill(handle)
  await page.getByLabel('Handle or DID').press('Enter')
  // The PDS asks for the password and then for consent.
  const secret = page.locator('input[type=password]')
  await secret.waitFor()
  assert.notEqual(new URL(page.url()).origin, origin)
  await secret.fill(password)
  await page.locator('button[type=submit]').first().click()
  await page.getByRole('button', { name: deny ? /^deny/i : /^authorize/i }).first().click()
  await page.waitForURL(`${origin}/**`)
  if (deny) {
    console.log(await page.getByRole('alert').innerText())
  } else {
    await page.getByRole('heading', { name: 'API keys' }).waitFor()
    assert.equal(page.url(), `${origin}/`)
    assert.ok((await page.locator('header').innerText()).includes(handle))
    const cookies = await context.cookies(origin)
    const session = cookies.find(({ name }) => name === 'cocore')
    assert.ok(session.httpOnly && session.sameSite === 'Lax')
    assert.equal(cookies.length, 1, 'no other cookie remains')
    console.log(session.value)
  }
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await browser.close()
}
