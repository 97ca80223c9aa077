"""Recorded order flow ends as an independent computation says, once, however often it is stopped on its way."""

import csv
import gzip
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from zlib import crc32

import pytest

from tradebase import PROJECT, Problem
from tradebase import replay as replays
from tradebase.replay import bitstamp

DATA = PROJECT.parent / "shared/data"
REAL = DATA / "bitstamp_btcusd_l3_orders.csv.gz"
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


def content(database) -> list[tuple]:
    """Return what a second run must not change: every order, the tape, every balance, the books' length, the run."""
    with database.connect() as owner:
        return [
            owner.execute(query).fetchall()
            for query in (
                "SELECT client_order_id::text, status, filled_quantity, hold, version FROM trading.orders ORDER BY 1",
                "SELECT seq, engine_seq, price, quantity FROM trading.trades ORDER BY 1",
                "SELECT user_id, asset_id, available, held, version FROM portfolio.balances ORDER BY 1, 2",
                "SELECT count(*) FROM portfolio.ledger_entries",
                "SELECT detail->'events', detail->'seq', status FROM ops.job_runs WHERE job = 'tradebase.replay'",
            )
        ]


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


# The real file, where it is at hand.

ONE_IN = 400  # of the orders that never trade, so many are kept


def take_slice(folder: Path) -> Path:
    """Write all the trades of the real files, their orders and some of the others; return the file of orders."""
    with gzip.open(bitstamp.trades_beside(REAL), "rt") as lines:
        trades = lines.read()
    traded = {
        order for row in csv.DictReader(trades.splitlines()) for order in (row["buy_order_id"], row["sell_order_id"])
    }
    with gzip.open(REAL, "rt") as lines:
        header = next(lines)
        kept = [
            line for line in lines if (order := line.partition(",")[0]) in traded or crc32(order.encode()) % ONE_IN == 0
        ]
    return write(folder, header + "".join(kept), trades)


def expected(file: Path) -> dict[str, object]:
    """Compute how a recording ends, in the plainest way."""
    orders = list(csv.DictReader(file.read_text().splitlines()))
    trades = list(csv.DictReader(bitstamp.trades_beside(file).read_text().splitlines()))
    last = max(int(row["exchange_timestamp"]) for row in orders)
    rank = {"created": 0, "changed": 2, "deleted": 3}
    events = sorted(
        [(int(row["exchange_timestamp"]), rank[row["action"]], n, row) for n, row in enumerate(orders)]
        + [(int(row["exchange_timestamp"]), 1, n, row) for n, row in enumerate(trades)],
        key=lambda event: event[:3],
    )
    volume, filled, gone, unknown, count = {}, defaultdict(Decimal), set(), 0, 0
    zero = defaultdict(Decimal)
    for row in trades:
        for side in ("buy_order_id", "sell_order_id"):
            zero[row[side]] += Decimal(row["amount"])
    final = {row["id"]: Decimal(row["volume"]) for row in orders}
    for at, kind, _, row in events:
        if kind == 0:
            volume[row["id"]] = Decimal(row["volume"]) or zero[row["id"]] + final[row["id"]]
        elif kind == 1:
            count += 1
            for side in ("buy_order_id", "sell_order_id"):
                filled[row[side]] += Decimal(row["amount"])
        elif kind == 3:
            unknown += row["id"] not in volume
            if row["id"] in volume and filled[row["id"]] < volume[row["id"]] and at < last:
                gone.add(row["id"])
    states = Counter()
    for order, whole in volume.items():
        if order in gone:
            states["part filled, canceled" if filled[order] else "canceled"] += 1
        elif filled[order] == whole:
            states["filled"] += 1
        else:
            states["partially_filled" if filled[order] else "open"] += 1
    names = ("open", "partially_filled", "filled", "canceled", "part filled, canceled")
    return {
        "events": len(events),
        "orders": len(volume),
        "trades": count,
        "fills": 2 * count,
        "unknown_deletes": unknown,
        "states": {name: states[name] for name in names},
        "violated": {},
    }


@pytest.mark.skipif(not REAL.exists(), reason="the real recording is not beside the project")
def test_real_recording_killed_on_its_way_ends_the_same(database, tmp_path) -> None:
    """A replay killed in the middle and run again ends as computed from the files; a third run changes nothing."""
    program = """
import sys, psycopg
from pathlib import Path
from tradebase import replay
host, port, name, file = sys.argv[1:]
with psycopg.connect(host=host, port=port, user="tradebase", dbname=name, autocommit=True) as owner:
    replay.replay(owner, Path(file), "bitstamp-l3", batch=100)
"""
    file, server = take_slice(tmp_path), database.server
    expectation = expected(file)
    killed = subprocess.Popen(
        [sys.executable, "-c", program, server.socket, str(server.port), database.name, str(file)]
    )
    with database.connect() as owner:
        deadline = time.monotonic() + 60
        done = 0
        while done < 300 and time.monotonic() < deadline and killed.poll() is None:
            time.sleep(0.05)
            row = owner.execute("SELECT (detail->>'events')::int FROM ops.job_runs WHERE job = 'tradebase.replay'")
            done = (row.fetchone() or (0,))[0]
    killed.kill()
    assert killed.wait(timeout=10) == -signal.SIGKILL
    assert 300 <= done < expectation["events"]
    report = run(database, file)
    assert 0 < report["events_now"] < expectation["events"]
    assert expectation["trades"] == 284
    assert {name: report[name] for name in expectation} == expectation
    before = content(database)
    assert run(database, file)["events_now"] == 0
    assert content(database) == before
