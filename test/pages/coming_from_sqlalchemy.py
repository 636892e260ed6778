"""docs/coming-from/sqlalchemy.md: marshmallow makes the same document as the shape beside it."""
import os
import sys
import textwrap

from marshmallow import Schema, fields
from sqlalchemy import Column, Date, ForeignKey, Integer, Table, Text, create_engine, select
from sqlalchemy.orm import Session, declarative_base, relationship, selectinload

from blocks import block, documents

PAGE, NAME = "docs/coming-from/sqlalchemy.md", "python 1"
Base = declarative_base()
post_tags = Table("post_tags", Base.metadata, Column("post_id", ForeignKey("posts.id")), Column("tag_id", ForeignKey("tags.id")))


class Tag(Base):
    __tablename__ = "tags"
    id, name = Column(Integer, primary_key=True), Column(Text)


class Comment(Base):
    __tablename__ = "comments"
    id, body, post_id = Column(Integer, primary_key=True), Column(Text), Column(ForeignKey("posts.id"))


class Post(Base):
    __tablename__ = "posts"
    id, title, date, author_id = Column(Integer, primary_key=True), Column(Text), Column(Date), Column(ForeignKey("users.id"))
    tags = relationship(Tag, post_tags, order_by=Tag.id)
    comments = relationship(Comment, order_by=Comment.id)


class User(Base):
    __tablename__ = "users"
    id, username = Column(Integer, primary_key=True), Column(Text)
    posts = relationship(Post, order_by=Post.id)


class TagSchema(Schema):
    name = fields.Str()


class CommentSchema(Schema):
    id, body = fields.Int(), fields.Str()


with Session(create_engine("postgresql+psycopg2://")) as session:
    exec("def page():\n" + textwrap.indent(block(PAGE, NAME), "    "))
    made = page()
wanted = documents(PAGE, NAME)
assert [made] == wanted, f"{made}\nis not {wanted}"
