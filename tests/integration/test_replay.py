"""Recorded order flow ends as an independent computation says, once, however often it is stopped on its way."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest
from recorded import BINANCE, content, needs_binance

from tradebase import Problem
from tradebase import replay as replays
from tradebase.replay import bitstamp

HEADER = ",".join(bitstamp.ORDER_COLUMNS)
TRADES_HEADER = ",".join(bitstamp.TRADE_COLUMNS)

ORDERS = """\
101,1000,1000,100.0,2.00000000,created,ask
102,1000,1000,99.0,1.5,created,bid
103,1000,1000,0.0,10.0,created,bid
104,1001,1001,100.0,0.5,created,bid
101,1001,1001,100.0,1.5,changed,ask
104,1001,1001,100.0,0.0,deleted,bid
105,1002,1002,999999999.0,0.0,created,bid
101,1002,1002,100.0,1.2,changed,ask
105,1002,1002,999999999.0,1e-08,deleted,bid
999,1003,1003,98.0,1.0,deleted,bid
106,1004,1004,0.0,0.5,created,ask
102,1004,1004,99.0,1.0,changed,bid
106,1004,1004,0.0,0.0,deleted,ask
103,1005,1005,0.0,10.0,deleted,bid
101,1006,1006,100.0,1.2,deleted,ask
107,1006,1006,101.0,3.0,created,ask
102,1007,1007,99.0,1.0,deleted,bid
107,1007,1007,101.0,3.0,deleted,ask
"""
TRADES = """\
1,1001,1001,100.0,0.5,104,101,buy
2,1002,1002,100.0,0.3,105,101,buy
3,1004,1004,99.0,0.5,102,106,sell
"""
# 104 and 106 filled; 105 has one lot left, 101 more; 103 is cancelled whole; 102 is open in part, 107 whole.
TINY = {
    "events": 21,
    "unknown_deletes": 1,
    "orders": 7,
    "trades": 3,
    "fills": 6,
    "cancels": 3,
    "states": {"open": 1, "partially_filled": 1, "filled": 2, "canceled": 1, "part filled, canceled": 2},
    "violated": {},
}


def write(folder: Path, orders: str = f"{HEADER}\n{ORDERS}", trades: str = f"{TRADES_HEADER}\n{TRADES}") -> Path:
    """Write a recording and return its file of orders."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trades.csv").write_text(trades)
    (folder / "orders.csv").write_text(orders)
    return folder / "orders.csv"


def run(database, file: Path, **options: object) -> dict[str, object]:
    """Replay into the test's database."""
    with database.connect() as owner:
        return replays.replay(owner, file, "bitstamp-l3", **options)


def test_tiny_recording_ends_as_counted_by_hand(database, tmp_path) -> None:
    """Ties, junk prices, volume 0, an unknown delete, the end of the capture; and again without a change."""
    assert len({bitstamp.number_of(order) for order in (101, 102, 104, 105, 106)}) == 5
    file = write(tmp_path)
    report = run(database, file, batch=4)
    assert {name: report[name] for name in TINY} == TINY
    before = content(database)
    again = run(database, file)
    assert {name: again[name] for name in TINY} == TINY
    assert again["events_now"] == 0
    assert content(database) == before
    assert before[-1] == [(21, {"BTC-USD": 3}, "succeeded")]
    with database.connect() as owner:
        quantities = dict(owner.execute("SELECT client_order_id::text, quantity FROM trading.orders"))
        prices = dict(owner.execute("SELECT client_order_id::text, price FROM trading.orders"))
    assert quantities["105"] == Decimal("0.30000001")
    assert (prices["103"], prices["106"], prices["105"]) == (Decimal("0.01"), Decimal("0.01"), Decimal(999999999))


@pytest.mark.parametrize("stop", [1, 7, 20])
def test_a_limit_is_where_the_next_run_begins(database, tmp_path, stop: int) -> None:
    """Two runs make one."""
    file = write(tmp_path)
    assert run(database, file, limit=stop, batch=3)["events"] == stop
    report = run(database, file, batch=4)
    assert report["events_now"] == 21 - stop
    assert {name: report[name] for name in TINY} == TINY


