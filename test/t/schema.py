# Schemas and documents against each other, for schema.pl: with a validator that
# others wrote, python3-jsonschema.
#
# Each line on standard input is {"name", "schema", "good": [...], "bad": [...],
# "spoil": bool}: documents that must be valid by the schema, and such that must not;
# with "spoil", good ones are spoilt in all ways, too: a key too many, one too few, a
# value of another type. What is not as it must be is printed; then the numbers.
# With the argument "mutate", each line is a document, and all that is done to it in
# the same ways is printed, a line each: what was done, a tab, the document.
import copy
import json
import re
import sys

import jsonschema

checker = jsonschema.FormatChecker(formats=["date", "uuid"])

# RFC 3339, which python3-jsonschema leaves to others; a year, as of "date", has four digits
@checker.checks("date-time")
def is_date_time(value):
    return not isinstance(value, str) or re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value, re.ASCII) is not None

def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=checker)

def says_nothing(schema):
    return not set(schema) - {"description"}

# What a definition says, in the place of a reference to it.
def resolved(root, schema):
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema

WRONG = [None, True, 1.5, "zz ?", [], {}, {"zz wrong": 0}, ["zz ?"]]

# All objects of a document that a schema closes, as (path, schema of it).
def closed_objects(root, schema, value, path=()):
    schema = resolved(root, schema)
    if isinstance(value, dict):
        if schema.get("additionalProperties") is False:
            yield path, schema
        for key, member in value.items():
            inner = schema.get("properties", {}).get(key)
            if inner is None and isinstance(schema.get("additionalProperties"), dict):
                inner = schema["additionalProperties"]
            if inner is not None:
                yield from closed_objects(root, inner, member, path + (key,))
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for i, member in enumerate(value):
            yield from closed_objects(root, schema["items"], member, path + (i,))

def at(document, path):
    for step in path:
        document = document[step]
    return document

def spoilt(schema, document):
    for path, inner in closed_objects(schema, schema, document):
        spoil = copy.deepcopy(document)
        at(spoil, path)["zz too many"] = 1
        yield "a key too many at %s" % (path,), [spoil], 1
        for key in inner.get("required", []):
            if key not in at(document, path):
                continue
            spoil = copy.deepcopy(document)
            del at(spoil, path)[key]
            yield "without %s at %s" % (key, path), [spoil], 1
        for key, member in inner.get("properties", {}).items():
            # of an array or an object in a value of any kind nothing is known
            if key not in at(document, path) or says_nothing(resolved(schema, member)):
                continue
            wrong = []
            for value in [True, 1.5, {"zz wrong": 0}]:
                spoil = copy.deepcopy(document)
                at(spoil, path)[key] = value
                wrong.append(spoil)
            yield "another type of %s at %s" % (key, path), wrong, 2

def mutations(value, path=()):
    if isinstance(value, dict):
        for key in value:
            yield from mutations(value[key], path + (key,))
            yield "-" + json.dumps(path + (key,)), lambda d, p=path, k=key: at(d, p).pop(k)
        yield "+" + json.dumps(path), lambda d, p=path: at(d, p).update({"zz too many": 1})
    if isinstance(value, list):
        for i, member in enumerate(value):
            yield from mutations(member, path + (i,))
    if path:
        for wrong in WRONG:
            def put(d, p=path, w=wrong):
                at(d, p[:-1])[p[-1]] = copy.deepcopy(w)
            yield "=" + json.dumps(path) + " " + json.dumps(wrong), put

if sys.argv[1:] == ["mutate"]:
    for line in sys.stdin:
        document = json.loads(line)
        print("as it is\t" + json.dumps(document))
        for what, change in mutations(document):
            mutant = copy.deepcopy(document)
            change(mutant)
            print(what + "\t" + json.dumps(mutant))
    sys.exit()

good = bad = 0
for line in sys.stdin:
    case = json.loads(line)
    valid = validator(case["schema"])
    for document in case.get("good") or []:
        good += 1
        for error in list(valid.iter_errors(document))[:2]:
            print("%s: refused at %s: %s" % (case["name"], list(error.absolute_path), error.message[:300]))
    for document in case.get("bad") or []:
        bad += 1
        if valid.is_valid(document):
            print("%s: taken: %s" % (case["name"], json.dumps(document)[:300]))
    for document in (case.get("good") or [])[:2] if case.get("spoil") else []:
        for what, documents, refused in spoilt(case["schema"], document):
            bad += 1
            if sum(not valid.is_valid(d) for d in documents) < refused:
                print("%s: taken, %s: %s" % (case["name"], what, json.dumps(documents)[:300]))
print("%d good, %d bad" % (good, bad))
