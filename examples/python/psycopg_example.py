"""psycopg 3: str for relations and shapes, Jsonb for params, ::text for the answer."""
import json

import psycopg
from psycopg.types.json import Jsonb

SHAPE = "{ id, title, version: @etag }"

with psycopg.connect() as connection:
    # A list as one array, as text: nothing is decoded on the way.
    (text,) = connection.execute(
        "SELECT jsonify_text_agg(p, %s, %s ORDER BY p.id)::text FROM posts p WHERE p.id <= %s",
        ("{ id, tags(where: name like $like, order: name).name }", Jsonb({"like": "p%"}), 2),
    ).fetchone()
    assert isinstance(text, str) and json.loads(text)[0] == {"id": 1, "name": ["performance", "postgresql"]}

    # The relation is a plain string; what has no row has no document.
    found = connection.execute("SELECT jsonify_find_text(%s, %s, %s)::text", ("posts", "(where: id = $id)" + SHAPE, Jsonb({"id": -1})))
    assert found.fetchone() is None

    # Without ::text psycopg decodes: for a program that works with the document.
    (post,) = connection.execute("SELECT jsonify_find(%s, %s, %s)", ("posts", "(where: id = $id)" + SHAPE, Jsonb({"id": 1}))).fetchone()
    post["title"] = "A title that is better"
    (saved,) = connection.execute("SELECT jsonify_save(%s, %s, %s)", ("posts", Jsonb(post), SHAPE)).fetchone()
    assert saved["title"] == post["title"] and saved["version"] != post["version"]

    # Many rows, a batch at a time, through a server-side cursor.
    with connection.cursor("documents") as cursor:
        cursor.itersize = 100
        cursor.execute("SELECT jsonify_find_text('comments', '{ id, author { username } }')::text")
        assert sum(1 for _ in cursor) == 2500

    # An error has the SQLSTATE, and in its detail what is wrong where.
    try:
        with connection.transaction():
            connection.execute("SELECT jsonify_save(%s, %s, %s)", ("posts", Jsonb({"id": 1, "x": 1}), SHAPE))
    except psycopg.Error as error:
        assert error.sqlstate == "JF422"
        assert [e["loc"] for e in json.loads(error.diag.message_detail)] == [["x"]]
    else:
        raise AssertionError("it was saved")
