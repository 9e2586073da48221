"""Rows as pandas users hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Tabular:
    """Something with columns and rows that can be gone through, counted, and made a DataFrame."""

    if TYPE_CHECKING:

        @property
        def columns(self) -> tuple[str, ...]:
            """Names of the columns, in order."""

        @property
        def rows(self) -> Sequence[Mapping[str, Any]]:
            """A dictionary a row, by column."""

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame.

        Raises:
            ImportError: pandas is not installed (`pip install partnership-mechanisms-kg[pandas]`).
        """
        from pandas import DataFrame

        return DataFrame(list(self.rows), columns=list(self.columns))
