// Kysely: its queries choose, order and limit the rows; jsonify makes the documents.
import assert from 'node:assert/strict'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'

const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool() }) }) // PGHOST, PGDATABASE, ...

// The whole row of a table as a value: what jsonify takes.
const row = table => sql.ref(table).as('row')

// The rows of such a select, in its order, as one JSON array: text, to be sent as it is.
const documents = async (select, shape, params = {}) =>
  (await db.selectFrom(select.as('found'))
    .select(sql`jsonify_text_agg(found.row, ${shape}, ${params})::text`.as('text'))
    .executeTakeFirstOrThrow()).text

const newest = db.selectFrom('posts').select(row('posts')).where('published', '=', true).orderBy('date', 'desc').orderBy('id').limit(3)
const found = await documents(newest, '{ id, date, author { username } }')
assert.equal(typeof found, 'string')
const dates = JSON.parse(found).map(post => post.date)
assert.deepEqual(dates, [...dates].sort().reverse())

const ada = db.selectFrom('users').select(row('users')).where('username', '=', 'ada')
assert.deepEqual(JSON.parse(await documents(ada, '{ username, posts(where: title ilike $q) { id } }', { q: '%index%' })),
  [{ username: 'ada', posts: [{ id: 1 }] }])

// A document beside columns, and of a new row.
const document = shape => sql`jsonify_text(posts, ${shape})::text`.as('document')
assert.deepEqual(await db.selectFrom('posts').select(['id', document('{ author { username } }')]).where('id', '=', 1).execute(),
  [{ id: 1, document: '{"author":{"username":"ada"}}' }])
assert.deepEqual(
  await db.insertInto('posts').values({ author_id: 1, title: 'New', body: '...', date: '2024-07-01' })
    .returning(document('{ title, views, author { username } }')).execute(),
  [{ document: '{"title":"New","views":0,"author":{"username":"ada"}}' }])

// What is wrong, and where: the driver's error.
await assert.rejects(sql`SELECT jsonify_save('posts', ${{ id: 1, x: 1 }}, '{ id, title }')`.execute(db),
  error => error.code === 'JF422' && JSON.parse(error.detail)[0].loc[0] === 'x')

await db.destroy()
