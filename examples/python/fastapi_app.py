"""FastAPI: a resource of posts without a serializer. Run it by: python3 -m uvicorn fastapi_app:app"""
import json
from typing import Any, Dict, Optional

from fastapi import Body, FastAPI, HTTPException, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from psycopg import Error
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

# One shape reads, saves and describes.
POST = """{ id, title, body, date, version: @etag,
            author(write: link) { id, username },
            tags: tags(write: link, by: name, missing: unlink, order: name).name,
            comments(write: own, missing: delete) { id, body @readonly } }"""
LIST = """(where: author.username = $author? and title ilike $title?, order: date desc, limit: $limit)
          { id, title, date, author: author.username, count(comments) }"""

SCHEMAS = {"Post": {}, "NewPost": {"for": "save"}, "ChangedPost": {"for": "save", "mode": "update"}}

app = FastAPI(title="Blog")
pool = ConnectionPool("", min_size=1, max_size=4, open=True)  # PGHOST, PGDATABASE, ...


def ask(query, *values, status=200):
    with pool.connection() as connection:  # a transaction
        row = connection.execute(query, values).fetchone()
    if row is None:
        raise HTTPException(404)
    return Response(row[0], status, media_type="application/json")


# What is wrong with a document, in the form of FastAPI's own errors.
@app.exception_handler(Error)
def database_error(request: Request, error: Error):
    status = {"JF422": 422, "JF409": 409, "JF404": 404}.get(error.sqlstate)
    if status is None:
        raise error
    detail = [{**e, "loc": ["body", *e["loc"]]} for e in json.loads(error.diag.message_detail)]
    return JSONResponse({"detail": detail}, status)


def content(name):
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def one(name, status=200):
    return {"status_code": status, "responses": {status: content(name)}}


@app.get("/posts")
def list_posts(author: Optional[str] = None, title: Optional[str] = None, limit: int = 10):
    params = {"author": author, "title": title, "limit": limit}
    params = {name: value for name, value in params.items() if value is not None}
    return ask("""SELECT '[' || coalesce(string_agg(doc::text, ','), '') || ']'
                    FROM jsonify_find_text('posts', %s, %s) AS doc""", LIST, Jsonb(params))


@app.get("/posts/{id}", **one("Post"))
def get_post(id: int):
    return ask("SELECT jsonify_find_text('posts', %s, %s)::text", "(where: id = $id)" + POST, Jsonb({"id": id}))


@app.post("/posts", **one("Post", 201), openapi_extra={"requestBody": content("NewPost")})
def create_post(post: Dict[str, Any] = Body()):
    options = Jsonb({"mode": "insert"})
    return ask("SELECT jsonify_save('posts', %s, %s, NULL, %s)::text", Jsonb(post), POST, options, status=201)


@app.put("/posts/{id}", **one("Post"), openapi_extra={"requestBody": content("ChangedPost")})
def update_post(id: int, post: Dict[str, Any] = Body()):
    post["id"] = id
    options = Jsonb({"mode": "update"})
    return ask("SELECT jsonify_save('posts', %s, %s, NULL, %s)::text", Jsonb(post), POST, options)


@app.delete("/posts/{id}", **one("Post"))
def delete_post(id: int):
    return ask("SELECT jsonify_delete('posts', %s, %s)::text", Jsonb({"id": id}), POST)


# OpenAPI, from the database: each schema is a component, and so is what it defines.
def openapi():
    if app.openapi_schema is None:
        api = get_openapi(title=app.title, version=app.version, openapi_version="3.1.0", routes=app.routes)
        components = api.setdefault("components", {}).setdefault("schemas", {})
        for name, options in SCHEMAS.items():
            text = ask("SELECT jsonify_schema('posts', %s, NULL, %s)::text", POST, Jsonb(options)).body.decode()
            schema = json.loads(text.replace("#/$defs/", f"#/components/schemas/{name}."))
            components.update({f"{name}.{key}": value for key, value in schema.pop("$defs", {}).items()})
            components[name] = schema
        app.openapi_schema = api
    return app.openapi_schema


app.openapi = openapi
