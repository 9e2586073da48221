"""The services of others that indicators can be linked from."""

from __future__ import annotations

from enum import StrEnum


class Service(StrEnum):
    """Who publishes indicators."""

    world_bank = "world-bank"
    who = "who"
