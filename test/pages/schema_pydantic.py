"""docs/schema.md, Pydantic: the models that it shows read every post of the sample blog, and none with a key more."""
import re
import sys
from datetime import date, datetime
from enum import Enum
from typing import List, Optional, Union

import pydantic
import psycopg
from pydantic import BaseModel, Extra, Field

from blocks import block

PAGE, NAME = "docs/schema.md", "python 1"
program = compile("from __future__ import annotations\n" + block(PAGE, NAME), PAGE, "exec")
if not pydantic.VERSION.startswith("1."):
    print(f"the page is of Pydantic 1, and this is {pydantic.VERSION}: compiled, not run")
    sys.exit(77)

from pydantic import constr

exec(program)
shape = re.search(r"jsonify_schema\('posts', '(.*)'\)", block(PAGE, "shell 1"), re.DOTALL)[1]
with psycopg.connect() as connection:
    documents = [row[0] for row in connection.execute("SELECT jsonify_find('posts', %s)", [shape])]
assert len(documents) == 600, len(documents)
for document in documents:
    Posts.parse_obj(document)
    for wrong in ({**document, "extra": 1}, {**document, "id": None}, {**document, "author": {**document["author"], "extra": 1}}):
        try:
            Posts.parse_obj(wrong)
        except pydantic.ValidationError:
            continue
        sys.exit(f"{wrong} was read")
