// pg (node-postgres): strings for relations and shapes, an object for params, ::text for the answer.
import assert from 'node:assert/strict'
import pg from 'pg'

const client = new pg.Client() // PGHOST, PGDATABASE, ...
await client.connect()
const one = async (query, ...values) => Object.values((await client.query(query, values)).rows[0] ?? [undefined])[0]

// The body of a response, as the database made it: neither parsed nor written again.
const posts = await one(
  'SELECT jsonify_text_agg(p, $1, $2 ORDER BY p.id)::text FROM posts p WHERE p.id <= $3',
  '{ id, tags(where: name like $like, order: name).name }', { like: 'p%' }, 2)
assert.equal(typeof posts, 'string')
assert.deepEqual(JSON.parse(posts)[0], { id: 1, name: ['performance', 'postgresql'] })

// Without ::text pg parses: for a program that works with the document.
const shape = '{ id, title, version: @etag }'
const post = await one('SELECT jsonify_find($1, $2, $3)', 'posts', '(where: id = $id)' + shape, { id: 1 })
const saved = await one('SELECT jsonify_save($1, $2, $3)', 'posts', { ...post, title: 'Better' }, shape)
assert.equal(saved.title, 'Better')
assert.equal(await one('SELECT jsonify_find($1, $2, $3)', 'posts', '(where: id = $id)' + shape, { id: 0 }), undefined)

// An array of documents is JSON, and must be made so: of an array pg would make one of PostgreSQL's.
assert.equal((await one('SELECT jsonify_save($1, $2, $3)', 'tags', JSON.stringify([{ name: 'x' }, { name: 'y' }]), '{ name }')).length, 2)

// What is wrong, and where.
await assert.rejects(one('SELECT jsonify_save($1, $2, $3)', 'posts', { ...post, x: 1 }, shape), error => {
  assert.equal(error.code, 'JF422')
  assert.deepEqual(JSON.parse(error.detail).map(e => e.loc), [['x'], ['version']])
  return true
})
await client.end()
