"""What fastapi_app answers."""
from fastapi.testclient import TestClient

from fastapi_app import app, pool

with pool, TestClient(app) as client:
    # The list, with and without its filters.
    assert len(client.get("/posts").json()) == 10
    posts = client.get("/posts", params={"author": "ada", "title": "%indexes%"}).json()
    assert [post["title"] for post in posts] == ["Indexes we could do without"] and posts[0]["author"] == "ada"
    assert client.get("/posts", params={"author": "nobody"}).json() == []

    # One, and none.
    response = client.get("/posts/1")
    assert response.status_code == 200 and response.headers["content-type"] == "application/json"
    assert response.json()["tags"] == ["indexes", "performance", "postgresql"]
    assert client.get("/posts/0").status_code == 404

    # Created: keys and defaults are in the answer.
    new = {"title": "New", "body": "...", "date": "2024-07-01", "author": {"id": 2}, "tags": ["indexes"]}
    response = client.post("/posts", json=new)
    assert response.status_code == 201
    post = response.json()
    assert post["author"]["username"] == "ben" and post["comments"] == []

    # Changed, by whoever has read its present state.
    path = f"/posts/{post['id']}"
    response = client.put(path, json={**post, "title": "Newer"})
    assert response.status_code == 200 and response.json()["title"] == "Newer"
    response = client.put(path, json={**post, "title": "Newest"})
    assert response.status_code == 409 and response.json()["detail"][0]["type"] == "conflict"
    assert client.put("/posts/0", json={"title": "None"}).status_code == 404

    # All that is wrong, with its paths.
    response = client.post("/posts", json={"title": 5, "date": "soon", "author": {"id": 0}, "nick": "x"})
    assert response.status_code == 422
    errors = {tuple(error["loc"]): error["type"] for error in response.json()["detail"]}
    assert errors == {("body", "title"): "wrong_type", ("body", "date"): "bad_value", ("body", "body"): "required",
                      ("body", "author"): "not_found", ("body", "nick"): "unknown"}

    # Taken out, with what is its own.
    assert client.delete(path).json()["title"] == "Newer"
    assert client.get(path).status_code == 404 and client.delete(path).status_code == 404

    # Described.
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["Post"]["properties"]["tags"] == {"type": "array", "items": {"type": "string"}}
    assert schemas["NewPost"]["required"] == ["body", "date", "title", "author"]
    assert schemas["ChangedPost"]["required"] == ["id"]
