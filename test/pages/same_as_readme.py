"""docs/installation.md: its commands are among README.md's, which others run."""
from blocks import named


def lines(page):
    return {line.split("#")[0].strip() for name, text in named(page).items() if name.startswith("shell") for line in text.splitlines()}


assert lines("docs/installation.md") and not lines("docs/installation.md") - lines("README.md"), lines("docs/installation.md")
