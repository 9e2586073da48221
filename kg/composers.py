"""What composes answers in place of SPARQL that not every engine can run, by what a question's header says."""

from __future__ import annotations

from kg import path_questions, place_questions

COMPOSERS = {**path_questions.COMPOSERS, **place_questions.COMPOSERS}
"""Each takes a graph, the words of each parameter and the graph's own, and gives the question's rows in order."""

SAID = {**path_questions.SAID, **dict.fromkeys(place_questions.COMPOSERS, "plain queries")}
"""What composes the same rows, in words."""
