"""Primary material whose consent nobody has stated: it is kept from exports until somebody says that it may go out."""

from __future__ import annotations

from dataclasses import replace

from kg.findings import Finding, Severity
from kg.intake.arrival import Arrival
from kg.vocabulary import MATERIAL


def withheld(arrival: Arrival) -> Arrival:
    """What arrives, with primary material marked as not to be published where nothing says that it may be.

    What stands already keeps what it says; a note tells how many sources it is.
    """
    unsaid = [one.source for one in arrival.sources if one.type in MATERIAL and one.publishable is None]
    if not unsaid:
        return arrival
    many = f"{unsaid[0]} is" if len(unsaid) == 1 else f"{len(unsaid)} sources are"
    what = f"nothing says that consent covers publication: {many} marked publishable: false, and stay out of exports."
    what = what.replace("stay out", "stays out") if len(unsaid) == 1 else what
    remedy = "Write publishable: true in the file in cases/ where consent covers it; another import leaves that alone."
    return replace(
        arrival,
        sources=tuple(
            one.model_copy(update={"publishable": False}) if one.source in unsaid else one for one in arrival.sources
        ),
        assumed=arrival.assumed | {(source, "publishable") for source in unsaid},
        findings=(*arrival.findings, Finding(Severity.note, "consent", arrival.file, None, what, remedy)),
    )
