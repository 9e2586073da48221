"""One claim from the passages that belong to it: all that is said of it, and what keeps it from being a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from kg.intake.lexicon import SKIP
from kg.intake.matching import SLOTS
from kg.intake.qda import said
from kg.intake.qda.passages import Coded, Passage, short
from kg.intake.qda.said import label_of
from kg.records import Claim

_PLURAL = {"context": "contexts", "mechanism": "mechanisms", "actor": "actors"}

_MAP = "Say in the map what they mean, or that they are to be skipped."
_SAY = "Say it with a code, such as Effect/supports, or a line in a note on one of its passages: “effect: supports”."
_CODE = "Give one of its passages a code below {}."
_ONE_OUTCOME = "Give each outcome a claim of its own."
_ONE_CASE = "Say which, in a note on one of its passages: “case: its name”."
_KEEP = "Keep one of the two."
_MEND = "Mend the code or the note that says it."


@dataclass(frozen=True)
class Overlooked:
    """What is said on a passage of a claim and is not in the claim, and what people can do about it."""

    spot: str
    what: str
    remedy: str


class ClaimBuilding:
    """One claim in the making: `faults` keep it from being made, what is `overlooked` does not."""

    def __init__(self, label: str, passages: Sequence[Passage], default_case: str | None) -> None:
        self.faults: dict[str, str] = {}
        """What keeps it from being made, each with what people can do about it."""
        self.overlooked: list[Overlooked] = []
        self.evidence = [passage for passage in passages if not _skipped(passage)]
        """The passages that it rests on: all but those of which every factor is to stay out."""
        self._label, self._passages = label, passages
        self._claim: dict[str, Any] = {}
        self._roles: dict[tuple[str, str], dict[str, Any]] = {}
        self._case, self._said_case = default_case, False

    def claim(self) -> Claim | None:
        """The claim, if all that a claim needs is said."""
        for passage in self._passages:
            self._take_codes(passage)
        for passage in self._passages:
            for key, one in passage.said:
                if key in said.OF_CLAIM:
                    self._say(key, one)
                elif key not in said.OF_EVIDENCE:
                    self._say_of_role(key, one, passage)
            if passage.memo:
                self._say_of_role("note", passage.memo, passage)
        self._take_case()
        self._judge()
        if self.faults:
            return None
        try:
            return Claim.model_validate(self._record())
        except ValidationError as error:
            for one in error.errors():
                place = ".".join(str(part) for part in one["loc"])
                self._fault(f"{place} cannot be “{short(str(one['input']))}” ({one['msg']})", _MEND)
            return None

    def _take_codes(self, passage: Passage) -> None:
        for code in passage.codes:
            if code.role and code.concept is None:
                self._fault(f"nobody has said which concept the code “{code.code}” stands for", _MAP)
            if code.role and code.concept not in (None, SKIP):
                entry = self._roles.setdefault((code.role, str(code.concept)), {})
                for key, one in code.said:
                    if key in said.OF_ROLE[code.role]:
                        self._put(entry, key, one, f"{code.concept}: {key}")
            elif code.role and code.concept == SKIP:
                for key, one in code.said:
                    if key in said.OF_ROLE[code.role]:
                        self._overlook(passage, key, one, [code])
            for key, one in code.said:
                mine = self._mine(code)
                if mine and key in said.OF_CLAIM:
                    self._say(key, one)
                elif mine and key not in said.OF_EVIDENCE | said.OF_ROLE.get(code.role, frozenset()):
                    what = f"“{key}: {short(str(one))}” was left out: it cannot be said of the code “{code.code}”."
                    self.overlooked.append(Overlooked(passage.spot, what, "Say it of the code of its factor."))

    def _take_case(self) -> None:
        """The case that its passages are of, unless one is said for the claim itself."""
        cases = {passage.case for passage in self._passages if passage.case is not None}
        if self._said_case or not cases:
            return
        if len(cases) > 1:
            self._fault(f"its passages are of several cases ({', '.join(sorted(cases))})", _ONE_CASE)
        self._case = min(cases)

    def _say(self, key: str, one: Any) -> None:
        if key == "case":
            self._said_case = True
            self._case = None if one == "none" else str(one)
        elif key != "claim":
            self._put(self._claim, key, one, key)

    def _say_of_role(self, key: str, one: Any, passage: Passage) -> None:
        """What a passage says of the one factor coded on it to which that can apply; never of another passage's."""
        able = [code for code in passage.codes if code.role and key in said.OF_ROLE[code.role]]
        if any(code.concept is None for code in able):
            return  # it waits with the whole claim until people say what the code stands for
        factors = list(dict.fromkeys((code.role, str(code.concept)) for code in able))
        if len(factors) == 1 and factors[0] in self._roles:
            self._put(self._roles[factors[0]], key, one, f"{factors[0][1]}: {key}")
        else:
            self._overlook(passage, key, one, able)

    def _overlook(self, passage: Passage, key: str, one: Any, able: Sequence[Coded]) -> None:
        """Names what is left out: of the codes on its passage, `able` are those of which it can be said."""
        line = f"“{key}: {short(str(one))}”"
        codes = " or ".join(dict.fromkeys(f"“{code.code}”" for code in able))
        if not able:
            what = f"{line} was left out: it could be said of no factor that is coded there."
            remedy = "Say it in a note on a passage of its factor."
        elif all(code.concept == SKIP for code in able):
            what = f"{line} belongs to {codes}, which the map skips; it was left out."
            remedy = "Say in the map what the code means, if it is to count."
        else:
            what = f"{line} was left out: it could be said of several factors there, {codes}."
            remedy = "Say it of one code."
        self.overlooked.append(Overlooked(passage.spot, what, remedy))

    def _put(self, record: dict[str, Any], key: str, one: Any, about: str) -> None:
        if key not in record or record[key] == one:
            record[key] = one
        elif key == "note":
            record[key] = record[key] if str(one) in str(record[key]) else f"{record[key]}\n{one}"
        else:
            self._fault(f"{about} is said to be both “{record[key]}” and “{one}”", _KEEP)

    def _judge(self) -> None:
        of = {role: [concept for known, concept in self._roles if known == role] for role in SLOTS}
        unknown = {
            code.role for passage in self._passages for code in passage.codes if code.role and code.concept is None
        }
        if not of["mechanism"] and "mechanism" not in unknown:
            self._fault("it has no mechanism", _CODE.format("Mechanism"))
        if len(of["outcome"]) > 1 or not (of["outcome"] or "outcome" in unknown):
            several = f"it has {len(of['outcome'])} outcomes ({', '.join(of['outcome'])}), and can have one"
            what, remedy = (several, _ONE_OUTCOME) if of["outcome"] else ("it has no outcome", _CODE.format("Outcome"))
            self._fault(what, remedy)
        for key in ("effect", "status"):
            if key not in self._claim:
                self._fault(f"no {key} is said", _SAY)
        for key, one in [
            *self._claim.items(),
            *((key, one) for role in self._roles.values() for key, one in role.items()),
        ]:
            if key in said.CONTROLLED and not (isinstance(one, str) and said.controlled(key, one)):
                self._fault(f"{key} cannot be “{short(str(one))}”. {said.choice(key)}".rstrip("."), _MEND)

    def _record(self) -> dict[str, Any]:
        record: dict[str, Any] = {"id": self._label, **self._claim}
        if self._case is not None:
            record["case"] = self._case
        for (role, concept), told in self._roles.items():
            if role == "outcome":
                record["outcome"] = {"factor": concept, **told}
            else:
                entry = {"kind" if role == "actor" else "factor": concept, **told}
                record.setdefault(_PLURAL[role], []).append(entry)
        more = record.pop("evidence", [])
        record["evidence"] = [*map(self._item, self.evidence), *(more if isinstance(more, list) else [more])]
        return record

    def _mine(self, code: Coded) -> bool:
        """Whether what is said of a code is said of this claim: it is not the code of another one."""
        return not code.claim or label_of(code.claim) == self._label

    def _item(self, passage: Passage) -> dict[str, Any]:
        item: dict[str, Any] = {"locator": passage.locator, "quote": passage.quote}
        if passage.selector is not None:
            item["selector"] = dict(passage.selector)
        own = [pair for code in passage.codes if self._mine(code) for pair in code.said]
        item.update((key, one) for key, one in (*passage.said, *own) if key in said.OF_EVIDENCE)
        return item

    def _fault(self, what: str, remedy: str) -> None:
        self.faults.setdefault(what, remedy)


def _skipped(passage: Passage) -> bool:
    """Whether a passage speaks of factors, and people leave every one of them out."""
    factors = [code.concept for code in passage.codes if code.role]
    return bool(factors) and all(concept == SKIP for concept in factors)
