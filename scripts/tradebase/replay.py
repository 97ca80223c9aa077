"""Recorded order flow through the commands that a service and an engine would send: exactly once, to a known end.

Bitstamp's order events and the trades among them become one sequence of commands: an order that was created is placed,
one that was deleted before the end of the capture is cancelled, a trade is settled. The files are read whole first,
into arrays: a dry run finds what every user needs, and where the recording contradicts itself, before a row is sent.
"""

import csv
import hashlib
import io
import time
import uuid
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tradebase import Problem, load

FORMATS = ("bitstamp-l3",)
MARKET = "BTC-USD"
USERS = 200
BATCH = 500  # events per transaction
IDS = uuid.UUID("3e1f0a52-3d0c-5b4f-8f5e-7265706c6179")  # namespace of the ids of the users
JOB = "tradebase.replay"
LOCK = (7473, 1)  # one replay at a time

# Prices are counted in ticks, quantities in lots; so a notional is a whole number of tick times lot.
TICK, LOT, UNIT = 2, 8, 10
MAKER, TAKER = 100, 200  # fees, in parts of 100,000
PARTS = 100_000

ORDER_COLUMNS = ["id", "timestamp", "exchange_timestamp", "price", "volume", "action", "direction"]
TRADE_COLUMNS = [
    "trade_id",
    "timestamp",
    "exchange_timestamp",
    "price",
    "amount",
    "buy_order_id",
    "sell_order_id",
    "side",
]
# At one time, in this order.
CREATED, TRADE, CHANGED, DELETED = range(4)
ACTIONS = {"created": CREATED, "changed": CHANGED, "deleted": DELETED}
SIDES = {"bid": 0, "ask": 1}
BUY, SELL = 0, 1
# What a delete comes to.
CANCEL, FILLED, UNKNOWN, END = range(4)

PLACE = """
SELECT api.place_order_for(
    user_id => %s, market => 'BTC-USD', side => %s, type => 'limit', quantity => %s, price => %s,
    time_in_force => 'gtc', client_order_id => %s
) #>> '{order,id}'
"""
CANCEL_ORDER = "SELECT api.cancel_order_for(user_id => %s, client_order_id => %s) IS NULL"
SETTLE = "SELECT api.settle_trades(%s)"


def no_progress(_: int) -> None:
    """Hear nothing."""


@dataclass
class Events:
    """The rows of one file, a column an array; `problem` is what ended the reading early."""

    file: Path
    kind: array = field(default_factory=lambda: array("b"))
    at: array = field(default_factory=lambda: array("q"))  # exchange time, milliseconds
    price: array = field(default_factory=lambda: array("q"))  # ticks
    volume: array = field(default_factory=lambda: array("q"))  # lots
    order: array = field(default_factory=lambda: array("q"))  # Bitstamp's id; of a trade the maker's
    taker: array = field(default_factory=lambda: array("q"))
    side: array = field(default_factory=lambda: array("b"))  # of a trade the taker's
    problem: str | None = None

    def line(self, row: int) -> str:
        """Say where a row is: the first line is the header."""
        return f"{self.file}, line {row + 2}"


def lines_of(file: Path) -> Iterator[str]:
    """Yield the whole lines of a plain, .gz or .xz file; what is cut off or damaged ends as a Problem."""
    rest = b""
    for chunk in load.chunks(file, no_progress):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
    if rest:
        raise Problem("the line is cut off: expected a line end")


def scaled(text: str, digits: int, name: str) -> int:
    """Return a decimal number as a whole number of its smallest step."""
    try:
        value = Decimal(text).scaleb(digits)
        number = int(value)
    except (InvalidOperation, ValueError, OverflowError):
        raise Problem(f"expected a number for {name}, found {text!r}") from None
    if number != value or not 0 <= number < 1 << 62:
        raise Problem(f"expected {name} from 0 with at most {digits} decimals, found {text!r}")
    return number


