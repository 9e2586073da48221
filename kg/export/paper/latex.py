"""Tables as a LaTeX document (longtable, booktabs), for any of pdfLaTeX, XeLaTeX and LuaLaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from kg.export.paper.sections import Document, Section

_HEAD = r"""% Letters beyond those of European languages need xelatex or lualatex.
\documentclass[10pt,a4paper]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \usepackage{textcomp}
\else
  \usepackage{fontspec}
\fi
\usepackage[landscape,margin=1.5cm]{geometry}
\usepackage{array,booktabs,longtable}
\setlength{\tabcolsep}{3pt}
\setlength{\LTleft}{0pt}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\begin{document}
\footnotesize
"""
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "\"": r"\textquotedbl{}", "`": r"\textasciigrave{}", "…": r"\ldots{}",
    "→": r"$\rightarrow$", "←": r"$\leftarrow$", "↓": r"$\downarrow$", "≥": r"$\geq$", "≤": r"$\leq$", "≠": r"$\neq$",
    "≈": r"$\approx$", "×": r"$\times$", "−": r"$-$", "α": r"$\alpha$", "β": r"$\beta$", "χ": r"$\chi$",
    "[": "{[}", "]": "{]}", "*": "{*}", "\u00a0": "~", "\u2009": r"\,", "\u202f": r"\,", "\u200b": "", "\ufffd": "?",
}  # fmt: skip
"""What TeX would take for something else, or pdfLaTeX does not know."""
_ANY = re.compile("[" + re.escape("".join(_SPECIAL)) + "]")


def write(document: Document, path: Path) -> None:
    """Writes tables as a LaTeX document; raises OSError where that cannot be done."""
    told = [rf"\section*{{{_line(document.title)}}}", *map(_line, document.caption)]
    for section in document.sections:
        told += _told(section)
    text = _HEAD + "\n\n".join(told) + "\n\\end{document}\n"
    path.write_text(text, encoding="utf-8", newline="")


def _told(section: Section) -> Iterator[str]:
    yield rf"\subsection*{{{_line(section.title)}}}"
    yield from map(_line, section.notes)
    if not section.rows:
        return
    whole = sum(section.widths)
    room = 0.97 - 0.008 * len(section.columns)  # what is left between the gaps of columns
    shares = (f"{room * width / whole:.3f}" for width in section.widths)
    columns = "".join(rf">{{\raggedright\arraybackslash}}p{{{share}\linewidth}}" for share in shares)
    bold = [rf"\textbf{{{_line(name)}}}" for name in section.columns]
    head = rf"\toprule {_row(bold)} \midrule"
    yield "\n".join(
        [
            rf"\begin{{longtable}}{{@{{}}{columns}@{{}}}}",
            rf"\caption{{{_line(section.title)}}}\\",
            rf"{head} \endfirsthead",
            rf"{head} \endhead",
            r"\bottomrule \endlastfoot",
            *(_row([_cell(text) for text in row]) for row in section.rows),
            r"\end{longtable}",
        ]
    )


def _row(cells: Sequence[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _line(text: str) -> str:
    """A text in one line in which TeX sees letters only."""
    escaped = _ANY.sub(lambda match: _SPECIAL[match[0]], " ".join(text.split()))
    return re.sub("(?<=-)(?=-)", "{}", escaped)  # two hyphens are no dash


def _cell(text: str) -> str:
    """A text of several lines; a line that begins with a star or a bracket is no option of the line's end before."""
    return r" \newline{} ".join(_line(line) for line in text.split("\n") if line.strip())
