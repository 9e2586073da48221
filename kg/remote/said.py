"""What a server says, as a message may show it: no character that a terminal would obey, and not much of it."""

from __future__ import annotations

from http import HTTPStatus

MOST = 200
"""Characters of what a server says that a message shows."""


def printable(text: str) -> str:
    r"""The printable characters of a text, and no more of them than fit into a message.

    >>> printable("no\x1b[2J such graph")
    'no[2J such graph'
    """
    return "".join(one for one in text if one.isprintable())[:MOST].strip()


def status_line(status: int, reason: str) -> str:
    """A status and what it means, in the words of HTTP where it has some, else in the server's.

    >>> status_line(404, "nowhere"), status_line(599, "late")
    ('404 Not Found', '599 late')
    """
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} {printable(reason)}".rstrip()
