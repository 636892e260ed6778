"""The same documents, users with their posts, as Python applications make them: from the query to the body of a
response. Prints way,run,ms; run 0 warms up, and the ways take turns. For Debian 12's versions of the libraries."""
import datetime
import json
import os
import sys
import time

import django
import marshmallow
import pydantic
from django.conf import settings
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../examples/python"))
from documents import documents, rows
from models import User, engine

database = {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"]}
settings.configure(DATABASES={"default": database}, INSTALLED_APPS=["rest_framework"],
                   REST_FRAMEWORK={"UNAUTHENTICATED_USER": None})
django.setup()
from django.db import models
from rest_framework import renderers, serializers

SHAPE = "{ id, username, email, posts(order: id) { id, title, body, date, views } }"


def loaded(session):
    return session.scalars(select(User).options(selectinload(User.posts)).order_by(User.id)).all()


# SQLAlchemy, with to_dict() by hand.
def user_to_dict(user):
    return {"id": user.id, "username": user.username, "email": user.email, "posts": [post_to_dict(p) for p in user.posts]}


def post_to_dict(post):
    return {"id": post.id, "title": post.title, "body": post.body, "date": post.date.isoformat(), "views": post.views}


def to_dict():
    with Session(engine) as session:
        return json.dumps([user_to_dict(user) for user in loaded(session)])


# marshmallow.
class PostSchema(marshmallow.Schema):
    id = marshmallow.fields.Int()
    title = marshmallow.fields.Str()
    body = marshmallow.fields.Str()
    date = marshmallow.fields.Date()
    views = marshmallow.fields.Int()


class UserSchema(marshmallow.Schema):
    id = marshmallow.fields.Int()
    username = marshmallow.fields.Str()
    email = marshmallow.fields.Str()
    posts = marshmallow.fields.List(marshmallow.fields.Nested(PostSchema))


user_schema = UserSchema(many=True)


def by_marshmallow():
    with Session(engine) as session:
        return user_schema.dumps(loaded(session))


# Pydantic.
class Model(pydantic.BaseModel):
    class Config:
        orm_mode = True


class PostModel(Model):
    id: int
    title: str
    body: str
    date: datetime.date
    views: int


class UserModel(Model):
    id: int
    username: str
    email: str
    posts: list[PostModel]


class Users(pydantic.BaseModel):
    __root__: list[UserModel]


def by_pydantic():
    with Session(engine) as session:
        return Users(__root__=[UserModel.from_orm(user) for user in loaded(session)]).json()


# Django REST framework.
class DjangoUser(models.Model):
    username = models.TextField()
    email = models.TextField()

    class Meta:
        app_label, db_table, managed = "rest_framework", "users", False


class DjangoPost(models.Model):
    author = models.ForeignKey(DjangoUser, models.CASCADE, related_name="posts")
    title = models.TextField()
    body = models.TextField()
    date = models.DateField()
    views = models.BigIntegerField()

    class Meta:
        app_label, db_table, managed, ordering = "rest_framework", "posts", False, ["id"]


class PostSerializer(serializers.ModelSerializer):
    class Meta:
        model, fields = DjangoPost, ["id", "title", "body", "date", "views"]


class UserSerializer(serializers.ModelSerializer):
    posts = PostSerializer(many=True)

    class Meta:
        model, fields = DjangoUser, ["id", "username", "email", "posts"]


def by_rest_framework():
    users = DjangoUser.objects.prefetch_related("posts").order_by("id")
    return renderers.JSONRenderer().render(UserSerializer(users, many=True).data).decode()


# jsonify: text as it is, and decoded by the driver and encoded again, as happens without ::text.
def by_jsonify():
    with Session(engine) as session:
        return session.scalar(documents(rows(User).order_by(User.id), SHAPE))


def parsed():
    with Session(engine) as session:
        found = rows(User).order_by(User.id).subquery()
        return json.dumps(session.scalar(select(func.jsonify_text_agg(found.c.row, SHAPE))))


WAYS = {"jsonify": by_jsonify, "jsonify, parsed and encoded again": parsed, "SQLAlchemy selectinload, to_dict": to_dict,
        "SQLAlchemy selectinload, marshmallow": by_marshmallow, "SQLAlchemy selectinload, Pydantic": by_pydantic,
        "Django REST framework": by_rest_framework}

wanted = json.loads(by_jsonify())
for name, way in WAYS.items():
    assert json.loads(way()) == wanted, f"{name}: other documents"
for run in range(int(sys.argv[1]) + 1):
    for name, way in WAYS.items():
        start = time.perf_counter()
        way()
        print(f'"{name}",{run},{1000 * (time.perf_counter() - start)}')
