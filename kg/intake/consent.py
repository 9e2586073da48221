"""Primary material whose consent nobody has stated: it is kept from exports until somebody says that it may go out."""

from __future__ import annotations

from collections.abc import Iterable

from kg.findings import Finding, Severity
from kg.records import Source


def withheld(
    sources: Iterable[Source], file: str
) -> tuple[tuple[Source, ...], frozenset[tuple[str, str]], list[Finding]]:
    """Sources, of which those that do not say whether they may be published are marked as not to be.

    Returns:
        The sources; which of their fields were assumed; and a note that says so, if any was.
    """
    kept, assumed = [], set()
    for source in sources:
        if source.publishable is None:
            assumed.add((source.source, "publishable"))
            source = source.model_copy(update={"publishable": False})
        kept.append(source)
    if not assumed:
        return tuple(kept), frozenset(), []
    many = "1 document is" if len(assumed) == 1 else f"{len(assumed)} documents are"
    what = f"nothing says that consent covers publication: {many} marked publishable: false, and stay out of exports."
    remedy = "Write publishable: true in the file in cases/ where consent covers it; another import leaves that alone."
    return tuple(kept), frozenset(assumed), [Finding(Severity.note, "consent", file, None, what, remedy)]
