"""docs/schema.md, OpenAPI: the application that it shows, by FastAPI, and what the page says of its answer. Prints that."""
import doctest
import json
import re

import psycopg

from blocks import block

PAGE = "docs/schema.md"
shape = re.search(r"jsonify_schema\('posts', '(.*)'\)", block(PAGE, "shell 1"), re.DOTALL)[1]
saved = "{ id, username, email, posts(write: own, missing: delete) { id, title, body, date } }"
with psycopg.connect() as connection:
    for file, arguments in ("post.json", ["posts", shape, "{}"]), ("save.json", ["users", saved, '{"for": "save"}']):
        (schema,) = connection.execute("SELECT jsonify_schema(%s, %s, NULL, %s)", arguments).fetchone()
        json.dump(schema, open(file, "w"))

program = {}
exec(block(PAGE, "python 2"), program)
example = doctest.DocTestParser().get_doctest(block(PAGE, "shell 3"), program, PAGE, None, 0)
result = doctest.DocTestRunner().run(example, clear_globs=False)
assert result.attempted == 1 and result.failed == 0, result
print(json.dumps(program["openapi"]()))
