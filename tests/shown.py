"""What documents show: files, commands, and what is printed.

A document is a walk-through: its blocks are gone through from top to bottom in one folder that looks like a checkout. A
block with a name after its language is a file (`yaml my-evidence/sources/x.yaml`); with `>>` before the name it is
added to one. `text extraction.xlsx!claims` is what a person types below the headings of a sheet, where the first line
names the columns. What is shown below a command, or in a block of text below Python, is what it prints; an ellipsis
stands for what is left out, in a line or instead of lines.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook

from kg import cli
from tests.conftest import ROOT

SKIP = "…"
OWN = ("kg", "ontology", "queries", "shapes")
"""What a walk-through has its own copy of once its document changes some of it."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the name after it, the line of its fence, and its text."""

    language: str
    name: str
    line: int
    text: str


@dataclass(frozen=True)
class Command:
    """A command that a document shows, on which line, and the lines that it shows below."""

    text: str
    line: int
    shown: tuple[str, ...]


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a document."""
    text = document.read_text(encoding="utf-8")
    return [
        Block(match[1], match[2].strip(), text.count("\n", 0, match.start()) + 1, match[3])
        for match in re.finditer(r"^```(\w*)([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    found: list[Command] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith("$ "):
            found.append(Command(line[2:].partition("   #")[0].rstrip(), number, ()))
        else:
            found[-1] = Command(found[-1].text, found[-1].line, (*found[-1].shown, line))
    return found


def untrue(shown: tuple[str, ...] | list[str], printed: str) -> str:
    """The first line shown that was not printed where it stands; empty where all that is shown is true.

    Lines that follow each other were printed one after the other, but for empty ones; what begins or ends without an
    ellipsis begins or ends what was printed. Where nothing is shown, nothing is said.

    >>> untrue(["a", "…", "d in … s"], "a\\nb\\n\\nd in 2 s\\n")
    ''
    >>> untrue(["a", "d in … s"], "a\\nb\\n\\nd in 2 s\\n")
    'd in … s'
    """
    out = [line.rstrip() for line in printed.splitlines() if line.strip()]
    lines = [line.rstrip() for line in shown if line.strip()]
    if not lines:
        return ""
    at, skipped = 0, False
    for number, line in enumerate(lines):
        if line.strip() == SKIP:
            skipped = True
            continue
        run = _until_skip(lines[number:])
        if skipped:
            places = range(at, len(out) - len(run) + 1)
            last = number + len(run) == len(lines)
            fitting = [place for place in places if all(map(_is, run, out[place:]))]
            if not fitting:
                return line
            at, skipped = (fitting[-1] if last else fitting[0]), False
        if at >= len(out) or not _is(line, out[at]):
            return line
        at += 1
    return "" if skipped or at == len(out) else f"{lines[-1]} (is not where it ends: {out[at]})"


def _until_skip(lines: list[str]) -> list[str]:
    at = next((number for number, line in enumerate(lines) if line.strip() == SKIP), len(lines))
    return lines[:at]


def _is(shown: str, printed: str) -> bool:
    return re.fullmatch(re.escape(shown).replace(SKIP, ".*"), printed) is not None


class WalkThrough:
    """Goes through a document's blocks in a folder.

    Attributes:
        folder: Where the commands are run: a checkout of its own, with the shipped evidence and a build of it.
        endpoint: Addresses that the document shows, and the ones that really answer.
    """

    def __init__(self, folder: Path, build: Path, monkeypatch: pytest.MonkeyPatch, endpoint: dict[str, str]) -> None:
        (folder / "evidence").symlink_to(ROOT / "evidence")
        (folder / "build").symlink_to(build)
        monkeypatch.chdir(folder)
        self.folder, self.endpoint = folder, endpoint
        self._monkeypatch = monkeypatch
        self._changed = False
        self._names: dict[str, object] = {"__name__": "__main__"}

    def go_through(self, document: Path) -> list[str]:
        """What a document shows that is not so, each with its place."""
        wrong = []
        printed = ""
        for block in blocks(document):
            if block.language == "console":
                for command in commands(block):
                    if said := untrue(command.shown, self._answer(command)):
                        wrong.append(f"{document.name}:{command.line}: {command.text}: {said}")
            elif block.language == "python" and not block.name:
                printed = self._python(block)
            elif block.language == "text" and not block.name and (said := untrue(block.text.splitlines(), printed)):
                wrong.append(f"{document.name}:{block.line}: {said}")
            if "!" in block.name:
                self._type_in(block)
            elif block.name:
                self._write(block)
        return wrong

    def _type_in(self, block: Block) -> None:
        """Types rows into a workbook: over those of the same first three cells, or else below all others."""
        file, _, name = block.name.partition("!")
        book = load_workbook(self._own(file))
        sheet = book[name]
        columns = {str(cell.value): number for number, cell in enumerate(sheet[1], 1)}
        headings, *rows = [[cell.strip() for cell in line.split("|")] for line in block.text.splitlines()]
        for row in rows:
            typed = {columns[heading]: cell for heading, cell in zip(headings, row, strict=True) if cell}
            keys = [columns[heading] for heading in headings[:3]]
            same = [
                number
                for number in range(2, sheet.max_row + 1)
                if all(sheet.cell(number, key).value == typed.get(key) for key in keys)
            ]
            empty = next(number for number in range(2, sheet.max_row + 2) if sheet.cell(number, 1).value is None)
            for column, cell in typed.items():
                sheet.cell((same or [empty])[0], column, cell)
        book.save(self.folder / file)

    def _write(self, block: Block) -> None:
        name = block.name.removeprefix(">>").strip()
        path = self._own(name)
        if name.split("/")[0] in OWN and not self._changed:
            for own in OWN:
                shutil.copytree(ROOT / own, self.folder / own)
            self._changed = True
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if block.name.startswith(">>") else "w", encoding="utf-8") as out:
            out.write(self._answering(block.text))

    def _answering(self, text: str) -> str:
        """A text with the addresses that really answer."""
        for shown, real in self.endpoint.items():
            text = text.replace(shown, real)
        return text

    def _own(self, name: str) -> Path:
        """The place of what a document writes, which is never in the repository."""
        path = self.folder / name
        assert not path.resolve().is_relative_to(ROOT), f"{name} would be written into the repository"
        return path

    def _answer(self, command: Command) -> str:
        words = shlex.split(command.text)
        if words[0] == "make":
            return "".join(self._kg(made) for made in recipe(words[1]) if made[0] != "build")
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self._monkeypatch.setenv(name, self.endpoint.get(value, value))
            return ""
        if words[0] == "kg":
            return self._kg([self.endpoint.get(word, word) for word in words[1:]])
        if words[:2] == ["cp", "-r"]:
            shutil.copytree(self.folder / words[2], self._own(words[3]))
            return ""
        assert command.text == "source .venv/bin/activate", f"nobody checks {command.text}"
        return ""

    def _kg(self, arguments: list[str]) -> str:
        code, printed = self._apart(arguments) if self._changed else self._here(arguments)
        assert code in (0, 1) or "kg: " in printed, f"kg {' '.join(arguments)} ended with {code}: {printed}"
        return printed

    def _here(self, arguments: list[str]) -> tuple[object, str]:
        out, err = io.StringIO(), io.StringIO()
        self._monkeypatch.setattr(sys, "argv", ["kg", *arguments])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, out.getvalue() + err.getvalue()

    def _apart(self, arguments: list[str]) -> tuple[object, str]:
        """In a process of its own, which runs the copy of the package with what was changed beside it."""
        ended = subprocess.run(
            [sys.executable, "-m", "kg", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    def _python(self, block: Block) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(block.text, f"line {block.line}", "exec"), self._names)
        return out.getvalue()


def recipe(target: str) -> list[list[str]]:
    """The kg commands that a target of the Makefile runs, without `kg`."""
    made = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = [shlex.split(line) for line in made.splitlines() if re.match(r"\S*bin/kg ", line)]
    return [words[1:] for words in lines]