def whole(text: str, name: str) -> int:
    """Return an id or a time."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 19):
        raise Problem(f"expected a whole number for {name}, found {text!r}")
    return int(text)


def word(text: str, words: dict[str, int], name: str) -> int:
    """Return the number of a word."""
    if text not in words:
        raise Problem(f"expected {name} {', '.join(words)}, found {text!r}")
    return words[text]


def read_order(events: Events, row: list[str]) -> None:
    """Append a row of the orders file."""
    action = word(row[5], ACTIONS, "action")
    side = word(row[6], SIDES, "direction")
    price, volume = scaled(row[3], TICK, "price"), scaled(row[4], LOT, "volume")
    order, at = whole(row[0], "id"), whole(row[2], "exchange_timestamp")
    events.kind.append(action)
    events.side.append(side)
    events.price.append(price)
    events.volume.append(volume)
    events.order.append(order)
    events.at.append(at)


def read_trade(events: Events, row: list[str]) -> None:
    """Append a row of the trades file: the older order is the maker."""
    buyer, seller = whole(row[5], "buy_order_id"), whole(row[6], "sell_order_id")
    price, volume = scaled(row[3], TICK, "price"), scaled(row[4], LOT, "amount")
    at = whole(row[2], "exchange_timestamp")
    if not price or not volume:
        raise Problem("expected a price and an amount above 0")
    events.kind.append(TRADE)
    events.side.append(BUY if buyer > seller else SELL)
    events.price.append(price)
    events.volume.append(volume)
    events.order.append(min(buyer, seller))
    events.taker.append(max(buyer, seller))
    events.at.append(at)


def read(file: Path, columns: list[str], take: Callable[[Events, list[str]], None]) -> Events:
    """Read a file as far as it can be read."""
    events = Events(file)
    line = 1
    try:
        lines = lines_of(file)
        header = next(lines, "").rstrip("\r")
        if header != ",".join(columns):
            raise Problem(f"expected the header {','.join(columns)}, found {header[:120]!r}")
        for line, content in enumerate(lines, 2):  # noqa: B007 (said when it is wrong)
            row = next(csv.reader(io.StringIO(content)), []) if '"' in content else content.rstrip("\r").split(",")
            if len(row) != len(columns):
                raise Problem(f"expected {len(columns)} columns, found {len(row)}")
            take(events, row)
    except Problem as problem:
        said = str(problem)
        if said.startswith("File "):  # cut off or damaged as a whole: the line that never came is the next one
            events.problem = f"{file}, line {len(events.at) + 2}: expected another line. {said}"
        else:
            line = len(events.at) + 2 if "cut off" in said else line
            events.problem = f"{file}, line {line}: {said}."
    return events


def digits(number: int, scale: int) -> str:
    """Return a whole number of steps as an exact decimal."""
    return f"{number // 10**scale}.{number % 10**scale:0{scale}d}"


def number_of(order: int) -> int:
    """Return the number of the user who sends an order of the recording."""
    return zlib.crc32(str(order).encode()) % USERS


USER_IDS = [uuid.uuid5(IDS, str(number)) for number in range(USERS)]


def user_of(order: int) -> uuid.UUID:
    """Return the user who sends an order of the recording."""
    return USER_IDS[number_of(order)]


class Recording:
    """Both files as one sequence of events; `count` of them can be replayed, `problem` says what ended them."""

    def __init__(self, orders_file: Path, trades_file: Path) -> None:
        """Read, sort, and run dry."""
        self.orders = read(orders_file, ORDER_COLUMNS, read_order)
        self.trades = read(trades_file, TRADE_COLUMNS, read_trade)
        self.problem = self.orders.problem or self.trades.problem
        orders, trades = self.orders, self.trades
        rows = len(orders.at)
        # Of a file that breaks off, the last millisecond may be missing a part.
        ends = [max(events.at, default=0) for events in (orders, trades) if events.problem]
        horizon = min(ends, default=None)
        self.end = max(orders.at, default=0) if horizon is None else horizon
        keys = array("q", (at * 4 + kind for at, kind in zip(orders.at, orders.kind, strict=True)))
        keys.extend(at * 4 + TRADE for at in trades.at)
        self.sequence = array(
            "l",
            sorted((n for n, key in enumerate(keys) if horizon is None or key // 4 < horizon), key=keys.__getitem__),
        )
        del keys
        self.rows = rows
        self.fate = array("b", bytes(rows))  # of each delete
        self.take_quantities()
        self.traded = {order for ids in (trades.order, trades.taker) for order in ids}
        self.count, self.need = self.run_dry()
        self.sha256 = hashlib.sha256(orders_file.read_bytes()).hexdigest()

    def take_quantities(self) -> None:
        """Give an order of volume 0 the sum of its trades and its last volume; and a price of 0, one tick."""
        orders, trades = self.orders, self.trades
        empty = {
            order: row
            for row, order in enumerate(orders.order)
            if orders.kind[row] == CREATED and orders.volume[row] == 0
        }
        last = {order: orders.volume[row] for row, order in enumerate(orders.order) if order in empty}
        for trade, amount in enumerate(trades.volume):
            for order in (trades.order[trade], trades.taker[trade]):
                if order in empty:
                    last[order] += amount
        for order, row in empty.items():
            orders.volume[row] = last[order]

    def run_dry(self) -> tuple[int, list[list[int]]]:
        """Walk the events without a database: how many can be replayed, and what every user needs of each asset."""
        orders, trades = self.orders, self.trades
        row_of: dict[int, int] = {}
        left = array("q", bytes(8 * self.rows))
        over: set[int] = set()
        money = [[0] * USERS, [0] * USERS]  # USD, BTC, as far below what they began with
        need = [[0] * USERS, [0] * USERS]

        def book(asset: int, user: int, change: int) -> None:
            money[asset][user] += change
            need[asset][user] = max(need[asset][user], -money[asset][user])

        def hold(row: int, lots: int) -> int:
            return -(-orders.price[row] * lots * (PARTS + TAKER) // PARTS)

        def wrong(trade: int) -> str | None:
            for order, side in (
                (trades.order[trade], 1 - trades.side[trade]),
                (trades.taker[trade], trades.side[trade]),
            ):
                row = row_of.get(order)
                if row is None:
                    return f"expected an order that was created before, found {order}"
                if orders.side[row] != side:
                    return f"expected order {order} on the other side"
                if order in over or left[row] < trades.volume[trade]:
                    return f"order {order} has less left than the trade's amount"
                limit = orders.price[row]
                if trades.price[trade] > limit if side == BUY else trades.price[trade] < limit:
                    return f"expected a price within the limit of order {order}"
            if number_of(trades.order[trade]) == number_of(trades.taker[trade]):
                return "maker and taker are the same user"
            return None

        for done, event in enumerate(self.sequence):
            if event >= self.rows:
                trade = event - self.rows
                if why := wrong(trade):
                    self.problem = f"{trades.line(trade)}: {why}."
                    return done, need
                lots, cost = trades.volume[trade], trades.volume[trade] * trades.price[trade]
                for order, fee in ((trades.order[trade], MAKER), (trades.taker[trade], TAKER)):
                    row, user = row_of[order], number_of(order)
                    before, left[row] = left[row], left[row] - lots
                    fee = cost * fee // PARTS
                    if orders.side[row] == BUY:
                        book(0, user, hold(row, before) - hold(row, left[row]) - cost - fee)
                        book(1, user, lots)
                    else:
                        book(0, user, cost - fee)
                continue
            kind, order = orders.kind[event], orders.order[event]
            if kind == CREATED:
                orders.price[event] = orders.price[event] or 1
                why = "the id was created before" if order in row_of else None
                if not orders.volume[event]:
                    why = "expected a volume above 0, or trades"
                if why:
                    self.problem = f"{orders.line(event)}: {why}."
                    return done, need
                row_of[order] = event
                left[event] = orders.volume[event]
                if orders.side[event] == BUY:
                    book(0, number_of(order), -hold(event, left[event]))
                else:
                    book(1, number_of(order), -left[event])
            elif kind == DELETED:
                row = row_of.get(order)
                if row is None:
                    self.fate[event] = UNKNOWN
                elif left[row] == 0 or order in over:
                    self.fate[event] = FILLED
                elif orders.at[event] >= self.end:
                    self.fate[event] = END
                else:
                    self.fate[event] = CANCEL
                    over.add(order)
                    if orders.side[row] == BUY:
                        book(0, number_of(order), hold(row, left[row]))
                    else:
                        book(1, number_of(order), left[row])
        return len(self.sequence), need

    def bytes_of(self, event: int) -> bytes:
        """Return what an event is, for the digest of those that are done."""
        orders, trades = self.orders, self.trades
        if event >= self.rows:
            t = event - self.rows
            return b"t,%d,%d,%d,%d\n" % (trades.order[t], trades.taker[t], trades.price[t], trades.volume[t])
        if orders.kind[event] == CREATED:
            o = orders
            return b"c,%d,%d,%d,%d\n" % (o.order[event], o.side[event], o.price[event], o.volume[event])
        return b"%d,%d,%d\n" % (orders.kind[event], orders.order[event], self.fate[event])


def trades_beside(file: Path) -> Path:
    """Return the file of the trades that belongs to a file of orders."""
    beside = file.with_name(file.name.replace("orders", "trades"))
    if beside == file or not beside.is_file():
        raise Problem(f"The trades of {file} are not beside it: name their file with --trades.")
    return beside


def prepare(connection: psycopg.Connection, recording: Recording) -> None:
    """Make assets, market and users, and deposit what they need; what is there already stays."""
    with connection.transaction():
        connection.execute(
            """
            INSERT INTO market.assets (code, name, kind, scale, display_scale)
            VALUES ('BTC', 'Bitcoin', 'crypto', 8, 8), ('USD', 'US dollar', 'fiat', 10, 2)
            ON CONFLICT (code) DO NOTHING
            """
        )
        connection.execute(
            """
            INSERT INTO market.markets (
                symbol, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size, maker_fee_rate,
                taker_fee_rate, max_open_orders
            )
            SELECT %s, b.id, q.id, 'open', 'external', 0.01, 0.00000001, 0.001, 0.002, 100000
            FROM market.assets AS b, market.assets AS q
            WHERE b.code = 'BTC' AND q.code = 'USD'
            ON CONFLICT DO NOTHING
            """,
            [MARKET],
        )
        fits = connection.execute(
            """
            SELECT m.engine = 'external' AND m.status = 'open' AND NOT m.engine_acks
                AND mod(0.01, m.tick_size) = 0 AND mod(0.00000001, m.lot_size) = 0
                AND m.maker_fee_rate <= 0.001 AND m.taker_fee_rate <= 0.002 AND m.price_band_pct IS NULL
            FROM market.markets AS m WHERE m.symbol = %s
            """,
            [MARKET],
        ).fetchone()
        if fits is None or not fits[0]:
            raise Problem(
                f"Market {MARKET} is there already, and with other rules than the recording needs: "
                "replay into another database."
            )
        with connection.pipeline():
            for number, user in enumerate(USER_IDS):
                connection.execute(
                    "INSERT INTO auth.users (id, email) VALUES (%s, %s) ON CONFLICT (id) DO NOTHING",
                    [user, f"replay{number:03}@example.org"],
                )
    with connection.transaction(), connection.pipeline():
        connection.execute("SET LOCAL ROLE service_role")
        for asset, scale, need in zip(("USD", "BTC"), (UNIT, LOT), recording.need, strict=True):
            for number, amount in enumerate(need):
                if amount:
                    # A cent above: an asset with more decimals rounds later. A part of a file is another deposit.
                    key = f"replay-{asset}-{number:03}-{recording.sha256[:12]}-{recording.count}"
                    connection.execute(
                        """
                        SELECT api.deposit(
                            user_id => %s, asset => %s, amount => %s, idempotency_key => %s, external_ref => %s
                        )
                        """,
                        [USER_IDS[number], asset, Decimal(digits(amount + 10 ** (scale - 2), scale)), key, key],
                    )


def begin(connection: psycopg.Connection, file: Path) -> tuple[int, dict[str, object]]:
    """Return the run's row in ops.job_runs, new where there is none, and what it says is done."""
    connection.execute("SET lock_timeout = '15s'")  # a replay that was killed may still be ending in the server
    try:
        connection.execute("SELECT pg_advisory_lock(%s, %s)", LOCK)
    except psycopg.errors.LockNotAvailable:
        raise Problem("Another replay is at work in this database: wait for it to end.") from None
    connection.execute("RESET lock_timeout")
    with connection.transaction():
        row = connection.execute(
            "SELECT id, detail FROM ops.job_runs WHERE job = %s ORDER BY started_at LIMIT 1", [JOB]
        ).fetchone()
        if row is None:
            seen = connection.execute(
                """
                SELECT coalesce(max(s.last_engine_seq), 0)
                FROM market.market_state AS s JOIN market.markets AS m ON m.id = s.market_id WHERE m.symbol = %s
                """,
                [MARKET],
            ).fetchone()[0]
            detail = {"file": file.name, "events": 0, "digest": hashlib.sha256().hexdigest(), "seq": seen}
            row = connection.execute(
                "INSERT INTO ops.job_runs (job, detail) VALUES (%s, %s) RETURNING id, detail", [JOB, Jsonb(detail)]
            ).fetchone()
    return row


