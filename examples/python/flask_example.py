"""Flask: the text of a document is the body of the response."""
import json

from flask import Flask, request
from psycopg import Error
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

app = Flask(__name__)
pool = ConnectionPool("", min_size=1, max_size=4)  # PGHOST, PGDATABASE, ...
USER = "{ id, username, email, role, posts(order: date desc, limit: 5) { id, title } }"


def ask(query, *values):
    with pool.connection() as connection:
        row = connection.execute(query, values).fetchone()
    return app.response_class(row[0], mimetype="application/json") if row else ({"detail": "Not Found"}, 404)


@app.errorhandler(Error)
def database_error(error):
    status = {"JF422": 422, "JF409": 409, "JF404": 404}.get(error.sqlstate)
    if status is None:
        raise error
    return {"detail": json.loads(error.diag.message_detail)}, status


@app.get("/users")
def list_users():
    return ask("SELECT jsonify_text_agg(u, %s)::text FROM (SELECT u FROM users AS u ORDER BY id LIMIT %s) AS page",
               USER, request.args.get("limit", 10, int))


@app.get("/users/<int:id>")
def get_user(id):
    return ask("SELECT jsonify_find_text('users', %s, %s)::text", "(where: id = $id)" + USER, Jsonb({"id": id}))


@app.patch("/users/<int:id>")
def change_user(id):
    document = {**request.get_json(), "id": id}
    return ask("SELECT jsonify_save('users', %s, %s, NULL, %s)::text", Jsonb(document), USER, Jsonb({"mode": "update"}))


if __name__ == "__main__":
    client = app.test_client()
    users = client.get("/users?limit=3")
    assert users.mimetype == "application/json" and [u["username"] for u in users.json] == ["ada", "ben", "carla"]
    assert len(client.get("/users/1").json["posts"]) == 2
    assert client.get("/users/0").status_code == 404
    assert client.patch("/users/3", json={"role": "author"}).json["role"] == "author"
    answer = client.patch("/users/3", json={"role": "queen", "password": "x"})
    assert answer.status_code == 422 and {e["loc"][0] for e in answer.json["detail"]} == {"role", "password"}
    assert client.patch("/users/0", json={"role": "author"}).status_code == 404
    pool.close()
