// A person connects the record proxy at a real PDS, in headless Chromium:
// node connect-records.mjs LINK PASSWORD COLLECTION [--deny] [SCREENSHOTS]
// LINK signs in to the console. Prints a line for each check that passed, and at last the cookie of the session.
import assert from 'node:assert/strict'
import { open } from './browser.mjs'
import { looker } from './look.mjs'

const [link, password, collection, ...more] = process.argv.slice(2)
const deny = more[0] === '--deny' && more.shift()
const [shots] = more
const { origin } = new URL(link)
const browser = await open()
try {
  const context = await browser.newContext({ locale: 'en-US' })
  const page = await context.newPage()
  const problems = []
  const look = looker(page, shots)
  await page.goto(link)
  await page.getByRole('link', { name: 'Records' }).click()
  const connected = (await page.getByRole('button', { name: 'Disconnect' }).count()) > 0
  if (!connected) {
    await page.getByRole('heading', { name: 'Not connected' }).waitFor()
    assert.ok((await page.locator('main').innerText()).includes(`records of ${collection}`))
    await look('records-not-connected')
  }
  page.on('console', (message) => {
    if (message.type() === 'error' && page.url().startsWith(origin)) problems.push(message.text())
  })
  // A connection that is as wide as the settings offers no other one: the form is sent as the page would.
  if (connected) {
    await page.evaluate(() => {
      const form = document.createElement('form')
      form.method = 'post'
      form.action = '/records/connect'
      document.body.append(form)
      form.submit()
    })
  } else {
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
  }
  // The PDS asks for the password and then for consent.
  const secret = page.locator('input[type=password]')
  await secret.waitFor()
  assert.notEqual(new URL(page.url()).origin, origin)
  await secret.fill(password)
  await page.locator('button[type=submit]').first().click()
  const answer = page.getByRole('button', { name: deny ? /^deny/i : /^authorize/i }).first()
  await answer.waitFor()
  console.log(`consent: ${(await page.locator('body').innerText()).replaceAll(/\s+/g, ' ')}`)
  if (shots) await page.screenshot({ path: `${shots}/records-consent.png`, fullPage: true })
  await answer.click()
  await page.waitForURL(`${origin}/**`)
  if (deny) {
    await page.getByRole('heading', { name: 'Not completed' }).waitFor()
    await look('records-declined')
  } else {
    await page.getByRole('heading', { name: /^Connected/ }).waitFor()
    assert.equal(page.url(), `${origin}/records`)
    await look('records-connected')
    assert.deepEqual(problems, [])
  }
  const cookies = await context.cookies(origin)
  console.log(cookies.find(({ name }) => name === 'cocore').value)
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await browser.close()
}
