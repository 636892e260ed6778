"""SQLAlchemy: documents of models, in the session's own transaction."""
import datetime
import json

from sqlalchemy import Text, cast, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased

from documents import documents, row, rows
from models import Post, User, engine

with Session(engine) as session:
    # Filtered, ordered and limited by SQLAlchemy, in this order in the array; what is related by the shape.
    newest = rows(Post).where(Post.published).order_by(Post.date.desc(), Post.id).limit(3)
    text = session.scalar(documents(newest, "{ id, date, author { username }, tags: tags.name }"))
    assert isinstance(text, str)  # not decoded: it is the body of a response
    dates = [post["date"] for post in json.loads(text)]
    assert len(dates) == 3 and dates == sorted(dates, reverse=True)

    # Params go by their names; no quoting, and a list is a list.
    shape = "{ username, posts(where: title ilike $words and id in $ids, order: id) { id } }"
    ada = rows(User).where(User.username == "ada")
    text = session.scalar(documents(ada, shape, {"words": "%index%", "ids": [1, 2, 3]}))
    assert json.loads(text) == [{"username": "ada", "posts": [{"id": 1}]}]
    assert session.scalar(documents(rows(User).where(User.id < 0), "{ id }")) == "[]"

    # One document beside other columns; and of an alias.
    writer = aliased(User)
    document = cast(func.jsonify_text(row(writer), "{ username, count(posts) }"), Text)
    found = session.execute(select(writer.id, document).join(Post, Post.author_id == writer.id).where(Post.id == 1)).one()
    assert found == (1, '{"username":"ada","count":2}')

    # A new row and its document in one statement.
    statement = insert(Post).values(author_id=1, title="New", body="...", date=datetime.date(2024, 7, 1))
    created = cast(func.jsonify_text(row(Post), "{ title, views, author { username } }"), Text)
    text = session.scalar(statement.returning(created))
    assert text == '{"title":"New","views":0,"author":{"username":"ada"}}'

    # The session's changes are seen once they are flushed, as by any query.
    session.add(Post(author_id=1, title="Newer", body="...", date=datetime.date(2024, 7, 2)))
    session.flush()
    assert '"title":"Newer"' in session.scalar(documents(rows(Post).where(Post.title == "Newer"), "{ title }"))

    # A mistake in a shape says where it is.
    try:
        session.scalar(documents(rows(User), "{ usernme }"))
    except DBAPIError as error:
        assert error.orig.pgcode == "42703" and error.orig.diag.message_hint == 'Perhaps you meant "username".'
    else:
        raise AssertionError("usernme was found")
