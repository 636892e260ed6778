"""The documents of saved.arrays, users with their posts and the comments on these, saved from the body of a request:
as they are, and as new ones. Prints bench,way,run,ms; run 0 warms up, the ways take turns, and each run is undone.
For Debian 12's versions of the libraries."""
import datetime
import json
import sys
import time

from sqlalchemy import Column, Date, ForeignKey, Integer, Text, create_engine, text
from sqlalchemy.orm import Session, declarative_base, relationship, selectinload

Base = declarative_base()


class Comment(Base):
    __tablename__, __table_args__ = "comments", {"schema": "saved"}
    id = Column(Integer, primary_key=True)
    post_id = Column(ForeignKey("saved.posts.id"), nullable=False)
    body = Column(Text, nullable=False)


class Post(Base):
    __tablename__, __table_args__ = "posts", {"schema": "saved"}
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("saved.users.id"), nullable=False)
    title = Column(Text, nullable=False)
    date = Column(Date, nullable=False)
    comments = relationship(Comment, cascade="all, delete-orphan", order_by=Comment.id)


class User(Base):
    __tablename__, __table_args__ = "users", {"schema": "saved"}
    id = Column(Integer, primary_key=True)
    username = Column(Text, nullable=False)
    email = Column(Text, nullable=False)
    posts = relationship(Post, cascade="all, delete-orphan", order_by=Post.id)


engine = create_engine("postgresql+psycopg2://")

SHAPE = """{ id, username, email, posts(write: own, missing: delete) {
    id, title, date, comments(write: own, missing: delete) { id, body } } }"""

# What is then there, keys of new rows aside.
ROWS = text("""
    SELECT md5(string_agg(format('%s %s %s %s %s', u.username, u.email, p.title, p.date, c.body), '|'
                          ORDER BY u.username, u.id, p.title, p.id, c.body))
      FROM saved.users AS u
      LEFT JOIN saved.posts AS p ON p.author_id = u.id
      LEFT JOIN saved.comments AS c ON c.post_id = p.id""")


def to_comment(document):
    return Comment(**document)


def to_post(document):
    return Post(**{**document, "date": datetime.date.fromisoformat(document["date"]),
                   "comments": [to_comment(c) for c in document["comments"]]})


def to_user(document):
    return User(**{**document, "posts": [to_post(p) for p in document["posts"]]})


def merge(session, body):
    for document in json.loads(body):
        session.merge(to_user(document))
    session.flush()


# merge finds rows that the session has; so they are read before, in three statements.
def merge_preloaded(session, body):
    documents = json.loads(body)
    preloaded = session.query(User).options(selectinload(User.posts).selectinload(Post.comments)).filter(
        User.id.in_([document["id"] for document in documents])).all()
    for document in documents:
        session.merge(to_user(document))
    session.flush()
    del preloaded  # the session itself holds rows weakly


def add_all(session, body):
    session.add_all([to_user(document) for document in json.loads(body)])
    session.flush()


def jsonify(session, body):
    session.execute(text("""SELECT jsonify_save('saved.users', CAST(:body AS jsonb), :shape, NULL, '{"return": "none"}')"""),
                    {"body": body, "shape": SHAPE})


BENCHES = {"same": {"jsonify": jsonify, "SQLAlchemy merge": merge, "SQLAlchemy selectinload, merge": merge_preloaded},
           "new": {"jsonify": jsonify, "SQLAlchemy merge": merge, "SQLAlchemy add_all": add_all}}

for kind, ways in BENCHES.items():
    with Session(engine) as session:
        body = session.scalar(text("SELECT docs::text FROM saved.arrays WHERE kind = :kind"), {"kind": kind})
    wanted = None
    for run in range(int(sys.argv[1]) + 1):
        for name, way in ways.items():
            with Session(engine) as session:
                start = time.perf_counter()
                way(session, body)
                ms = 1000 * (time.perf_counter() - start)
                rows = session.scalar(ROWS)
                session.rollback()
            wanted = wanted or rows
            assert rows == wanted, f"{name}: other rows"
            print(f'clients_save_{kind},"{name}",{run},{ms}', flush=True)
