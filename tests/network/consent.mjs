// A person in front of the page of an issuer: node consent.mjs URL HANDLE PASSWORD [--deny]
// Prints the URL to which the browser is sent afterwards; nothing has to listen there.
import { open } from './browser.mjs'

const [url, handle, password, deny] = process.argv.slice(2)
const browser = await open()
try {
  const context = await browser.newContext({ locale: 'en-US' })
  const page = await context.newPage()
  const issuer = new URL(url).origin
  const away = page.waitForRequest((request) =>
    request.isNavigationRequest() && new URL(request.url()).origin !== issuer)
  await page.goto(url)
  const name = page.locator('input[name=username]').first()
  const secret = page.locator('input[type=password]')
  await secret.waitFor()
  if (await name.isEditable().catch(() => false)) await name.fill(handle)
  await secret.fill(password)
  await page.locator('button[type=submit]').first().click()
  await page.getByRole('button', { name: deny ? /^deny/i : /^authorize/i }).first().click()
  console.log((await away).url())
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await browser.close()
}
