"""Django: querysets filter, order and limit; jsonify makes the documents."""
import json
import os

import django
from django.conf import settings
from django.db import connections, models
from django.db.models.expressions import RawSQL

database = {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"]}  # PGHOST, ...
settings.configure(DATABASES={"default": database})
django.setup()


class User(models.Model):
    username = models.TextField(unique=True)
    email = models.TextField()

    class Meta:
        app_label, db_table, managed = "blog", "users", False


class Post(models.Model):
    author = models.ForeignKey(User, models.CASCADE)
    title = models.TextField()
    date = models.DateField()
    published = models.BooleanField()

    class Meta:
        app_label, db_table, managed = "blog", "posts", False


def documents(queryset, shape, params=None):
    """The rows of a queryset, in its order, as one JSON array: text, to be sent as it is."""
    whole_row = RawSQL('"%s"' % queryset.model._meta.db_table, [])  # a name that is no column is the row
    select, values = queryset.annotate(whole_row=whole_row).values_list("whole_row").query.sql_with_params()
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(f"SELECT jsonify_text_agg(found.row, %s, %s)::text FROM ({select}) AS found (row)",
                       [shape, json.dumps(params or {}), *values])
        return cursor.fetchone()[0]


if __name__ == "__main__":
    # HttpResponse(documents(...), content_type="application/json") is the rest.
    text = documents(Post.objects.filter(published=True).order_by("-date", "id")[:3], "{ id, date, author { username } }")
    assert isinstance(text, str)
    dates = [post["date"] for post in json.loads(text)]
    assert len(dates) == 3 and dates == sorted(dates, reverse=True)
    users = User.objects.filter(id__in=Post.objects.filter(date__gte="2024-05-01").values("author")).order_by("-username")
    text = documents(users, "{ username, posts(where: title ilike $q, order: id).title }", {"q": "%index%"})
    assert [user["username"] for user in json.loads(text)] == ["ben", "ada"], text
    assert documents(Post.objects.filter(title="none such"), "{ id }") == "[]"

    # A document beside a model's own fields.
    document = RawSQL("jsonify_text(users, %s)::text", ["{ username, count(posts) }"], models.TextField())
    ada = User.objects.annotate(document=document).get(username="ada")
    assert ada.id == 1 and json.loads(ada.document) == {"username": "ada", "count": 2}
