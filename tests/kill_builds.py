"""Kills builds at random moments and asks, each time, what is left.

`python -m tests.kill_builds --times 200 [--seed N] [--corpus DIR]` builds a corpus and then, so many times: edits it,
starts `kg build` in a process group of its own, kills its main process at a random moment between its start and a
little past its expected end, and asks the graph. The answer must be the one from before the edit or the one from after
it; no process of the killed build may outlive it; and the next build must work and leave nothing lying about.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import kg
from kg import pipeline

TINY = Path(__file__).resolve().parent / "data" / "tiny"
CLONED = "costa2020"
"""A source of the small corpus that refers to no other, so that copies of it can fill a corpus."""
CLONES = 10
WORKERS_FROM = pipeline.IN_PROCESS + 1
"""Edited files from which a build starts worker processes."""
GRACE = 2.0
"""Seconds in which the processes of a killed build must be gone."""

QUERY = """
PREFIX pm: <https://w3id.org/partnership-mechanisms/ontology#>
SELECT ?what ?which ?value WHERE {
  { SELECT ?which (COUNT(*) AS ?value) ("triples" AS ?what) WHERE { GRAPH ?which { ?s ?p ?o } } GROUP BY ?which }
  UNION { ?which pm:effect ?value BIND("effect" AS ?what) }
  UNION { ?which a pm:FactorOutcomeLink ; ?what ?value . }
}
"""
"""How large every graph is, what every claim says, and what follows from all of them."""
_EFFECT = re.compile(rb"(?m)^( +effect: )(supports|hinders)$")

Answer = frozenset[tuple[str | int | bool | None, ...]]


@dataclass
class Tally:
    """What was found: how many kills left the old graph, the new one, or something else, and every fault in words."""

    kills: int = 0
    old: int = 0
    new: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.kills} kills: {self.old} old, {self.new} new, {self.kills - self.old - self.new} half"


@dataclass(frozen=True)
class Edit:
    """A change that can be made and taken back: the files that it flips."""

    name: str
    files: tuple[Path, ...]

    def flip(self) -> None:
        """Turns the first effect of each file round, which changes the module, what follows from it, and the cells."""
        for path in self.files:
            text = path.read_bytes()
            path.write_bytes(_EFFECT.sub(lambda match: match[1] + _OTHER[match[2]], text, count=1))


_OTHER = {b"supports": b"hinders", b"hinders": b"supports"}


def fill(corpus: Path, copies: int = CLONES) -> list[Path]:
    """Adds copies of a source to a copy of the small corpus, so that a build of it needs worker processes."""
    text = (corpus / "sources" / f"{CLONED}.yaml").read_text(encoding="utf-8")
    made = []
    for number in range(copies):
        name = f"clone{number:03}"
        path = corpus / "sources" / f"{name}.yaml"
        path.write_text(text.replace(f"source: {CLONED}", f"source: {name}"), encoding="utf-8")
        made.append(path)
    return made


def edits(corpus: Path) -> list[Edit]:
    """A narrow edit, done where the build is, and a wide one, done in worker processes."""
    files = [path for path in sorted(corpus.glob("sources/*.yaml")) if _EFFECT.search(path.read_bytes())]
    wide = files[1 : pipeline.BATCH + 3]
    assert len(wide) >= WORKERS_FROM, f"{corpus} is too small: nothing in it would need a worker process"
    return [Edit("narrow", (files[0],)), Edit("wide", tuple(wide))]


def members(group: int) -> dict[int, str]:
    """The processes of a group that run, by id, with their command; the dead that nobody has asked after are not."""
    if not Path("/proc/self/stat").exists():
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,pgid=,stat=,command="], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
        return {int(row[0]): row[3] for row in rows if int(row[1]) == group and not row[2].startswith("Z")}
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, _, its_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ").strip()
        except OSError:
            continue  # it ended while we looked
    return found


def survivors(group: int, grace: float = GRACE) -> dict[int, str]:
    """The processes of a group that still run after some seconds."""
    end = time.monotonic() + grace
    while (found := members(group)) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def start_build(corpus: Path, folder: Path) -> subprocess.Popen[str]:
    """Starts `kg build` in a process group of its own."""
    command = [sys.executable, "-m", "kg", "build", str(corpus), "--output", str(folder)]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, text=True
    )


def ask(folder: Path) -> Answer:
    """What the graph in a build folder answers to the one query."""
    return frozenset(tuple(row.values()) for row in kg.open(folder).sparql(QUERY))


def leavings(folder: Path) -> list[str]:
    """What a build that ended must not leave behind."""
    return sorted(path.name for pattern in (".current-*", "releases/.*") for path in folder.glob(pattern))


def left_alone(corpus: Path, folder: Path) -> float:
    """How long a build takes that nobody kills; one that has nothing to do takes the least."""
    took, _ = kill_once(corpus, folder, 3600)
    assert took is not None
    return took


def kill_once(corpus: Path, folder: Path, moment: float) -> tuple[float | None, dict[int, str]]:
    """Builds and kills the build at a moment; how long it took if it ended before, and which processes survived."""
    started = time.monotonic()
    process = start_build(corpus, folder)
    try:
        code = process.wait(moment)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None, survivors(process.pid)
    if code != 0:
        raise RuntimeError(f"a build that nobody killed ended with {code}")
    return time.monotonic() - started, survivors(process.pid)


def moments(seed: int | None, kinds: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Which edit to make, and after what share of its expected time to kill the build.

    One edit in four is a wide one, and one build in ten has all the time that it needs.
    """
    chance = random.Random(seed)
    narrow, wide = kinds
    while True:
        kind = wide if chance.random() < 0.25 else narrow
        yield kind, 10 if chance.random() < 0.1 else chance.uniform(0, 1.1)


