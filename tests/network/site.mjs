// Opens every kind of page of the lexicon site in headless Chromium: node site.mjs URL NSID INVALID VALID [SCREENSHOTS]
// NSID is a document; INVALID and VALID are JSON, for the first choice of its tab "Validate".
// Prints a line for each check that passed, and exits with 1 at the first that fails.
import assert from 'node:assert/strict'
import { open } from './browser.mjs'
import { looker } from './look.mjs'

const [address, nsid, invalid, valid, shots] = process.argv.slice(2)
const { origin } = new URL(address)
const root = address.replace(/\/$/, '')
const browser = await open()
const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
const page = await context.newPage()
const problems = []
// Violations of the content security policy are reported as errors too.
const watch = (watched) => {
  watched.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  watched.on('pageerror', (error) => problems.push(String(error)))
  watched.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) problems.push(`outside: ${request.url()}`)
  })
}
watch(page)

const seen = (what) => console.log(`ok: ${what}`)

const look = looker(page, shots)

async function run() {
  await page.goto(`${root}/`)
  await look('index')
  await page.getByLabel('Search lexicons').fill(nsid.split('.').at(-1))
  await page.keyboard.press('Enter')
  await page.getByText(/^Found/).first().waitFor()
  await look('search')
  await page.locator(`a[href$="/${nsid}"]`).first().click()
  await page.getByRole('heading', { level: 1 }).waitFor()
  await look('documentation')

  await page.getByRole('link', { name: 'JSON', exact: true }).first().click()
  await page.getByRole('heading', { name: 'The document' }).waitFor()
  await look('json')
  await page.getByRole('button', { name: 'Copy' }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  const answer = await fetch(`${root}/${nsid}.json`)
  assert.deepEqual(JSON.parse(copied), await answer.json())
  seen('the JSON is copied')

  await page.getByRole('link', { name: 'Validate' }).click()
  await look('validate')
  await page.getByLabel('Value, as JSON').fill(invalid)
  await page.getByRole('button', { name: 'Validate' }).click()
  await page.getByRole('heading', { name: /violation/ }).waitFor()
  assert.ok((await page.locator('mark').count()) > 0)
  assert.equal(await page.getByLabel('Value, as JSON').inputValue(), invalid)
  await look('violations')
  await page.getByRole('link', { name: /^Line/ }).first().click()
  assert.match(page.url(), /#violation-1$/)
  seen('violations are marked in the text')
  await page.getByLabel('Value, as JSON').fill(valid)
  await page.getByRole('button', { name: 'Validate' }).click()
  await page.getByRole('heading', { name: 'Valid', exact: true }).waitFor()
  assert.equal(await page.locator('mark').count(), 0)
  await look('valid')
  seen('a valid value')

  await page.getByRole('link', { name: 'Metadata' }).click()
  await page.getByText(/^bafyrei/).first().waitFor()
  await look('metadata')
  const missing = await page.goto(`${root}/com.example.none`)
  assert.equal(missing.status(), 404)
  // The status is logged as an error.
  problems.splice(0, problems.length, ...problems.filter((text) => !text.includes('404')))
  await look('not-found')

  // With the keyboard only.
  await page.goto(`${root}/${nsid}`)
  for (const name of ['Skip to content', 'JSON', 'Validate', 'Metadata']) await tabTo(name)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'History' }).waitFor()
  seen('the keyboard reaches every tab')

  const plain = await browser.newContext({ javaScriptEnabled: false })
  const still = await plain.newPage()
  watch(still)
  await still.goto(`${root}/${nsid}/validate`)
  await still.getByLabel('Value, as JSON').fill(invalid)
  await still.getByRole('button', { name: 'Validate' }).click()
  await still.getByRole('heading', { name: /violation/ }).waitFor()
  await still.goto(`${root}/?q=${nsid}`)
  await still.locator(`a[href$="/${nsid}"]`).first().click()
  await still.getByRole('heading', { name: 'References' }).waitFor()
  await still.goto(`${root}/${nsid}/json`)
  assert.equal(await still.getByRole('button', { name: 'Copy' }).count(), 0)
  seen('works without JavaScript')

  assert.deepEqual(problems, [])
  seen('no errors, and no requests to other origins')
}

async function tabTo(name) {
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab')
    const text = await page.evaluate(() => document.activeElement?.textContent.trim() ?? '')
    if (text === name) return
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
