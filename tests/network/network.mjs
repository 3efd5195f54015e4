// A real AT Protocol network on loopback, on free ports: a PLC directory and a PDS, which is its
// own OAuth server. Prints one line of JSON when it is ready and stays until its input ends.
import http from 'node:http'
import net from 'node:net'

// The network's servers listen on every address unless they are told otherwise.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first === 'number') first = { port: first }
  if (first && typeof first === 'object' && 'port' in first) first = { ...first, host: '127.0.0.1' }
  return listen.call(this, first, ...rest)
}

const { TestNetworkNoAppView } = await import('@atproto/dev-env')
// What they print is for people; the one line of JSON is for the test.
console.log = console.error
const network = await TestNetworkNoAppView.create({})
const plc = await directory(network.plc.url)

const accounts = {}
for (const name of ['alice', 'bob']) {
  const password = `${name}-password`
  const created = await fetch(`${network.pds.url}/xrpc/com.atproto.server.createAccount`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handle: `${name}.test`, email: `${name}@example.com`, password }),
  })
  const { did, handle, accessJwt } = await created.json()
  accounts[name] = { did, handle, password, token: accessJwt }
}
process.stdout.write(`${JSON.stringify({ plc, olderPlc: network.plc.url, pds: network.pds.url, accounts })}\n`)

process.stdin.resume()
process.stdin.on('end', async () => {
  setTimeout(() => process.exit(1), 8000).unref()
  await network.close()
  process.exit(0)
})

// Documents in the shape that the public directory serves; the packaged server has an older one.
async function directory(packaged) {
  const server = http.createServer(async (request, response) => {
    const did = decodeURIComponent(request.url.slice(1))
    const data = await fetch(`${packaged}/${did}/data`)
    if (!data.ok) {
      response.writeHead(data.status)
      return response.end()
    }
    const { alsoKnownAs, verificationMethods, services } = await data.json()
    response.writeHead(200, { 'content-type': 'application/did+ld+json' })
    response.end(JSON.stringify({
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      id: did,
      alsoKnownAs,
      verificationMethod: Object.entries(verificationMethods).map(([name, key]) => ({
        id: `${did}#${name}`,
        type: 'Multikey',
        controller: did,
        publicKeyMultibase: key.slice('did:key:'.length),
      })),
      service: Object.entries(services).map(([name, { type, endpoint }]) => ({
        id: `#${name}`,
        type,
        serviceEndpoint: endpoint,
      })),
    }))
  })
  await new Promise((ready) => server.listen(0, ready))
  return `http://localhost:${server.address().port}`
}
