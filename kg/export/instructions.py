"""What the first sheet of a workbook says: how to fill it in, for somebody who knows only Excel."""

from __future__ import annotations

from kg.intake.cells import NONE, UNSEEN

INSTRUCTIONS = (
    "# How to fill in this workbook",
    "Each sheet is one kind of thing, and each row is one of them. Fill in the sheets from the left to the right.",
    "sources: one row for each article, report or interview. Its id, such as abara2019, is used in the other sheets.",
    "codings: one row for each person who read a source. Two people who read one source have two rows.",
    "cases: one row for each partnership that a source tells of. You may leave the sheet empty.",
    "claims: one row for each claim: in which contexts, by which mechanism, which outcome came about, and where the "
    "source says so.",
    "studies: only where several sources report one data set. theories: only where claims speak to a theory.",
    "",
    "# Rows and columns",
    "Columns with a dark blue heading are needed in every row; the others may stay empty. What you did not see, leave "
    "empty: do not guess.",
    "Rest the pointer on a heading to read what goes into its column.",
    "Where a cell offers a list, choose from it. The lists of factors are long: type the first letters.",
    "The same source and coder stand in every row that belongs to them, spelt the same.",
    "A claim may have several contexts: context_1, context_2, context_3. For a fourth, add columns to the right and "
    "call them context_4, context_4_state and so on. The same goes for mechanism_2, evidence_2, theory_2, actor_1 and "
    "link_1.",
    "The order of the columns does not matter, and those that you do not need may be deleted, but not those with a "
    "dark blue heading.",
    "",
    "# Several things in one cell",
    "Where a cell may name several things, separate them by a semicolon: UGA; GBR. If one of them holds a semicolon "
    "itself, write a backslash before it: \\;",
    "Which countries and kinds of actor there are, stands in the last columns of the sheet vocabulary.",
    f"An empty cell says that nothing is known. Where it is known that there are none, write {NONE}.",
    f"In the columns recorded_as_…, write {UNSEEN} where the coder did not see what the sheet sources says.",
    "",
    "# Careful with Excel",
    "Excel makes a date of 1-2 and a number of 0012. The columns for text are formatted as text, so that it does not; "
    "keep them so when you add columns.",
    "Do not merge cells. Formulas are read as what they last came to.",
    "",
    "# Reading the signs",
    "effect says what the PRESENCE of the mechanism does to the outcome as people want it. “Communication was absent "
    "and the partnership worked less well” is: mechanism_1_state absent, outcome_direction decreased, effect supports.",
    "For an outcome that nobody wants, such as conflict, the sign turns round: trust present, conflict decreased, "
    "effect supports.",
    "",
    "# The grey rows",
    "They are examples, and are passed over because their ids begin with EXAMPLE. Delete them, or leave them.",
    "",
    "# When you have done",
    "Save the workbook as .xlsx, and import it with kg import. Every fault is named with its cell, and "
    "nothing is taken in until all is well.",
)
