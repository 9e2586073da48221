"""What goes into each column of a sheet, in plain words for somebody who opens the workbook for the first time."""

from __future__ import annotations

from kg.intake.cells import NONE, UNSEEN
from kg.intake.sheets import LISTED, Column, Kind, Layout

_OF_SLOTS = {
    "Source.source": "The source's id: the first author's surname and the year, such as abara2019.",
    "Source.type": "What kind of thing the source is.",
    "Source.study": "The id of a row in studies, where several sources report one data set.",
    "Source.document": "The name of the text file that quotes are checked against, such as abara2019.txt.",
    "Source.publishable": "false where consent or a licence does not cover publication.",
    "Coding.coder": "Who coded, by an id such as ada.",
    "Coding.method": "How the coding was made.",
    "Coding.checked_by": "Who checked it: a second person, an author of the source.",
    "Coding.read": "The parts of the source that were read.",
    "Coding.note": "Anything to know about this coding.",
    "Case.id": "An id for the partnership, used in the column case of claims.",
    "Case.label": "What the partnership is called.",
    "Case.type": "What kind of partnership it is, in your words.",
    "Case.countries": "Where it works: three letters each, such as UGA; GBR.",
    "Case.organisations": "Who takes part in it.",
    "Case.start": "The year in which it began.",
    "Case.end": "The year in which it ended.",
    "Case.focus": "What it is for.",
    "Claim.id": "An id for the claim, which no other claim of this coding has, such as c1.",
    "Claim.case": "The id of a row in cases that has the same source and coder.",
    "Claim.joined_by": "How several mechanisms belong together.",
    "Claim.actors": "The kinds of actor concerned. To say more of one, use actor_1, actor_1_perspective, actor_1_note.",
    "Claim.effect": "What the PRESENCE of the mechanism does to the outcome as people want it.",
    "Claim.effect_kind": "In what way an effect is mixed, or why there was none.",
    "Claim.status": "What the source did with the claim.",
    "Claim.heuristic": "The form in which the source writes.",
    "Claim.inference": "How the source came to the claim.",
    "Claim.rival_explanation": "Another explanation that the source considers.",
    "Claim.links": "The ids of claims that this one leads to. More of one: link_1, link_1_kind, link_1_feedback.",
    "Context.factor": "A condition under which the mechanism works or fails.",
    "Context.state": "How much of it there was.",
    "Context.influence": "What it does to the mechanism.",
    "Context.level": "Where it lies: individual, interpersonal, institutional or infrastructural.",
    "Mechanism.factor": "What brings the outcome about: a resource that is offered, and how people reason about it.",
    "Mechanism.state": "Whether it was there.",
    "Mechanism.firing": "Whether, and how far, it came to work.",
    "Mechanism.resource": "What the partnership offers.",
    "Mechanism.reasoning": "How people respond to that: what they think, want or feel.",
    "Mechanism.basis": "On whose word the reasoning rests.",
    "Mechanism.reasoners": "The kinds of actor who reason so.",
    "Outcome.factor": "What came about.",
    "Outcome.direction": "Which way it went.",
    "Outcome.desired": "Only where this claim sees it otherwise than is usual: whether people want more of it.",
    "ActorRole.kind": "A kind of actor.",
    "ActorRole.perspective": "From whose side the actor is seen.",
    "Evidence.locator": "Where the source says so: a section, table, page, or turn of an interview.",
    "Evidence.layer": "Whose account it is.",
    "Evidence.explicitness": "Whether the source says so, or you conclude it.",
    "Evidence.paraphrase": "What the source says, in your own words.",
    "Evidence.quote": "Word for word, where the licence allows.",
    "Evidence.speaker": "Who says it, by a name that protects the person.",
    "Selector.start": "Where the quote begins in the document, in characters from 0.",
    "Selector.end": "Where the quote ends in the document; that character is not part of it.",
    "Selector.prefix": "What stands just before the quote.",
    "Selector.suffix": "What stands just after the quote.",
    "Statistic.measure": "What is measured, such as odds ratio.",
    "Statistic.value": "The number, as the source writes it.",
    "Statistic.interval": "Its interval, as the source writes it.",
    "Statistic.n": "How many were measured.",
    "Judgement.judged": "How you judge it.",
    "Judgement.reason": "Why: a judgement without its reason is not one.",
    "Link.to": "The id of a claim that this one leads to; of another coding: source/coder/claim.",
    "Link.kind": "What this claim is to the other.",
    "Link.explicitness": "Whether the source says so, or you conclude it.",
    "Link.feedback": "true where the link closes a loop.",
    "TheoryLink.theory": "The id of a row in theories.",
    "TheoryLink.relation": "What the claim does to that theory.",
    "Study.id": "An id, used in the column study of sources.",
    "Study.label": "What the study is called.",
    "Study.includes": "The ids of studies that a review includes.",
    "Theory.id": "An id, used in the columns theory_1, theory_2 … of claims.",
    "Theory.label": "What the theory is called.",
    "Theory.if": "If: the circumstances.",
    "Theory.then": "Then: what comes about.",
    "Theory.because": "Because: the mechanism.",
    "Theory.version": "Which version of it this is.",
    "Theory.revision_of": "The id of the theory that it revises.",
    "Theory.draws_on": "What it draws on: theories, sources, people.",
    "Theory.source": "The id of the source that proposes it.",
}
_OF_KEYS = {
    "title": "The title.",
    "authors": "Surname, Given; in the order of the byline.",
    "year": "The year of publication, in four digits.",
    "journal": "The journal, or where it was published.",
    "doi": "The DOI: it begins with 10. and has no address before that.",
    "pmid": "The PubMed id: digits only.",
    "pmcid": "The PubMed Central id, such as PMC1234567.",
    "url": "The page that was read: it begins with http:// or https://.",
    "design": "How the source came to what it reports.",
    "type": "What kind of thing the source is.",
    "note": "Anything to know about it.",
}


def meaning(column: Column, layout: Layout) -> str:
    """What goes into a column, whether it must, and how it is written."""
    key = column.slot.partition(".")[2]
    told = [_OF_SLOTS.get(column.slot) or _OF_KEYS[key]]
    if column.path[:1] == ("recorded_as",):
        told = [f"Only where the coder recorded it otherwise than the sheet sources. {told[0]} {UNSEEN}: not seen."]
    if column in layout.keys:
        told = [f"The {column.name} that this row belongs to, as in the sheet {_home(column)}."]
    told.append("NEEDED." if column.needed else "May stay empty.")
    if column.kind == Kind.list:
        told.append("Several are separated by “; ”.")
    if column.nullable:
        told.append(f"{NONE} says that there are none; an empty cell says that nobody looked.")
    if column.values:
        told.append(f"One of: {', '.join(column.values)}.")
    elif column.concepts:
        whole = f"Ids as in column {LISTED[column.concepts]} of the sheet vocabulary."
        told.append(whole if column.kind == Kind.list else "Choose from the list.")
    return " ".join(told)


def _home(column: Column) -> str:
    return "sources" if column.name == "source" else "codings"
