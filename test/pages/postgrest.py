"""The functions of docs/clients.md and docs/coming-from/postgrest.md that are to be called by PostgREST, called by statements
of the form that it sends (version 17): as a role that may log in and nothing else, which becomes that of the request,
with its claims, in a transaction that only reads, for the functions are STABLE; arguments of a query string as
parameters of no type, those of a body as one value of JSON."""
import json

import psycopg

from blocks import blocks


def function(page, name):
    (text,) = (text for language, text in blocks(page) if language == "sql" and f"FUNCTION {name}(" in text)
    return text


with psycopg.connect(autocommit=True) as owner:
    for block in function("docs/clients.md", "posts_of"), function("docs/coming-from/postgrest.md", "find_posts"):
        owner.execute(block)
    owner.execute("""
        CREATE ROLE pages_authenticator LOGIN NOINHERIT;
        CREATE ROLE pages_reader;
        GRANT pages_reader TO pages_authenticator;
        GRANT SELECT (id, title, author_id, date, published) ON posts TO pages_reader;
        GRANT SELECT (id, username) ON users TO pages_reader;
        CREATE POLICY shown ON posts USING (published OR author_id = (current_setting('request.jwt.claims')::jsonb ->> 'user')::int);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        UPDATE posts SET published = false WHERE id IN (1, 5)""")


def request(call, values, body, user):
    """The body of the answer to a request of user for what call says."""
    with psycopg.connect(user="pages_authenticator") as connection:
        connection.read_only = True
        connection.execute("""SELECT set_config('search_path', '"public"', true), set_config('role', 'pages_reader', true),
                                     set_config('request.jwt.claims', %s, true), set_config('request.method', 'GET', true)""",
                           [json.dumps({"role": "pages_reader", "user": user})])
        query = f"""WITH pgrst_source AS ({call})
                    SELECT NULL::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, {body} AS body,
                           nullif(current_setting('response.headers', true), '') AS response_headers
                      FROM (SELECT * FROM pgrst_source) _postgrest_t"""
        return connection.execute(query, values).fetchone()[2]


def get_posts_of(user, **arguments):
    call = ", ".join(f'"{name}" := %s::{"integer" if name == "most" else "text"}' for name in arguments)
    return request(f'SELECT pgrst_call.pgrst_scalar FROM (SELECT "public"."posts_of"({call}) pgrst_scalar) pgrst_call',
                   list(arguments.values()), "coalesce(json_agg(_postgrest_t.pgrst_scalar), '[]')", user)


def post_find_posts(user, body):
    columns = ", ".join(f'"{name}" {"json" if name == "params" else "text"}' for name in body)
    call = ", ".join(f'"{name}" := pgrst_body."{name}"' for name in body)
    names = ", ".join(f'"{name}"' for name in body)
    source = f"""SELECT pgrst_call.pgrst_scalar FROM (SELECT %s::json AS json_data) pgrst_payload,
                        LATERAL (SELECT {names} FROM json_to_record(pgrst_payload.json_data) AS _({columns})) pgrst_body,
                        LATERAL (SELECT "public"."find_posts"({call}) pgrst_scalar) pgrst_call"""
    return request(source, [json.dumps(body)], "coalesce(json_agg(_postgrest_t.pgrst_scalar) -> 0, 'null')", user)


def same(made, wanted):
    assert made == wanted, f"{made}\nis not {wanted}"


def refused(sqlstate, user, body):
    try:
        made = post_find_posts(user, body)
    except psycopg.Error as error:
        same(error.sqlstate, sqlstate)
    else:
        raise AssertionError(f"no error: {made}")


bread, indexes = {"id": 2, "title": "Bread, and other slow queries"}, {"id": 1, "title": "Indexes we could do without"}
same(get_posts_of(1, author="ada"), [bread, indexes])
same(get_posts_of(1, author="ada", title="%index%"), [indexes])
same(get_posts_of(1, author="ada", most="1"), [bread])
same(get_posts_of(2, author="ada"), [bread])
same(get_posts_of(1, author="nobody"), [])

shape = "(where: id = $id) { title, author { username } }"
ada = {"username": "ada"}
same(post_find_posts(1, {"shape": shape, "params": {"id": 1}}), [{"title": indexes["title"], "author": ada}])
same(post_find_posts(2, {"shape": shape, "params": {"id": 1}}), [])
same(post_find_posts(2, {"shape": "(where: author.username = 'ada') { title, author { username } }"}), [{"title": bread["title"], "author": ada}])
refused("42501", 1, {"shape": "{ title, body }"})
refused("42601", 1, {"shape": "{ title"})
