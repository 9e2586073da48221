"""A graph behind a SPARQL 1.1 endpoint: asked, and written to.

Nothing that an endpoint sends is trusted: an answer has a deadline and a largest size, must be SPARQL JSON and whole,
and nothing is sent on to another address than the one that was named.
"""

from __future__ import annotations

from kg.remote.store import RemoteStore

__all__ = ["RemoteStore"]
