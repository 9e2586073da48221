"""What coders say of a passage beside its codes: lines `key: value` in a note, in the words of evidence/CODING.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from kg import vocabulary as words
from kg.intake.matching import folded

CONTROLLED: Mapping[str, tuple[type[StrEnum], ...]] = {
    "effect": (words.Effect,),
    "effect_kind": (words.EffectKind,),
    "status": (words.Status,),
    "joined_by": (words.Joining,),
    "heuristic": (words.Heuristic,),
    "inference": (words.InferenceMode,),
    "layer": (words.Layer,),
    "explicitness": (words.Explicitness,),
    "state": (words.State,),
    "influence": (words.ContextInfluence,),
    "level": (words.ContextLevel,),
    "firing": (words.Firing,),
    "basis": (words.Layer,),
    "perspective": (words.Perspective,),
    "direction": (words.Direction,),
    "desired": (words.Desirability,),
    "type": (words.SourceType,),
    "design": (words.Design,),
    "method": (words.CodingMethod,),
}
"""Keys that have one of few values."""
OF_CLAIM = frozenset(
    {"claim", "case", "effect", "effect_kind", "status", "joined_by", "heuristic", "inference", "rival_explanation",
     "theories", "links", "evidence"}
)  # fmt: skip
"""What can be said of a claim; `evidence` is further evidence, as JSON, that stands nowhere in the document."""
OF_EVIDENCE = frozenset(
    {"locator", "layer", "explicitness", "paraphrase", "speaker", "statistic", "relevance", "richness", "rigour"}
)
"""What can be said of a passage."""
OF_ROLE: Mapping[str, frozenset[str]] = {
    "context": frozenset({"state", "influence", "level", "note"}),
    "mechanism": frozenset({"state", "firing", "resource", "reasoning", "basis", "reasoners", "note"}),
    "outcome": frozenset({"direction", "desired", "note"}),
    "actor": frozenset({"perspective", "note"}),
}
OF_PASSAGE = OF_CLAIM | OF_EVIDENCE | frozenset().union(*OF_ROLE.values())
"""What a note on a passage, or on one code of it, can say."""
OF_CODING = frozenset({"method", "checked_by", "read", "note"})
"""What a note on a document says of its author's coding of it."""
OF_SOURCE = frozenset(
    {"type", "title", "authors", "year", "journal", "doi", "pmid", "pmcid", "url", "design", "study", "publishable",
     "layer"}
)  # fmt: skip
"""What the description of a document says of it; `layer` of its passages."""
_LISTS = frozenset({"reasoners", "links", "theories", "authors", "read", "checked_by"})
_WITH_COMMAS = frozenset({"authors"})
_LINE = re.compile(r"\s*([A-Za-z][A-Za-z _-]*?)\s*[:=]\s*(\S.*?)\s*")


def lines(text: str, keys: frozenset[str]) -> tuple[list[tuple[str, Any]], str]:
    r"""What the lines of a note say, and the rest of it, which is free text.

    >>> lines("claim: c1\nthey hesitated\nEffect: Supports", OF_PASSAGE)
    ([('claim', 'c1'), ('effect', 'supports')], 'they hesitated')
    """
    pairs, rest = [], []
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        key = folded(found.group(1)).replace(" ", "_") if found else ""
        if found and key in keys:
            pairs.append((key, value(key, found.group(2))))
        else:
            rest.append(line.strip())
    return pairs, "\n".join(line for line in rest if line)


def label_of(text: str) -> str:
    """The id of a claim from what people call it: a mere number is put behind a c."""
    name = " ".join(text.split())
    return f"c{name}" if name.isascii() and name.isdigit() else name


def value(key: str, text: str) -> Any:
    """A value as a record has it: a controlled word in its spelling, a list, a number; else the text."""
    if text[:1] in ('"', "[", "{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass  # it only looks like JSON
    if key == "claim":
        return label_of(text)
    if key in CONTROLLED:
        return controlled(key, text) or text
    if key in _LISTS:
        parts = text.split(";") if key in _WITH_COMMAS else re.split("[,;]", text)
        return [part.strip() for part in parts if part.strip()]
    if key == "publishable":
        return {"false": False, "no": False, "true": True, "yes": True}.get(text.lower(), text)
    if key == "year":
        return int(text) if re.fullmatch("[0-9]{4}", text) else text
    return text


def controlled(key: str, text: str) -> str:
    """The value of a controlled key that a text spells, whatever its case and punctuation; or nothing."""
    return {folded(one): one for one in _values(key)}.get(folded(text), "")


def choice(key: str) -> str:
    """What can be written of a controlled key; the nearest word is not offered, since it may say the opposite."""
    return f"Write one of {', '.join(_values(key))}."


def written(pairs: Iterable[tuple[str, Any]]) -> str:
    """The lines that `lines` reads as those pairs."""
    return "\n".join(f"{key}: {_written(key, one)}" for key, one in pairs)


def _written(key: str, one: Any) -> str:
    if isinstance(one, str):
        plain = one == " ".join(one.split()) and one[:1] not in ('"', "[", "{") and value(key, one) == one
        return one if plain and one.isprintable() else json.dumps(one)
    if isinstance(one, list) and all(isinstance(part, str) for part in one):
        plain_text = ("; " if key in _WITH_COMMAS else ", ").join(one)
        if value(key, plain_text) == one and plain_text.isprintable() and plain_text[:1] not in ('"', "[", "{"):
            return plain_text
    return json.dumps(one, ensure_ascii=False)


def _values(key: str) -> list[str]:
    return [str(one) for kind in CONTROLLED[key] for one in kind]
