// docs/coming-from/drizzle-and-prisma.md: Drizzle's query is right for the compiler, and makes the same document as the
// shape beside it. Prisma's client is made by a program that it downloads: its query is only parsed.
import assert from 'node:assert/strict'
import { block, documents, run, syntaxErrors, typeErrors } from './blocks.js'

const page = ['docs/coming-from/drizzle-and-prisma.md', 'typescript 1']
const [drizzle, prisma] = block(...page).split('// Prisma\n')
assert.equal(syntaxErrors(`async () => {\n${prisma}\n}`), '')
assert.match(syntaxErrors(`async () => {\n${prisma.replace('{', '{{')}\n}`), /error/)

const source = `
import { desc, eq, relations } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { boolean, date, integer, pgTable, text } from 'drizzle-orm/pg-core'
// @ts-ignore: has no types of its own
import pg from 'pg'

const users = pgTable('users', { id: integer().primaryKey(), username: text().notNull() })
const posts = pgTable('posts', { id: integer().primaryKey(), authorId: integer('author_id').notNull(), title: text().notNull(),
                                 date: date().notNull(), published: boolean().notNull() })
const comments = pgTable('comments', { id: integer().primaryKey(), postId: integer('post_id').notNull(), body: text().notNull() })
const schema = {
  users, posts, comments,
  ofUsers: relations(users, ({ many }) => ({ posts: many(posts) })),
  ofPosts: relations(posts, ({ one, many }) => ({
    author: one(users, { fields: [posts.authorId], references: [users.id] }), comments: many(comments) })),
  ofComments: relations(comments, ({ one }) => ({ post: one(posts, { fields: [comments.postId], references: [posts.id] }) })),
}
const client = new pg.Pool()
const db = drizzle({ client, schema })
const name: string = 'ada'
export const made = ${drizzle.replace('// Drizzle\n', '')}
await client.end()
`
assert.equal(typeErrors('page.ts', source), '')
assert.match(typeErrors('wrong.ts', source.replace('columns: { title', 'columns: { titel')), /titel/)
assert.deepEqual([(await run('page.mjs', source)).made], documents(...page))
