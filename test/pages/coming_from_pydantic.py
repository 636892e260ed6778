"""docs/coming-from/pydantic.md: the models make the same document as the shape beside them. It is for Pydantic 2; where
Debian has the first one only its syntax is checked, by compiling it."""
import sys
from types import SimpleNamespace

import pydantic

from blocks import block, documents

PAGE, NAME = "docs/coming-from/pydantic.md", "python 1"
program = compile(block(PAGE, NAME), PAGE, "exec")
if pydantic.VERSION.startswith("1."):
    print(f"the page is of Pydantic 2, and this is {pydantic.VERSION}: compiled, not run")
    sys.exit(77)

import psycopg
from psycopg.rows import kwargs_row
from pydantic import AliasGenerator, BaseModel, ConfigDict, field_validator
from pydantic.alias_generators import to_camel


class Session:
    """What an ORM would load, without one."""

    def get(self, model, id, options):
        with psycopg.connect() as connection, connection.cursor(row_factory=kwargs_row(SimpleNamespace)) as cursor:
            post = cursor.execute("SELECT * FROM posts WHERE id = %s", [id]).fetchone()
            post.author = cursor.execute("SELECT * FROM users WHERE id = %s", [post.author_id]).fetchone()
            post.tags = cursor.execute("SELECT t.* FROM tags t JOIN post_tags ON tag_id = t.id WHERE post_id = %s ORDER BY t.id",
                                       [id]).fetchall()
            return post


class App:
    def get(self, path, response_model):
        self.response_model = response_model
        return lambda endpoint: endpoint


app, models = App(), SimpleNamespace(Post=SimpleNamespace(author=None, tags=None))
DB = Session
joinedload = selectinload = lambda attribute: attribute
exec(program)
# as FastAPI does it
made = app.response_model.model_validate(get_post(1, Session())).model_dump(mode="json", by_alias=True)
wanted = documents(PAGE, NAME)
assert [made] == wanted, f"{made}\nis not {wanted}"
