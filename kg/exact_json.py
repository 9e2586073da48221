"""JSON whose numbers stay as they are written: 16.8899627524771 is a decimal, and never a float near it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from kg.errors import Failure


def loads(text: bytes, place: str) -> Any:
    """What JSON in UTF-8 says, with every fraction as a `Decimal`; NaN and Infinity, which are no JSON, stay words.

    Args:
        text: The JSON.
        place: The file or address that it comes from, for messages.

    Raises:
        Failure: It is not JSON.
    """
    try:
        return json.loads(text.decode("utf-8-sig"), parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise Failure(f"{place} is not JSON, or not all of it") from error
