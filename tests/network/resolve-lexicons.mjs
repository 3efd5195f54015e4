// The official resolver of lexicons: node resolve-lexicons.mjs PLC-URL DID NSID...
// Prints one JSON object: the CID by the last segment of each NSID.
import { LexResolver } from '@atproto/lex-resolver'

const [plc, did, ...nsids] = process.argv.slice(2)
const resolver = new LexResolver({
  plcDirectoryUrl: plc,
  allowHttp: true,
  // Its own refuses servers on this machine.
  fetch: globalThis.fetch,
  // It asks the DNS servers of the system.
  hooks: { onResolveAuthority: () => did },
})
const cids = {}
for (const nsid of nsids) {
  const { cid } = await resolver.get(nsid)
  cids[nsid.split('.').at(-1)] = cid.toString()
}
console.log(JSON.stringify(cids))
