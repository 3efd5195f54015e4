// The parts of the console's pages, and calls from them.
import { page, problems } from './page.mjs'

export const dialog = page.locator('dialog[open]')
export const inDialog = (name) => dialog.getByRole('button', { name, exact: true })
export const notice = page.locator('#notice')
export const row = (name) => page.locator('#rows tr').filter({ hasText: name })

// Calls a method from the page, and returns its answer. `prefix` is the constant of the console's `api.js` with the path
// before the method's name.
export const callFromPage = (prefix, method, body) =>
  page.evaluate(
    async ([prefix, method, body]) => {
      const api = await import('/assets/api.js')
      return api.call(api[prefix] + method, body)
    },
    [prefix, method, body],
  )

// Runs steps in which requests fail, which the browser reports as errors.
export async function failing(steps) {
  const before = problems.length
  await steps()
  problems.push(...problems.splice(before).filter((text) => !text.startsWith('Failed to load resource')))
}
