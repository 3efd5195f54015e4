// How a page looks to everybody: accessibility, in both color schemes and at both widths.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// A function that checks what `page` shows, and takes a screenshot of each form of it in the directory `shots`, if
// there is one.
export const looker = (page, shots) => async (name) => {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 800 })
      // Injected by the browser's own protocol: the policy of the page allows no other scripts.
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() => globalThis.axe.run())
      const found = violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])
      assert.deepEqual(found, [], `${name}, ${colorScheme}, ${width}`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(wide <= 0, `${name} scrolls sideways at ${width}`)
      if (shots) await page.screenshot({ path: `${shots}/${name}-${colorScheme}-${width}.png`, fullPage: true })
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 })
  console.log(`ok: ${name}: light and dark, wide and narrow, no violations`)
}
