"""The blog's tables as far as the examples need them, for SQLAlchemy 1.4 and 2."""
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, ForeignKey, Integer, Text, create_engine, text
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    username = Column(Text, nullable=False, unique=True)
    email = Column(Text, nullable=False)
    password = Column(Text, nullable=False)
    first_name = Column(Text, nullable=False)
    last_name = Column(Text, nullable=False)
    created_at = Column(DateTime(timezone=True), nullable=False)
    posts = relationship("Post", back_populates="author", order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("users.id"), nullable=False)
    title = Column(Text, nullable=False)
    body = Column(Text, nullable=False)
    date = Column(Date, nullable=False)
    published = Column(Boolean, nullable=False, server_default=text("true"))
    views = Column(BigInteger, nullable=False, server_default=text("0"))
    author = relationship("User", back_populates="posts")


# libpq's environment (PGHOST, PGDATABASE, ...) says where.
engine = create_engine("postgresql+psycopg2://")
