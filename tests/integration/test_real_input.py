"""The real files load exactly, where they are at hand: what is in the database is what Python reads in the file."""

import csv
from collections import defaultdict
from decimal import Decimal

import pytest

from tradebase import load
from tradebase.up import source_of

FILES = {what: source_of(what, None)[0] for what in ("instruments", "bars")}
KINDS = {"crypto": "spot", "forex": "spot", "cryptofuture": "perpetual", "cfd": "cfd"}

pytestmark = pytest.mark.skipif(None in FILES.values(), reason="the real files are not beside the project")


def lines(what: str) -> list[str]:
    """Return the lines of a file."""
    return b"".join(load.chunks(FILES[what], lambda _: None)).decode().splitlines()


def load_real(database, what: str) -> list[dict[str, object]]:
    """Load a real file as the owner and return the loader's report."""
    with database.connect() as owner:
        return load.load(owner, what, load.chunks(FILES[what], lambda _: None))


def test_real_input_loads_exactly_and_once(database) -> None:
    """Every instrument is accounted for, every bar is there with its prices; a second load changes nothing."""
    rows = [row for row in csv.reader(lines("instruments")[1:]) if row and not row[0].lstrip().startswith("#")]
    first = {row["outcome"]: row["instruments"] for row in load_real(database, "instruments")}
    assert sum(first.values()) == len(rows) == 10_821
    taken = {(r[0], r[1], KINDS[r[2]], Decimal(r[6]), Decimal(r[7])) for r in rows if r[2] in KINDS}
    with database.connect() as owner:
        markets = set(
            owner.execute(
                """
                SELECT m.venue, b.code || q.code, m.kind, m.tick_size, m.lot_size
                FROM market.markets AS m
                JOIN market.assets AS b ON b.id = m.base_asset_id
                JOIN market.assets AS q ON q.id = m.quote_asset_id
                """
            )
        )
    assert markets <= taken
    assert len(markets) == first["loaded"]

    expected = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for bar in csv.DictReader(lines("bars")):
        sums = expected[bar["venue"], bar["symbol"], KINDS[bar["asset_class"]]]
        sums[0] += 1
        sums[1] += sum(Decimal(bar[price]) for price in ("open", "high", "low", "close"))
        sums[2] += Decimal(bar["volume"] or 0)
    report = load_real(database, "bars")[0]
    assert (report["bars_read"], report["bars_loaded"], report["already_there"]) == (123_966, 123_966, 0)
    assert report["markets"] == len(expected) == 17
    assert candles(database) == {key: tuple(sums) for key, sums in expected.items()}

    again = {row["outcome"]: row["instruments"] for row in load_real(database, "instruments")}
    assert again == {("already there" if outcome == "loaded" else outcome): n for outcome, n in first.items()}
    report = load_real(database, "bars")[0]
    assert (report["bars_loaded"], report["already_there"]) == (0, 123_966)
    assert candles(database) == {key: tuple(sums) for key, sums in expected.items()}
    with database.connect() as owner:
        assert owner.execute("SELECT * FROM ops.verify_integrity() WHERE bad_count <> 0").fetchall() == []


def candles(database) -> dict[tuple[str, str, str], tuple[int, Decimal, Decimal]]:
    """Return the number of bars of each instrument, and the sums of their prices and volumes."""
    with database.connect() as owner:
        return {
            row[:3]: row[3:]
            for row in owner.execute(
                """
                SELECT
                    m.venue, b.code || q.code, m.kind, count(*), sum(h.open + h.high + h.low + h.close),
                    coalesce(sum(h.base_volume), 0)
                FROM market.price_history AS h
                JOIN market.markets AS m ON m.id = h.market_id
                JOIN market.assets AS b ON b.id = m.base_asset_id
                JOIN market.assets AS q ON q.id = m.quote_asset_id
                GROUP BY m.venue, b.code || q.code, m.kind
                """
            )
        }
