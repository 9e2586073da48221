"""What a shell offers after Tab for `kg ask`: ids of questions, names of parameters, and their values.

Nothing here opens a graph: concepts and countries are read from the ontology's own files.
"""

from __future__ import annotations

from kg import ask, scheme
from kg.errors import UsageError


def complete_question(incomplete: str) -> list[tuple[str, str]]:
    """Ids that begin so, each with its question."""
    return [
        (question.id, question.worded()) for question in ask.questions() if question.id.startswith(incomplete.lower())
    ]


def complete_asked(question: str, before: list[str], incomplete: str) -> list[str]:
    """What may follow in `kg ask QUESTION`: `name=`, or values of the name that stands there.

    Bash splits a word at its equals sign, so that there a name stands alone before what is typed; other shells
    complete the whole word. A name that is the only one to begin so is offered with its values, since bash would put
    a space behind it; a name that has its value already is not offered again.

    Args:
        question: The question's id.
        before: The words after it and before the one that is being typed.
        incomplete: The word that is being typed.
    """
    try:
        parameters = {parameter.name: parameter for parameter in ask.read_question(question).parameters}
    except UsageError:
        return []
    if before[-1:] == ["="] and len(before) > 1:
        return _values_of(parameters.get(before[-2]), "", incomplete)
    if before and before[-1] in parameters and before[-2:-1] != ["="]:
        return _values_of(parameters[before[-1]], "", incomplete.removeprefix("="))
    name, equals, typed = incomplete.partition("=")
    if equals:
        return _values_of(parameters.get(name), f"{name}=", typed)
    after = [*before[1:], ""]
    given = {word.partition("=")[0] for word, sign in zip(before, after, strict=False) if "=" in word + sign}
    begun = [known for known in parameters if known.startswith(incomplete) and known not in given]
    if len(begun) == 1:
        return _values_of(parameters[begun[0]], f"{begun[0]}=", "") or [f"{begun[0]}="]
    return [f"{known}=" for known in begun]


def _values_of(parameter: ask.Parameter | None, prefix: str, typed: str) -> list[str]:
    if parameter is None:
        return []
    chosen, comma, last = typed.rpartition(",")
    return [f"{prefix}{chosen}{comma}{value}" for value in values(parameter) if value.startswith(last)]


def values(parameter: ask.Parameter) -> list[str]:
    """The words that a parameter can have, as far as they are known without a graph."""
    words = scheme.load()
    known = {
        "actor": words.actors,
        "country": words.countries,
        **dict.fromkeys(("factor", "outcome", "context"), words.factors),
    }
    return [*sorted(known.get(parameter.kind, ())), *parameter.choices]
