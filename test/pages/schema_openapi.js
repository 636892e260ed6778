// docs/schema.md, OpenAPI: what the page's application says of itself is valid OpenAPI.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pathToFileURL } from 'node:url'
import { require } from './blocks.js'

const { Validator } = await import(pathToFileURL(require.resolve('@seriousme/openapi-schema-validator')))
const openapi = () => JSON.parse(execFileSync('/usr/bin/python3', ['-B', fileURLToPath(new URL('schema_openapi.py', import.meta.url))],
  { encoding: 'utf8' }))
const api = openapi()
const { valid, errors } = await new Validator().validate(api)
assert.ok(valid, JSON.stringify(errors, null, 1))
assert.equal(api.openapi, '3.1.0')
assert.deepEqual(Object.keys(api.components.schemas).filter(name => /^(Post|User)/.test(name)).sort(),
  ['Post', 'Post.address', 'Post.categories', 'User'])
assert.equal((await new Validator().validate({ ...api, paths: { nowhere: {} } })).valid, false)
