"""Two catalogs that are to be the same."""

import pytest

from tradebase.catalog import difference


def refuse_difference(got: list[str], wanted: list[str], what: str) -> None:
    """Fail unless the catalogs are the same."""
    if got != wanted:
        lines = difference(got, wanted) or ["the same lines in another order"]
        pytest.fail("\n".join([f"{what}:", *lines]), pytrace=False)
