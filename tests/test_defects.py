"""Fifty defects planted in a sound corpus: those fifty are reported, each in its file and line, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from kg import pipeline
from kg.findings import Finding, Tier
from tests.conftest import ROOT

SOUND = ROOT / "tests" / "data" / "sound"
DEFECTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests" / "data" / "defects.yaml").read_text(encoding="utf-8"))


def planted(place: Path) -> Path:
    """The sound corpus with every defect in it."""
    shutil.copytree(SOUND, place)
    for defect in DEFECTS:
        for edit in defect["edits"]:
            path = place / edit["file"]
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            old = edit.get("old")
            assert old is None or old in text, f"{defect['kind']}: {edit['file']} has no {old}"
            path.write_text(text + edit["new"] if old is None else text.replace(old, edit["new"], 1), encoding="utf-8")
    return place


def line_of(path: Path, words: str) -> int:
    """The first line with these words."""
    return next(at for at, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1) if words in line)


def reported(findings: list[Finding], place: Path) -> list[tuple[str, str, int | None]]:
    return sorted((found.rule, Path(found.file).relative_to(place).as_posix(), found.line) for found in findings)


def test_a_sound_corpus_has_nothing_to_mend() -> None:
    assert pipeline.check(SOUND, tier=Tier.appraised) == []


def test_fifty_defects_are_reported_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "IN_PROCESS", 20)
    place = planted(tmp_path / "evidence")
    files = [(defect["rule"], defect["edits"][-1]["file"], defect["at"]) for defect in DEFECTS]
    expected = [(rule, file, line_of(place / file, words)) for rule, file, words in files]
    assert reported(pipeline.check(place, tier=Tier.appraised), place) == sorted(expected)


def test_there_are_fifty_of_many_kinds() -> None:
    assert len(DEFECTS) == 50
    assert len({defect["kind"] for defect in DEFECTS}) == 50
    assert len({defect["rule"] for defect in DEFECTS}) == 45
