"""The blocks of README.md and docs/ that are no SQL and no output of SQL, which test/t/docs.pl runs. What is indented by
four is a block of "shell", too. README.md here says of each of them how it is tried.

    blocks.py            fails where README.md here has other blocks than the pages; prints a line for each: page, block, how, by what
    blocks.py PAGE BLOCK prints one, as "docs/schema.md" "python 2"
    blocks.py --documents PAGE BLOCK prints the documents that stand in the first block of JSON behind it, as an array
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
HOW = ("run", "read", "not run")


def blocks(page):
    """All of them in the page's order, as (language, text)."""
    found, fence, shell = [], None, None
    for line in open(os.path.join(ROOT, page), encoding="utf-8"):
        mark = re.match(r"\s*(```+)\s*(\S*)", line)
        if fence:
            if line.strip() == fence:
                fence = None
            else:
                found[-1][1] += line
        elif mark:
            fence = mark[1]
            found.append([mark[2], ""])
        elif line.startswith("    "):
            if shell is None:
                shell = ["shell", ""]
                found.append(shell)
            shell[1] += line[4:]
        if not line.startswith("    ") or fence:
            shell = None
    return [(language, text) for language, text in found]


def named(page):
    """Those that are no SQL, by name: "python 1", "python 2"."""
    counts, found = {}, {}
    for language, text in blocks(page):
        if language not in ("sql", "json", "text"):
            counts[language] = counts.get(language, 0) + 1
            found[f"{language} {counts[language]}"] = text
    return found


def block(page, name):
    return named(page)[name]


def documents(page, name):
    """What the first block of JSON behind the named one has, as Python values."""
    all_blocks = blocks(page)
    text = next(text for language, text in all_blocks[all_blocks.index((name.split()[0], block(page, name))):] if language == "json")
    found, decoder = [], json.JSONDecoder()
    while text.strip():
        value, end = decoder.raw_decode(text.lstrip())
        found.append(value)
        text = text.lstrip()[end:]
    return found


def pages():
    yield "README.md"
    for directory, _, files in sorted(os.walk(os.path.join(ROOT, "docs"))):
        yield from (os.path.relpath(os.path.join(directory, file), ROOT) for file in sorted(files) if file.endswith(".md"))


def listed():
    """The rows of the table in README.md here: (page, block, how, by what or why not)."""
    for line in open(os.path.join(HERE, "README.md"), encoding="utf-8"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| ") and cells[0].endswith(".md"):
            names = re.fullmatch(r"(\w+) (\d+)(?: to (\d+))?", cells[1])
            for n in range(int(names[2]), int(names[3] or names[2]) + 1):
                yield cells[0], f"{names[1]} {n}", cells[2], cells[3]


def main():
    if sys.argv[1:2] == ["--documents"]:
        print(json.dumps(documents(*sys.argv[2:])))
        return 0
    if len(sys.argv) == 3:
        sys.stdout.write(block(*sys.argv[1:]))
        return 0
    table = list(listed())
    there = {(page, name) for page in pages() for name in named(page)}
    wrong = [f"not in the table: {page}, {name}" for page, name in sorted(there - {row[:2] for row in table})]
    wrong += [f"in the table, and not there: {page}, {name}" for page, name in sorted({row[:2] for row in table} - there)]
    wrong += [f"{row[0]}, {row[1]}: how is one of: {', '.join(HOW)}" for row in table if row[2] not in HOW]
    if wrong or len(table) != len(there):
        print("\n".join(wrong) or "a block stands twice in the table")
        return 1
    for row in table:
        print("\t".join(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