def run(
    times: int, seed: int | None = None, corpus: Path | None = None, progress: Callable[[Tally], object] | None = None
) -> Tally:
    """Kills so many builds and tallies what each left."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="kill-builds-") as place:
        copy, folder = Path(place) / "evidence", Path(place) / "build"
        shutil.copytree(corpus or TINY, copy)
        if corpus is None:
            fill(copy)
        by_name = {edit.name: edit for edit in edits(copy)}
        pipeline.build(copy, folder)
        least = left_alone(copy, folder)
        expected = {"narrow": 1.4 * least, "wide": 3 * least}
        state: frozenset[str] = frozenset()
        answers = {state: ask(folder)}
        for name, share in moments(seed, tuple(by_name)):
            if tally.kills == times:
                break
            before = answers[state]
            by_name[name].flip()
            state ^= {name}
            moment = share * expected[name]
            where = f"a {name} edit, killed after {moment:.3f} of {expected[name]:.3f} s"
            took, alive = kill_once(copy, folder, moment)
            tally.kills += 1
            try:
                left = ask(folder)
            except kg.KgError as error:
                left = frozenset({(str(error),)})
            if took is not None:
                expected[name] = took
                where = f"a {name} edit, not killed, ended after {took:.3f} s"
            if alive:
                tally.faults.append(f"{where}: still running after {GRACE:g} s: {alive}")
            try:
                pipeline.build(copy, folder)
            except kg.KgError as error:
                tally.faults.append(f"{where}: the next build failed: {error}")
                break
            after = ask(folder)
            if leavings(folder):
                tally.faults.append(f"{where}: the next build left {leavings(folder)}")
            if after != answers.setdefault(state, after) or after == before:
                tally.faults.append(f"{where}: the next build is not what equal evidence gave before")
            if took is None and left == before:
                tally.old += 1
            elif left == after:
                tally.new += 1
            else:
                strange = sorted(map(str, left - before - after))[:3]
                tally.faults.append(
                    f"{where}: neither the old graph nor the new one, but {'; '.join(strange) or 'less'}"
                )
            if progress:
                progress(tally)
        pipeline.build(copy, Path(place) / "afresh")
        if ask(folder) != ask(Path(place) / "afresh"):
            tally.faults.append("the last graph is not what a build afresh of the same evidence gives")
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs from the command line; 1 if anything was left that must not be."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill_builds", description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=200, help="how many builds to kill")
    parser.add_argument("--seed", type=int, help="of the random moments; one is chosen and told without it")
    parser.add_argument("--corpus", type=Path, help="an evidence folder to copy, instead of the small one")
    chosen = parser.parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else random.randrange(1_000_000)
    shown = sys.stderr.isatty()
    tally = run(
        chosen.times,
        seed,
        chosen.corpus,
        (lambda tally: print(f"\r{tally}", end="", file=sys.stderr, flush=True)) if shown else None,
    )
    if shown:
        print(file=sys.stderr)
    for fault in tally.faults:
        print(f"seed {seed}: {fault}", file=sys.stderr)
    print(tally)
    return 1 if tally.faults or tally.kills < chosen.times else 0


if __name__ == "__main__":
    sys.exit(main())
