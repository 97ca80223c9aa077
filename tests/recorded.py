"""Recordings for the tests of replay: slices of the real files, and how each ends, computed in the plainest way."""

import csv
import gzip
import lzma
from collections import Counter, defaultdict
from decimal import ROUND_DOWN, Decimal, localcontext
from pathlib import Path
from zlib import crc32

import pytest
from positions import fold

from tradebase import PROJECT
from tradebase.replay import bitstamp

DATA = PROJECT.parent / "shared/data"
BITSTAMP = DATA / "bitstamp_btcusd_l3_orders.csv.gz"
BINANCE = DATA / "binance_trades_multi.csv.xz"
needs_bitstamp = pytest.mark.skipif(not BITSTAMP.exists(), reason="the real recording is not beside the project")
needs_binance = pytest.mark.skipif(not BINANCE.exists(), reason="the real recording is not beside the project")

STATES = ("open", "partially_filled", "filled", "canceled", "part filled, canceled")


def content(database) -> list[list[tuple]]:
    """Return what a second run must not change: every order, the tape, balances, positions, the books, the runs."""
    with database.connect() as owner:
        return [
            owner.execute(query).fetchall()
            for query in (
                """
                SELECT client_order_id::text, status, filled_quantity, fee_total, hold, version
                FROM trading.orders ORDER BY 1
                """,
                "SELECT market_id, seq, engine_seq, price, quantity FROM trading.trades ORDER BY 1, 2",
                "SELECT user_id, asset_id, available, held, version FROM portfolio.balances ORDER BY 1, 2",
                "SELECT user_id, market_id, quantity, entry_cost, version FROM trading.positions ORDER BY 1, 2",
                "SELECT count(*) FROM portfolio.ledger_entries",
                "SELECT detail->'events', detail->'seq', status FROM ops.job_runs WHERE job = 'tradebase.replay'",
            )
        ]


# Bitstamp


def take_bitstamp(folder: Path, one_in: int = 400) -> Path:
    """Write all the trades of the real files, their orders and one in so many others; return the file of orders."""
    with gzip.open(bitstamp.trades_beside(BITSTAMP), "rt") as lines:
        trades = lines.read()
    traded = {
        order for row in csv.DictReader(trades.splitlines()) for order in (row["buy_order_id"], row["sell_order_id"])
    }
    with gzip.open(BITSTAMP, "rt") as lines:
        header = next(lines)
        kept = [
            line for line in lines if (order := line.partition(",")[0]) in traded or crc32(order.encode()) % one_in == 0
        ]
    (folder / "trades.csv").write_text(trades)
    (folder / "orders.csv").write_text(header + "".join(kept))
    return folder / "orders.csv"


def bitstamp_end(file: Path) -> dict[str, object]:
    """Compute how a recording of Bitstamp ends."""
    orders = list(csv.DictReader(file.read_text().splitlines()))
    trades = list(csv.DictReader(file.with_name("trades.csv").read_text().splitlines()))
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
    return {
        "events": len(events),
        "orders": len(volume),
        "trades": count,
        "fills": 2 * count,
        "unknown_deletes": unknown,
        "states": {name: states[name] for name in STATES},
        "violated": {},
    }


# Binance

PAIRS = {
    ("binance-spot", "BTCUSDT"): ("BINANCESPOT:BTC-USDT", "BTC", "USDT"),
    ("binance-spot", "ETHUSDT"): ("BINANCESPOT:ETH-USDT", "ETH", "USDT"),
    ("binance-usdm", "BTCUSDT"): ("BINANCEUSDM:BTC-USDT", "BTC", "USDT"),
    ("binance-usdm", "ETHUSDT"): ("BINANCEUSDM:ETH-USDT", "ETH", "USDT"),
    ("binance-coinm", "BTCUSD_PERP"): ("BINANCECOINM:BTCUSD.PERP-USD", "BTCUSD.PERP", "USD"),
    ("binance-coinm", "ETHUSD_PERP"): ("BINANCECOINM:ETHUSD.PERP-USD", "ETHUSD.PERP", "USD"),
}
RATES = {  # maker, taker
    "binance-spot": (Decimal("0.00075"), Decimal("0.001")),
    "binance-usdm": (Decimal("0.00018"), Decimal("0.00045")),
    "binance-coinm": (Decimal("0.00012"), Decimal("0.00055")),
}
SMALLEST = {"USDT": Decimal("1e-8"), "USD": Decimal("1e-10")}
USERS = 200