class Sender:
    """Sends events over a pipeline, one transaction a batch."""

    def __init__(self, connection: psycopg.Connection, recording: Recording, run: int, seq: int) -> None:
        """Start after engine sequence `seq`."""
        self.connection, self.recording, self.run, self.seq = connection, recording, run, seq
        self.answers: dict[int, psycopg.Cursor] = {}  # of orders that trade, until their ids are asked for
        self.ids: dict[int, str] = {}

    def id_of(self, order: int) -> str:
        """Return our id of an order that trades."""
        if order not in self.ids:
            self.ids[order] = self.answers.pop(order).fetchone()[0]
        return self.ids[order]

    def know_ids(self) -> None:
        """Fetch the ids of orders that an earlier run has placed."""
        self.ids = {
            int(key): str(order)
            for key, order in self.connection.execute(
                """
                SELECT c.client_order_id::text, c.order_id FROM trading.client_orders AS c
                WHERE c.user_id = ANY (%s) AND c.client_order_id::text = ANY (%s)
                """,
                [USER_IDS, [str(order) for order in self.recording.traded]],
            )
        }

    def send(self, events: array, detail: dict[str, object]) -> None:
        """Send one batch and what is done with it."""
        recording, orders = self.recording, self.recording.orders
        execute = self.connection.execute
        with self.connection.transaction(), self.connection.pipeline():
            execute("SET LOCAL ROLE service_role")
            trades: list[int] = []
            for event in events:
                if event >= recording.rows:
                    trades.append(event - recording.rows)
                    continue
                kind, order = orders.kind[event], orders.order[event]
                if kind == CHANGED or (kind == DELETED and recording.fate[event] != CANCEL):
                    continue
                if trades:
                    self.settle(trades)
                    trades = []
                if kind == DELETED:
                    execute(CANCEL_ORDER, [user_of(order), str(order)])
                    continue
                answer = execute(
                    PLACE,
                    [
                        user_of(order),
                        "sell" if orders.side[event] else "buy",
                        Decimal(digits(orders.volume[event], LOT)),
                        Decimal(digits(orders.price[event], TICK)),
                        str(order),
                    ],
                )
                if order in recording.traded:
                    self.answers[order] = answer
            if trades:
                self.settle(trades)
            execute("RESET ROLE")
            execute(
                """
                UPDATE ops.job_runs SET
                    detail = %s, status = %s,
                    finished_at = CASE WHEN %s = 'running' THEN NULL ELSE clock_timestamp() END
                WHERE id = %s
                """,
                [Jsonb(detail | {"seq": self.seq}), detail["status"], detail["status"], self.run],
            )

    def settle(self, trades: list[int]) -> None:
        """Settle trades that follow one another in one engine sequence."""
        tape = self.recording.trades
        content = [
            {
                "maker_order_id": self.id_of(tape.order[trade]),
                "taker_order_id": self.id_of(tape.taker[trade]),
                "price": digits(tape.price[trade], TICK),
                "quantity": digits(tape.volume[trade], LOT),
                "engine_at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(tape.at[trade] // 1000))
                + f".{tape.at[trade] % 1000:03d}Z",
            }
            for trade in trades
        ]
        self.connection.execute(SETTLE, [Jsonb([{"market": MARKET, "first_seq": self.seq + 1, "events": content}])])
        self.seq += len(trades)


