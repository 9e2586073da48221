"""The words for what is reported."""

from __future__ import annotations

HEADINGS = {
    "supports": "Reported to support",
    "hinders": "Reported to hinder",
    "mixed": "Reported as mixed",
    "no-effect": "Reported to make no difference",
    "proposed": "Merely proposed, not counted above",
}
DIRECTIONS = {"supports": "to support", "hinders": "to hinder"}
"""What columns say of what is reported, or merely proposed, where their names alone would say too much."""
