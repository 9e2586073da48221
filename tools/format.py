"""Lays out the Turtle and SPARQL files of the project, or says what is laid out otherwise.

`python -m tools.format [--check] [PATH…]`. No formatter that could be installed keeps how these files are written:
turtlefmt moves comments and joins class expressions into lines of 200 letters, prttl refuses files with comments, and
qlue-ls has no wheel for Python. So this one lays out tokens, and leaves comments, grouping and line breaks alone.
"""

from __future__ import annotations

import argparse
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from tools import sparql, turtle
from tools.tokens import Unreadable, prefixes, tokens

FORMATTED = {".ttl": turtle.formatted, ".rq": sparql.formatted}
FOLDERS = ("ontology", "shapes", "queries")


def files(paths: Sequence[str]) -> list[Path]:
    """The Turtle and SPARQL files at paths, in order."""
    found: set[Path] = set()
    for path in map(Path, paths):
        found |= {path} if path.is_file() else {each for each in path.rglob("*") if each.suffix in FORMATTED}
    return sorted(found)


def read(path: Path) -> str:
    """A file's text with its line ends as they are."""
    return path.read_bytes().decode()


def layout_faults(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Lines that are laid out otherwise than they should be, each with what it should read."""
    old, new = text.split("\n"), FORMATTED[path.suffix](text).split("\n")
    if old[-1]:
        yield len(old), "should end with a line end"
    else:
        old.pop()
    new.pop()
    for kind, start, end, begins, ends in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for at in range(max(end - start, ends - begins) if kind != "equal" else 0):
            line = min(start + at, len(old) - 1) + 1
            yield line, f"should read “{new[begins + at]}”" if begins + at < ends else "should not be here"


def lasting_faults(text: str) -> Iterator[tuple[int, str]]:
    """What only a person can mend."""
    declared, used = prefixes(text)
    for prefix in sorted(set(declared) - used):
        yield declared[prefix], f"the prefix {prefix}: is declared and never used; remove it"
    for token in tokens(text):
        if "\r" in token.text:
            yield token.line, "this text holds a carriage return; write its lines with line feeds"
        if not unicodedata.is_normalized("NFC", token.text):
            yield (
                token.line,
                f"{token.text[:40]} has letters in two parts; write accented letters as one character (NFC)",
            )


def faults(path: Path, check: bool) -> list[tuple[int, str]]:
    """What is wrong with a file, by line; unless it is only checked, the file is laid out first."""
    text = read(path)
    try:
        found = list(layout_faults(path, text)) if check else []
        if not check and (new := FORMATTED[path.suffix](text)) != text:
            path.write_bytes(new.encode())
            text = new
        return sorted([*found, *lasting_faults(text)])
    except Unreadable as error:
        return [(error.line, str(error))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs from the command line; 1 if something is left to mend."""
    parser = argparse.ArgumentParser(prog="python -m tools.format", description=str(__doc__).splitlines()[0])
    parser.add_argument("paths", nargs="*", default=FOLDERS, metavar="PATH", help="files or folders")
    parser.add_argument("--check", action="store_true", help="change nothing, and say what is laid out otherwise")
    chosen = parser.parse_args(arguments)
    found = [(path, line, what) for path in files(chosen.paths) for line, what in faults(path, chosen.check)]
    for path, line, what in found:
        print(f"{path}:{line}: {what}")
    if found and chosen.check:
        print("`make format` mends the layout.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