def replay(
    connection: psycopg.Connection,
    file: Path,
    trades_file: Path | None = None,
    limit: int | None = None,
    bars: Progress | None = None,
    batch: int = BATCH,
) -> dict[str, object]:
    """Replay as the owner, on a connection in autocommit; return the report. REFUSED for what follows bad input."""
    begun = time.monotonic()
    bars = bars or Progress(disable=True)
    reading = bars.add_task("Read the recording", total=1, note="")
    recording = Recording(file, trades_file or trades_beside(file))
    bars.update(reading, completed=1, note=f"{len(recording.sequence):,} events")
    if not recording.count and not recording.problem:
        raise Problem(f"{file}, line 2: expected an event, found the end of the file.")
    connection.execute("SET synchronous_commit = on")
    run, detail = begin(connection, file)
    done, total = detail["events"], recording.count
    digest, unknown = hashlib.sha256(), 0

    def pass_over(events: array) -> int:
        for event in events:
            digest.update(recording.bytes_of(event))
        return sum(
            event < recording.rows and recording.orders.kind[event] == DELETED and recording.fate[event] == UNKNOWN
            for event in events
        )

    if done <= total:
        unknown += pass_over(recording.sequence[:done])
    if done > total or digest.hexdigest() != detail["digest"]:
        if recording.problem:
            raise Problem(f"{recording.problem} Nothing was replayed.")
        raise Problem(
            f"{done:,} events of {detail['file']} were replayed into this database, and {file} does not begin with "
            "them: replay into another database."
        )
    stop = min(total, max(limit, done) if limit is not None else total)
    read_for = time.monotonic() - begun
    first, begun = done, time.monotonic()
    if done < stop:
        prepare(connection, recording)
        sender = Sender(connection, recording, run, detail["seq"])
        if done:
            sender.know_ids()
        sending = bars.add_task("Replay", total=total, completed=done, note="")
        while done < stop:
            events = recording.sequence[done : min(done + batch, stop)]
            unknown += pass_over(events)
            done += len(events)
            ended = done == total and not recording.problem
            detail |= {
                "file": file.name,
                "sha256": recording.sha256,
                "events": done,
                "digest": digest.hexdigest(),
                "status": "succeeded" if ended else "running",
            }
            sender.send(events, detail)
            rate = (done - first) / (time.monotonic() - begun)
            bars.update(sending, completed=done, note=f"{done:,} events, {rate:,.0f}/s")
    seconds = time.monotonic() - begun
    if recording.problem:
        raise Problem(
            f"{recording.problem}\n{done:,} events before it are replayed; replay the whole file to go on from there."
        )
    return (
        {
            "file": str(file),
            "events": done,
            "of": total,
            "events_now": done - first,
            "unknown_deletes": unknown,
            "read_seconds": round(read_for, 3),
            "seconds": round(seconds, 3),
            "events_per_second": round((done - first) / seconds) if done > first else 0,
        }
        | count(connection)
        | integrity(connection, bars)
    )