LINES = ORDERS.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("orders", "trades", "said", "events"),
    [
        (f"id,price\n{ORDERS}", None, "orders.csv, line 1: expected the header id,timestamp", 0),
        (f"{HEADER}\n{ORDERS.replace('bid', 'bid,9', 1)}", None, "orders.csv, line 3: expected 7 columns, found 8", 0),
        (
            f"{HEADER}\n{''.join(LINES[:12])}{''.join(LINES[12:]).replace('deleted', 'amended', 1)}",
            None,
            "orders.csv, line 14: expected action created, changed, deleted, found 'amended'",
            12,
        ),
        (f"{HEADER}\n{ORDERS.rstrip()[:-4]}", None, "orders.csv, line 19: the line is cut off", 19),
        (f"{HEADER}\n{ORDERS}", TRADES.replace("0.3", "NaN"), "trades.csv, line 3: expected a number for amount", 3),
        (f"{HEADER}\n{ORDERS}", TRADES.replace("100.0,0.5", "100.0,2.6"), "trades.csv, line 2: order 101 has less", 4),
        (f"{HEADER}\n{ORDERS}", TRADES.replace("102,106", "102,998"), "trades.csv, line 4: expected an order that", 13),
        (f"{HEADER}\n{ORDERS}", TRADES.replace(",99.0", ",99.5"), "within the limit of order 102", 13),
        (f"{HEADER}\n{ORDERS.replace('107,1006', '104,1006')}", None, "orders.csv, line 17: the id was created", 17),
    ],
)
def test_bad_input_is_named_and_what_was_good_can_be_resumed(
    database, tmp_path, orders: str, trades: str | None, said: str, events: int
) -> None:
    """The line and what was expected; what came before stands, and the whole file goes on from there."""
    bad = write(tmp_path / "bad", orders, f"{TRADES_HEADER}\n{TRADES if trades is None else trades}")
    with pytest.raises(Problem) as problem:
        run(database, bad)
    assert said in str(problem.value)
    assert problem.value.code == 1
    with database.connect() as owner:
        done = owner.execute("SELECT (detail->>'events')::int FROM ops.job_runs WHERE job = 'tradebase.replay'")
        assert done.fetchone()[0] == events
    report = run(database, write(tmp_path / "good"))
    assert report["events_now"] == 21 - events
    assert {name: report[name] for name in TINY} == TINY


def test_a_file_cut_off_or_damaged_is_said_with_its_line(database, tmp_path) -> None:
    """A .gz without its end."""
    file = write(tmp_path)
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(file.read_bytes())[:-12])
    with pytest.raises(Problem, match=r"orders.csv.gz, line \d+: expected another line.*ends in the middle"):
        run(database, packed, trades_file=tmp_path / "trades.csv")


def test_a_file_without_events_is_refused(database, tmp_path) -> None:
    """A header is not a recording."""
    with pytest.raises(Problem, match=r"line 2: expected an event"):
        run(database, write(tmp_path, f"{HEADER}\n", f"{TRADES_HEADER}\n"))


def test_another_recording_is_refused(database, tmp_path) -> None:
    """What does not begin with the events that were replayed is another recording; nothing changes."""
    run(database, write(tmp_path / "one"))
    before = content(database)
    other = write(tmp_path / "other", f"{HEADER}\n{ORDERS.replace('1.5,created', '1.6,created')}")
    with pytest.raises(Problem, match="does not begin with them"):
        run(database, other)
    assert content(database) == before


@needs_binance
def test_a_file_of_binance_is_refused(database) -> None:
    """Its first line says that it is something else; trades beside it are not even looked for."""
    with pytest.raises(Problem, match=r"multi.csv.xz, line 1: expected the header id,timestamp.*found 'venue,symbol"):
        run(database, BINANCE)


@pytest.mark.parametrize("amount", ["0.0", "-0.5", "1e999999"])
def test_a_trade_of_nothing_is_refused(database, tmp_path, amount: str) -> None:
    """A trade moves something."""
    file = write(tmp_path, trades=f"{TRADES_HEADER}\n{TRADES.replace('0.3', amount)}")
    with pytest.raises(Problem, match=r"trades.csv, line 3: expected (a number for )?amount"):
        run(database, file)