def take_binance(folder: Path, one_in: int = 100) -> Path:
    """Write one in so many trades of the real file; return the file."""
    with lzma.open(BINANCE, "rt") as lines:
        header = next(lines)
        kept = [line for line in lines if crc32(line.encode()) % one_in == 0]
    (folder / "trades.csv").write_text(header + "".join(kept))
    return folder / "trades.csv"


def binance_rows(file: Path) -> list[dict[str, str]]:
    """Return the rows of a recording of Binance."""
    with lzma.open(file, "rt") if file.suffix == ".xz" else file.open() as lines:
        return list(csv.DictReader(lines))


def binance_end(file: Path) -> dict[str, object]:
    """Compute how a recording of Binance ends: every order filled."""
    markets = Counter(PAIRS[row["venue"], row["symbol"]][0] for row in binance_rows(file))
    trades = markets.total()
    none = dict.fromkeys(STATES, 0)
    return {
        "events": trades,
        "orders": 2 * trades,
        "trades": trades,
        "fills": 2 * trades,
        "cancels": 0,
        "states": none | {"filled": 2 * trades},
        "markets": {
            market: {"orders": 2 * n, "trades": n, "fills": 2 * n, "states": none | {"filled": 2 * n}}
            for market, n in markets.items()
        },
        "violated": {},
    }


def binance_books(file: Path) -> dict[str, object]:
    """Compute every position with its fees, and by how much every balance changes; count flips and cut fees."""
    positions = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    fees, money = defaultdict(Decimal), defaultdict(Decimal)
    flips = cut = 0
    with localcontext(prec=80):
        for row in binance_rows(file):
            market, base, quote = PAIRS[row["venue"], row["symbol"]]
            trade = f"{market}:{row['trade_id']}"
            maker = crc32(f"{trade}:maker".encode()) % USERS
            taker = (maker + 1 + crc32(f"{trade}:taker".encode()) % (USERS - 1)) % USERS
            assert maker != taker
            quantity = Decimal(row["qty"])
            cost = Decimal(row["price"]) * quantity
            bought = row["is_buyer_maker"] == "1"  # by the maker
            for user, rate, sign in zip(
                (maker, taker), RATES[row["venue"]], (1, -1) if bought else (-1, 1), strict=True
            ):
                fee = (cost * rate).quantize(SMALLEST[quote], ROUND_DOWN)
                cut += fee != cost * rate
                before = positions[user, market][0]
                fold(positions[user, market], sign * quantity, sign * cost)
                flips += before * positions[user, market][0] < 0
                fees[user, market] += fee
                money[user, base] += sign * quantity
                money[user, quote] -= sign * cost + fee
    return {
        "positions": {key: (*position, fees[key]) for key, position in positions.items()},
        "money": {key: change for key, change in money.items() if change},
        "flips": flips,
        "cut": cut,
    }


def database_books(database) -> dict[str, object]:
    """Return every position with its fees, and by how much every balance differs from what was deposited."""
    user = "substring(u.email from 'replay(\\d+)@')::integer"
    with database.connect() as owner:
        positions = owner.execute(
            f"""
            SELECT {user}, m.symbol, p.quantity, p.entry_cost, p.realized_pnl, p.fees
            FROM trading.positions AS p
            JOIN auth.users AS u ON u.id = p.user_id
            JOIN market.markets AS m ON m.id = p.market_id
            """
        ).fetchall()
        money = owner.execute(
            f"""
            SELECT {user}, a.code, b.available - t.deposited
            FROM portfolio.balances AS b
            JOIN auth.users AS u ON u.id = b.user_id
            JOIN market.assets AS a ON a.id = b.asset_id
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(t.amount), 0) AS deposited FROM portfolio.transfers AS t
                WHERE t.user_id = b.user_id AND t.asset_id = b.asset_id
            ) AS t
            WHERE b.available <> t.deposited
            """
        ).fetchall()
        assert owner.execute("SELECT count(*) FROM portfolio.balances WHERE held <> 0").fetchone() == (0,)
    return {
        "positions": {(row[0], row[1]): row[2:] for row in positions},
        "money": {(row[0], row[1]): row[2] for row in money},
    }
