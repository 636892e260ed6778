// docs/schema.md, TypeScript: what json-schema-to-typescript makes is what the page shows, and the documents of the sample
// blog are of that type, for the compiler.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { block, node, typeErrors } from './blocks.js'

const page = 'docs/schema.md'
const psql = query => execFileSync('psql', ['-XAt', '-c', query], { encoding: 'utf8', maxBuffer: 1 << 28 })
const quoted = value => "'" + value.replaceAll("'", "''") + "'"
const withoutBanner = source => source.replace(/^\/\* eslint-disable \*\/\n\/\*\*.*?\*\/\n\n/s, '')
symlinkSync(node + 'node_modules', 'node_modules')

// As the page has it, word by word.
const commands = block(page, 'shell 1')
const made = withoutBanner(execFileSync('bash', ['-e', '-c', commands], { encoding: 'utf8' }))
assert.equal(made, block(page, 'typescript 1'))

const [, shape, options] = readFileSync(new URL('../../' + page, import.meta.url), 'utf8')
  .match(/Of what is saved, with `'(\{.*?\})'` and `(\{"for": "save"\})`/s)
assert.match(commands, /jsonify_schema\('posts', '(.*)'\)/s)
const saved = psql(`SELECT jsonify_schema('users', ${quoted(shape)}, NULL, ${quoted(options)})`)
assert.equal(withoutBanner(execFileSync('node_modules/.bin/json2ts', { input: saved, encoding: 'utf8' })), block(page, 'typescript 2'))

const [, read] = commands.match(/jsonify_schema\('posts', '(.*)'\)/s)
const posts = psql(`SELECT jsonify_find('posts', ${quoted('(order: id, limit: 50)' + read)})`).trim().split('\n')
assert.equal(posts.length, 50)
assert.equal(typeErrors('posts.ts', `${made}\nexport const posts: Posts[] = [${posts.join(',\n')}]\n`), '')
assert.match(typeErrors('wrong.ts', `${made}\nexport const post: Posts = {"extra": 1, ${posts[0].slice(1)}\n`), /extra/)
