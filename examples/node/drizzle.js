// Drizzle: its queries choose, order and limit the rows; jsonify makes the documents.
import assert from 'node:assert/strict'
import { desc, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { boolean, date, integer, pgTable, text } from 'drizzle-orm/pg-core'
import pg from 'pg'

const users = pgTable('users', { id: integer().primaryKey(), username: text().notNull() })
const posts = pgTable('posts', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  authorId: integer('author_id').notNull(),
  title: text().notNull(),
  body: text().notNull(),
  date: date().notNull(),
  published: boolean().notNull().default(true),
})

// The whole row of a table as a value: what jsonify takes.
const row = table => sql`${table}`.as('row')

// The rows of such a select, in its order, as one JSON array: text, to be sent as it is.
const documents = async (db, select, shape, params = {}) => {
  const query = sql`SELECT jsonify_text_agg(found.row, ${shape}, ${params}::jsonb)::text AS text FROM (${select}) AS found (row)`
  return (await db.execute(query)).rows[0].text
}

const client = new pg.Pool() // PGHOST, PGDATABASE, ...
const db = drizzle({ client })

const newest = db.select({ row: row(posts) }).from(posts).where(eq(posts.published, true)).orderBy(desc(posts.date), posts.id).limit(3)
const found = await documents(db, newest, '{ id, date, author { username } }')
assert.equal(typeof found, 'string')
const dates = JSON.parse(found).map(post => post.date)
assert.deepEqual(dates, [...dates].sort().reverse())

const ada = db.select({ row: row(users) }).from(users).where(eq(users.username, 'ada'))
assert.deepEqual(JSON.parse(await documents(db, ada, '{ username, posts(where: title ilike $q) { id } }', { q: '%index%' })),
  [{ username: 'ada', posts: [{ id: 1 }] }])

// A document beside columns, and of a new row.
const document = shape => sql`jsonify_text(posts, ${shape})::text`
assert.deepEqual(await db.select({ id: posts.id, document: document('{ author { username } }') }).from(posts).where(eq(posts.id, 1)),
  [{ id: 1, document: '{"author":{"username":"ada"}}' }])
assert.deepEqual(
  await db.insert(posts).values({ authorId: 1, title: 'New', body: '...', date: '2024-07-01' })
    .returning({ document: document('{ title, views, author { username } }') }),
  [{ document: '{"title":"New","views":0,"author":{"username":"ada"}}' }])

await client.end()
