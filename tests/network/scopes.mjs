// The official implementation of permissions: node scopes.mjs < questions.json
//
// A question has `requests`, the requests by resource; `scopes`, texts; `lists`, texts of several scopes each; and
// `sets`, each with an `include` and an entry of a permission set. Prints the answers: for each text null if it is
// no scope, or its resource and, by a digit each, which requests of its resource it allows; for each list, and for
// each set, which of all requests it allows.
import { readFileSync } from 'node:fs'
import {
  AccountPermission,
  BlobPermission,
  IdentityPermission,
  IncludeScope,
  RepoPermission,
  RpcPermission,
  ScopesSet,
} from '@atproto/oauth-scopes'

const { requests, scopes, lists, sets } = JSON.parse(readFileSync(0, 'utf8'))
const types = {
  repo: RepoPermission,
  rpc: RpcPermission,
  blob: BlobPermission,
  account: AccountPermission,
  identity: IdentityPermission,
  include: IncludeScope,
}

/** Broken percent-encoding is thrown, everything else is null. */
const parse = (type, text) => {
  try {
    return type.fromString(text)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

const digits = (resource, matches) =>
  (requests[resource] ?? []).map((request) => (matches(request) ? '1' : '0')).join('')

const scope = (text) => {
  for (const [resource, type] of Object.entries(types)) {
    const found = parse(type, text)
    if (found) return { resource, allowed: digits(resource, (request) => found.matches(request)) }
  }
  return null
}

const all = (matches) =>
  Object.keys(requests)
    .sort()
    .map((resource) => digits(resource, (request) => matches(resource, request)))
    .join('')

const list = (text) => {
  const set = ScopesSet.fromString(text)
  return all((resource, request) => set.matches(resource, request))
}

const set = ({ include, entry }) => {
  const permissions = IncludeScope.fromString(include).toPermissions({
    type: 'permission-set',
    permissions: [entry],
  })
  return all((resource, request) =>
    permissions.some(
      (permission) => permission instanceof types[resource] && permission.matches(request),
    ),
  )
}

console.log(
  JSON.stringify({
    scopes: scopes.map(scope),
    lists: lists.map(list),
    sets: sets.map(set),
  }),
)
