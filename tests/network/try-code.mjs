// The code on the pages of methods: runs that in curl, Python and TypeScript, and compares that in Rust with the modules
// of an example of `cocore-lexicon`, which cargo compiles.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { cases, fill } from './try-methods.mjs'

const PROGRAMS = [
  ['curl', 'sh', '-c'],
  ['Python', 'python3', '-c'],
  ['TypeScript', process.execPath, '--input-type=module', '-e'],
]
const MODULES = new URL('../../crates/cocore-lexicon/examples/methods/', import.meta.url)
// The values in the example in Rust.
const EXAMPLE = { name: "it's", did: 'did:web:keys.example.com', id: '3lk5n4crdfs2a' }

// Each method in each language: as its answer says, with the same values as if it were sent by the page.
export async function everyExample({ page, origin, key, did }) {
  const code = async (tab) => {
    await page.getByRole('tab', { name: tab }).click()
    return page.locator('#code').textContent()
  }
  // A key for each run: some methods end its life.
  const fresh = async (name) => {
    const response = await fetch(`${origin}/xrpc/dev.cocore.apikey.createKey`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
    assert.equal(response.status, 200)
    return { name, did, credential: 'apiKey', id: (await response.json()).key.id }
  }
  for (const nsid of Object.keys(cases)) {
    await page.goto(`${origin}/lexicons/${nsid}/try`)
    await page.getByLabel('Key or token').check()
    for (const [tab, program, ...options] of PROGRAMS) {
      const known = await fresh(`it's ${tab}`)
      await fill(page, nsid, known)
      const text = await code(tab)
      const env = { ...process.env, KEY: key }
      const printed = execFileSync(program, [...options, text], { encoding: 'utf8', env, stdio: 'pipe' })
      try {
        cases[nsid].check(JSON.parse(printed), known)
      } catch (error) {
        assert.fail(`${error}\n${text}\n${printed}`)
      }
    }
    await fill(page, nsid, EXAMPLE)
    const rust = (await code('Rust')).replace(origin, 'http://127.0.0.1:8080')
    // This one is not a method of the crate.
    if (nsid.startsWith('com.atproto.')) assert.match(rust, /^use lexicons::com::atproto::lexicon::/m)
    else compareRust(nsid, rust)
    console.log(`ok: the code for ${nsid}`)
  }
}

function compareRust(nsid, rust) {
  const words = nsid.replace('dev.cocore.', '').replace('.', '_')
  const file = new URL(`${words.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}.rs`, MODULES)
  if (process.env.UPDATE_EXAMPLES) fs.writeFileSync(file, rust)
  assert.equal(rust, fs.readFileSync(file, 'utf8'), `set UPDATE_EXAMPLES to write ${file}`)
}
