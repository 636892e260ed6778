// Postgres.js: strings for relations and shapes, sql.json() for params, ::text for the answer.
import assert from 'node:assert/strict'
import postgres from 'postgres'

const sql = postgres({ host: process.env.PGHOST }) // PGDATABASE, PGUSER, ...

const [{ posts }] = await sql`
  SELECT jsonify_text_agg(p, ${'{ id, tags(where: name like $like, order: name).name }'}, ${sql.json({ like: 'p%' })}
                          ORDER BY p.id)::text AS posts
    FROM posts p WHERE p.id <= ${2}`
assert.equal(typeof posts, 'string')
assert.deepEqual(JSON.parse(posts)[0], { id: 1, name: ['performance', 'postgresql'] })

// A fragment of its own serves every query. Without ::text the answer is parsed.
const shape = '{ id, title, version: @etag }'
const find = (relation, shape, params) => sql`jsonify_find(${relation}, ${shape}, ${sql.json(params)})`
const [{ post }] = await sql`SELECT ${find('posts', '(where: id = $id)' + shape, { id: 1 })} AS post`
const [{ saved }] = await sql`SELECT jsonify_save('posts', ${sql.json({ ...post, title: 'Better' })}, ${shape}) AS saved`
assert.equal(saved.title, 'Better')

// Documents as they are made, a hundred at a time.
let documents = 0
for await (const rows of sql`SELECT jsonify_find_text('comments', '{ id }')::text`.cursor(100)) documents += rows.length
assert.equal(documents, 2500)

await assert.rejects(sql`SELECT jsonify_save('posts', ${sql.json({ ...post, x: 1 })}, ${shape})`, error => {
  assert.equal(error.code, 'JF422')
  assert.deepEqual(JSON.parse(error.detail).map(e => e.loc), [['x'], ['version']])
  return true
})
await sql.end()