def count(connection: psycopg.Connection) -> dict[str, object]:
    """Return what is in the market of the replay."""
    ends: Counter[str] = Counter()
    for status, part, number in connection.execute(
        """
        SELECT o.status, o.filled_quantity > 0, count(*)
        FROM trading.orders AS o JOIN market.markets AS m ON m.id = o.market_id
        WHERE m.symbol = %s GROUP BY 1, 2
        """,
        [MARKET],
    ):
        ends["part filled, canceled" if status == "canceled" and part else status] += number
    trades, fills = connection.execute(
        """
        SELECT
            (SELECT count(*) FROM trading.trades AS t WHERE t.market_id = m.id),
            (SELECT count(*) FROM trading.fills AS f WHERE f.market_id = m.id)
        FROM market.markets AS m WHERE m.symbol = %s
        """,
        [MARKET],
    ).fetchone()
    states = {name: ends[name] for name in ("open", "partially_filled", "filled", "canceled", "part filled, canceled")}
    return {
        "orders": sum(ends.values()),
        "cancels": ends["canceled"] + ends["part filled, canceled"],
        "trades": trades,
        "fills": fills,
        "states": states,
    }


def integrity(connection: psycopg.Connection, bars: Progress) -> dict[str, object]:
    """Return how many checks there are and which count something."""
    task = bars.add_task("Check the books", total=1, note="")
    checks = connection.execute("SELECT check_name, bad_count FROM ops.verify_integrity()").fetchall()
    bars.update(task, completed=1, note=f"{len(checks)} checks")
    return {"checks": len(checks), "violated": {name: bad for name, bad in checks if bad}}


def show(console: Console, report: dict[str, object]) -> None:
    """Print the report."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_row("Events", f"{report['events']:,} of {report['of']:,}")
    table.add_row("  in this run", f"{report['events_now']:,}")
    if report["events_now"]:
        table.add_row("  seconds", f"{report['seconds']:.1f}")
        table.add_row("  per second", f"{report['events_per_second']:,}")
    for title in ("orders", "trades", "fills", "cancels", "unknown_deletes"):
        table.add_row(title.capitalize().replace("_", " "), f"{report[title]:,}")
    for state, number in report["states"].items():
        table.add_row(f"  {state.replace('_', ' ')}", f"{number:,}")
    table.add_row("Integrity checks", f"{report['checks']:,}")
    table.add_row("Violations", " ".join(f"{name}: {bad}" for name, bad in report["violated"].items()) or "0")
    console.print(table)
    if report["events"] < report["of"]:
        console.print("Run it again without --limit to replay the rest.")
