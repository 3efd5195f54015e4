// Opens every tab of two documents of each kind of a lexicon site in headless Chromium, the largest and the one in the
// middle: node site-directory.mjs URL [SCREENSHOTS]
// Prints a line for each check that passed, and exits with 1 at the first that fails.
import assert from 'node:assert/strict'
import { link as address, look, page, run, seen } from './page.mjs'

const root = address.replace(/\/$/, '')

// The NSIDs and lengths of the documents, by kind.
async function documents() {
  const list = await (await fetch(`${root}/llms.txt`)).text()
  const nsids = [...list.matchAll(/\(([^)\s]*)\.txt\)/g)].map(([, link]) => link.split('/').at(-1))
  const kinds = new Map()
  for (const nsid of nsids) {
    const text = await (await fetch(`${root}/${nsid}.json`)).text()
    const kind = JSON.parse(text).defs?.main?.type ?? 'definitions'
    kinds.set(kind, [...(kinds.get(kind) ?? []), [text.length, nsid]])
  }
  return kinds
}

await run(async () => {
  const kinds = await documents()
  assert.ok(kinds.size > 0)
  await page.goto(`${root}/`)
  await look('index')
  for (const [kind, all] of kinds) {
    all.sort(([a], [b]) => a - b)
    const sample = new Set([all.at(-1), all[Math.floor(all.length / 2)]].map(([, nsid]) => nsid))
    for (const nsid of sample) {
      await page.goto(`${root}/${nsid}`)
      const tabs = page.locator('nav.tabs a')
      const links = await tabs.evaluateAll((all) => all.map((link) => [link.textContent.trim(), link.href]))
      assert.ok(links.length >= 4, `${nsid}: ${JSON.stringify(links)}`)
      for (const [tab, link] of links) {
        await page.goto(link)
        await look(`${kind}-${nsid}-${tab.replace(/\W+/g, '')}`)
      }
    }
    seen(`${kind}: ${[...sample].join(', ')} of ${all.length}`)
  }
})
