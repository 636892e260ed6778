"""docs/coming-from/django-rest-framework.md: the serializers make the same documents as the shape beside them."""
import json
import os

import django
from django.conf import settings

from blocks import block, documents

PAGE, NAME = "docs/coming-from/django-rest-framework.md", "python 1"
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"]}},
                   INSTALLED_APPS=["rest_framework"], REST_FRAMEWORK={"UNAUTHENTICATED_USER": None}, USE_TZ=True)
django.setup()
from django.db import models
from django.db.models import Count
from rest_framework.fields import CharField, IntegerField
from rest_framework.relations import SlugRelatedField
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer


class User(models.Model):
    username, first_name, last_name = models.TextField(), models.TextField(), models.TextField()
    display_name = models.TextField()

    class Meta:
        app_label, db_table, managed = "rest_framework", "users", False


class Category(models.Model):
    name = models.TextField()

    class Meta:
        app_label, db_table, managed = "rest_framework", "categories", False


class Post(models.Model):
    author, category = models.ForeignKey(User, models.CASCADE), models.ForeignKey(Category, models.CASCADE, null=True)
    title, body, date = models.TextField(), models.TextField(), models.DateField()
    published, views = models.BooleanField(), models.BigIntegerField()

    class Meta:
        app_label, db_table, managed = "rest_framework", "posts", False


class Comment(models.Model):
    post = models.ForeignKey(Post, models.CASCADE, related_name="comments")
    author, body = models.ForeignKey(User, models.CASCADE), models.TextField()

    class Meta:
        app_label, db_table, managed, ordering = "rest_framework", "comments", False, ["id"]


author = User.objects.get(id=1)
exec(block(PAGE, NAME))
made = json.loads(JSONRenderer().render(PostSerializer(queryset, many=True).data))
wanted = documents(PAGE, NAME)
assert made == wanted, f"{made}\nis not {wanted}"
