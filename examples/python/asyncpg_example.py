"""asyncpg: str for the shape and, as JSON text, for params; ::text for the answer."""
import asyncio
import json

import asyncpg


async def main():
    connection = await asyncpg.connect()  # PGHOST, PGDATABASE, ...

    # jsonb is text in asyncpg, both ways, unless a codec is set.
    text = await connection.fetchval(
        "SELECT jsonify_text_agg(p, $1, $2 ORDER BY p.id)::text FROM posts p WHERE p.id <= $3",
        "{ id, tags(where: name like $like, order: name).name }", json.dumps({"like": "p%"}), 2,
    )
    assert json.loads(text)[0] == {"id": 1, "name": ["performance", "postgresql"]}

    # A relation that is a parameter: asyncpg sends a regclass as text.
    text = await connection.fetchval(
        "SELECT jsonify_find_text($1, '(where: id = $id) { title }', $2)::text", "posts", json.dumps({"id": 1}))
    assert json.loads(text)["title"] == "Indexes we could do without"

    # Documents as they are made: a cursor, in a transaction.
    async with connection.transaction():
        cursor = connection.cursor("SELECT jsonify_find_text('comments', '{ id }')::text", prefetch=100)
        assert len([row async for row in cursor]) == 2500

    # Programs that work with documents set a codec once a connection.
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    saved = await connection.fetchval("SELECT jsonify_save('posts', $1, '{ id, title }')", {"id": 1, "title": "Better"})
    assert saved == {"id": 1, "title": "Better"}

    try:
        await connection.fetchval("SELECT jsonify_save('posts', $1, '{ id, title }')", {"id": 1, "x": 1})
    except asyncpg.PostgresError as error:
        assert error.sqlstate == "JF422" and json.loads(error.detail)[0]["loc"] == ["x"]
    else:
        raise AssertionError("it was saved")
    await connection.close()


asyncio.run(main())
