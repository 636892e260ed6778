// The same as ways.py, in Node.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../examples/node/package.json', import.meta.url))
const pg = require('pg')
const { drizzle } = require('drizzle-orm/node-postgres')
const { relations } = require('drizzle-orm')
const { bigint, date, integer, pgTable, text } = require('drizzle-orm/pg-core')
const { Kysely, PostgresDialect } = require('kysely')
const { jsonArrayFrom } = require('kysely/helpers/postgres')

const pool = new pg.Pool({ max: 1 }) // PGHOST, PGDATABASE, ...
const shape = '{ id, username, email, posts(order: id) { id, title, body, date, views } }'

// Drizzle, relational queries.
const users = pgTable('users', { id: integer().primaryKey(), username: text().notNull(), email: text().notNull() })
const posts = pgTable('posts', {
  id: integer().primaryKey(),
  authorId: integer('author_id').notNull().references(() => users.id),
  title: text().notNull(),
  body: text().notNull(),
  date: date().notNull(),
  views: bigint({ mode: 'number' }).notNull(),
})
const usersRelations = relations(users, ({ many }) => ({ posts: many(posts) }))
const postsRelations = relations(posts, ({ one }) => ({ author: one(users, { fields: [posts.authorId], references: [users.id] }) }))
const db = drizzle({ client: pool, schema: { users, posts, usersRelations, postsRelations } })

// Kysely, its helper for arrays.
const kysely = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ max: 1 }) }) })

const ways = {
  'jsonify': async () =>
    (await pool.query('SELECT jsonify_text_agg(u, $1 ORDER BY u.id)::text AS text FROM users u', [shape])).rows[0].text,
  'jsonify, parsed and encoded again': async () =>
    JSON.stringify((await pool.query('SELECT jsonify_text_agg(u, $1 ORDER BY u.id) AS docs FROM users u', [shape])).rows[0].docs),
  'Drizzle relational query': async () => JSON.stringify(await db.query.users.findMany({
    orderBy: users.id,
    with: { posts: { orderBy: posts.id, columns: { authorId: false } } },
  })),
  'Kysely jsonArrayFrom': async () => JSON.stringify(await kysely.selectFrom('users')
    .select(eb => ['id', 'username', 'email', jsonArrayFrom(
      eb.selectFrom('posts').select(['id', 'title', 'body', 'date', 'views'])
        .whereRef('posts.author_id', '=', 'users.id').orderBy('id')).as('posts')])
    .orderBy('id').execute()),
}

const wanted = JSON.parse(await ways['jsonify']())
for (const way of Object.values(ways)) assert.deepEqual(JSON.parse(await way()), wanted)
for (let run = 0; run <= Number(process.argv[2]); run++) {
  for (const [name, way] of Object.entries(ways)) {
    const start = performance.now()
    await way()
    console.log(`"${name}",${run},${performance.now() - start}`)
  }
}
await pool.end()
await kysely.destroy()
