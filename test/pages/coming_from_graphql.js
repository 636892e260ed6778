// docs/coming-from/graphql.md: the query is GraphQL.
import assert from 'node:assert/strict'
import { block, require } from './blocks.js'

const { parse } = require('graphql')
const query = block('docs/coming-from/graphql.md', 'graphql 1')
assert.deepEqual(parse(query).definitions.map(definition => definition.kind), ['OperationDefinition', 'FragmentDefinition'])
assert.throws(() => parse(query.replace('{', '')), /Syntax Error/)
