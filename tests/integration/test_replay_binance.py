"""Recorded trades settle in six markets at once, with the fees and positions of an independent computation."""

import lzma
from decimal import Decimal
from pathlib import Path

import pytest
from recorded import BITSTAMP, binance_books, binance_end, content, database_books, needs_binance, take_binance

from tradebase import Problem, load, sample
from tradebase import replay as replays
from tradebase.replay import binance

HEADER = ",".join(binance.COLUMNS)
ROWS = """\
binance-spot,BTCUSDT,11,100.01000000,0.00001000,7,8,1000,1000,1000000000,1,
binance-usdm,BTCUSDT,21,28145.10,0.002,,,1000,1001,1000000001,0,MARKET
binance-spot,BTCUSDT,12,99.99000000,0.50000000,9,8,1001,1001,1000000002,0,
binance-coinm,ETHUSD_PERP,31,2000.55,3,,,1002,1002,1000000003,1,MARKET
binance-usdm,BTCUSDT,22,28145.20,0.001,,,1002,1003,1000000004,1,INSURANCE_FUND
binance-spot,ETHUSDT,41,2680.00000000,1.00000000,,,1003,1003,1000000005,0,
binance-spot,BTCUSDT,15,100.02000000,0.25000000,,,1004,1004,1000000006,1,
"""
LINES = ROWS.splitlines(keepends=True)
NONE = {"open": 0, "partially_filled": 0, "canceled": 0, "part filled, canceled": 0}


def market(trades: int) -> dict[str, object]:
    """Return how a market of so many trades ends."""
    return {"orders": 2 * trades, "trades": trades, "fills": 2 * trades, "states": NONE | {"filled": 2 * trades}}


TINY = market(7) | {
    "events": 7,
    "cancels": 0,
    "markets": {
        "BINANCESPOT:BTC-USDT": market(3),
        "BINANCESPOT:ETH-USDT": market(1),
        "BINANCEUSDM:BTC-USDT": market(2),
        "BINANCECOINM:ETHUSD.PERP-USD": market(1),
    },
    "violated": {},
}
# Engine sequence and price: fee of the maker, of the taker. 0.0010001 USDT at 0.00075 and 0.001 are 0.000000750075 and
# 0.0000010001; 49.995 are 0.03749625 and 0.049995; 28.1452 at 0.00018 and 0.00045 are 0.005066136 and 0.01266534.
FEES = {
    ("BINANCESPOT:BTC-USDT", 1): ("100.01", "0.00000075", "0.000001"),
    ("BINANCESPOT:BTC-USDT", 2): ("99.99", "0.03749625", "0.049995"),
    ("BINANCESPOT:BTC-USDT", 3): ("100.02", "0.01875375", "0.025005"),
    ("BINANCESPOT:ETH-USDT", 1): ("2680", "2.01", "2.68"),
    ("BINANCEUSDM:BTC-USDT", 1): ("28145.1", "0.01013223", "0.02533059"),
    ("BINANCEUSDM:BTC-USDT", 2): ("28145.2", "0.00506613", "0.01266534"),
    ("BINANCECOINM:ETHUSD.PERP-USD", 1): ("2000.55", "0.720198", "3.3009075"),
}


def write(folder: Path, text: str = f"{HEADER}\n{ROWS}") -> Path:
    """Write a recording and return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "binance.csv").write_text(text)
    return folder / "binance.csv"


def run(database, file: Path, **options: object) -> dict[str, object]:
    """Replay into the test's database."""
    with database.connect() as owner:
        return replays.replay(owner, file, "binance-trades", **options)


def done(database) -> tuple:
    """Return how many events are done, and as what the run stands."""
    with database.connect() as owner:
        return owner.execute(
            "SELECT (detail->>'events')::int, status FROM ops.job_runs WHERE job = 'tradebase.replay'"
        ).fetchone()


def test_tiny_recording_ends_as_counted_by_hand(database, tmp_path) -> None:
    """Four markets, both sides as the maker, fees cut at eight decimals; and again without a change."""
    file = write(tmp_path)
    report = run(database, file, batch=3)
    assert {name: report[name] for name in TINY} == TINY
    with database.connect() as owner:
        tape = owner.execute(
            """
            SELECT m.symbol, t.engine_seq, t.price, k.fee, f.fee, t.taker_side, k.user_id <> f.user_id
            FROM trading.trades AS t
            JOIN market.markets AS m ON m.id = t.market_id
            JOIN trading.fills AS k ON k.trade_id = t.id AND k.liquidity = 'maker'
            JOIN trading.fills AS f ON f.trade_id = t.id AND f.liquidity = 'taker'
            """
        ).fetchall()
    assert {row[:2]: row[2:5] for row in tape} == {key: tuple(map(Decimal, row)) for key, row in FEES.items()}
    assert all(differ for *_, differ in tape)
    assert {row[:2]: row[5] for row in tape if row[0] == "BINANCESPOT:BTC-USDT"} == {
        ("BINANCESPOT:BTC-USDT", 1): "sell",
        ("BINANCESPOT:BTC-USDT", 2): "buy",
        ("BINANCESPOT:BTC-USDT", 3): "sell",
    }
    before = content(database)
    again = run(database, file)
    assert {name: again[name] for name in TINY} == TINY
    assert again["events_now"] == 0
    assert {hot["updates"] for hot in again["hot_updates"].values()} == {0}
    assert content(database) == before
    assert done(database) == (7, "succeeded")


@pytest.mark.parametrize("stop", [1, 4, 6])
def test_a_limit_is_where_the_next_run_begins(database, tmp_path, stop: int) -> None:
    """Two runs make one."""
    file = write(tmp_path)
    assert run(database, file, limit=stop, batch=2)["events"] == stop
    assert done(database) == (stop, "running")
    report = run(database, file)
    assert report["events_now"] == 7 - stop
    assert {name: report[name] for name in TINY} == TINY


def test_it_goes_where_instruments_are_loaded_and_bitstamp_is_replayed(database, tmp_path) -> None:
    """Assets that are there keep their decimals; each format goes on by itself."""
    with database.connect() as owner:
        load.load(owner, "instruments", sample.instruments())
    report = run(database, write(tmp_path), limit=2)
    assert report["events"] == 2
    (tmp_path / "trades.csv").write_text(
        "trade_id,timestamp,exchange_timestamp,price,amount,buy_order_id,sell_order_id,side\n"
    )
    (tmp_path / "orders.csv").write_text(
        "id,timestamp,exchange_timestamp,price,volume,action,direction\n1,1,1,5.0,1.0,created,bid\n"
    )
    with database.connect() as owner:
        other = replays.replay(owner, tmp_path / "orders.csv", "bitstamp-l3")
    assert (other["events_now"], other["orders"], other["states"]["open"]) == (1, 1, 1)
    report = run(database, write(tmp_path))
    assert report["events_now"] == 5
    assert {name: report[name] for name in TINY} == TINY


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (
            """
            INSERT INTO market.assets (code, name, kind, scale, display_scale)
            VALUES ('USDT', 'T', 'stablecoin', 6, 2)
            """,
            "Asset USDT is there already and keeps 6 decimals, the recording needs 8",
        ),
        (
            """
            INSERT INTO market.assets (code, name, kind, scale, display_scale)
            VALUES ('USDT', 'T', 'stablecoin', 18, 2), ('ETH', 'E', 'crypto', 18, 8);
            INSERT INTO market.markets (symbol, venue, base_asset_id, quote_asset_id, tick_size, lot_size)
            SELECT 'BINANCESPOT:ETH-USDT', 'binancespot', e.id, t.id, 0.01, 0.01
            FROM market.assets AS e, market.assets AS t WHERE e.code = 'ETH' AND t.code = 'USDT'
            """,
            "Market BINANCESPOT:ETH-USDT is there already, and with other rules",
        ),
    ],
)
def test_what_does_not_fit_is_refused(database, tmp_path, there: str, said: str) -> None:
    """An asset with too few decimals, a market with other rules: nothing is replayed."""
    with database.connect() as owner:
        owner.execute(there)
    with pytest.raises(Problem, match=said):
        run(database, write(tmp_path))
    assert done(database) == (0, "running")


def bad(line: int, old: str, new: str) -> str:
    """Return a file with a change in one line (2: the first trade)."""
    assert old in LINES[line - 2]
    return "".join([f"{HEADER}\n", *LINES[: line - 2], LINES[line - 2].replace(old, new), *LINES[line - 1 :]])


@pytest.mark.parametrize(
    ("text", "said", "events"),
    [
        (f"{HEADER.replace('qty', 'size')}\n{ROWS}", "line 1: expected the header venue,symbol,trade_id", 0),
        (bad(4, "1001,1001", "1001"), "line 4: expected 12 columns, found 11", 2),
        (bad(3, ",0,MARKET", ",buy,MARKET"), "line 3: expected is_buyer_maker 0, 1, found 'buy'", 1),
        (bad(5, "coinm", "dex"), "line 5: expected venue and symbol binance-spot BTCUSDT, ", 3),
        (bad(6, "28145.20", "many"), "line 6: expected a number for price, found 'many'", 4),
        (bad(6, "28145.20", "1e999999"), "line 6: expected a number for price, found '1e999999'", 4),
        (bad(6, "28145.20", f"1.{'0' * 60}1"), "line 6: expected a number for price, found '1.0", 4),
        (bad(6, "28145.20", "Infinity"), "line 6: expected price above 0 with at most 1 decimals, found 'Inf", 4),
        (bad(6, "28145.20", "NaN"), "line 6: expected a number for price, found 'NaN'", 4),
        (bad(6, "28145.20", "0.00"), "line 6: expected price above 0 with at most 1 decimals, found '0.00'", 4),
        (bad(6, "28145.20", "-1.0"), "line 6: expected price above 0 with at most 1 decimals, found '-1.0'", 4),
        (bad(6, "28145.20", "28145.25"), "line 6: expected price above 0 with at most 1 decimals", 4),
        (bad(8, "0.25000000", ""), "line 8: expected a number for qty, found ''", 6),
        (bad(8, "0.25000000", "0"), "line 8: expected qty above 0 with at most 5 decimals, found '0'", 6),
        (bad(8, "0.25000000", "-0.25"), "line 8: expected qty above 0 with at most 5 decimals, found '-0.25'", 6),
        (bad(8, "0.25000000", "1e9999"), "line 8: expected qty above 0", 6),
        (bad(8, ",15,", ",12,"), "line 8: expected a trade_id above 12 in binance-spot BTCUSDT, found 12", 6),
        (bad(8, ",15,", ",x,"), "line 8: expected a whole number for trade_id, found 'x'", 6),
        (f"{HEADER}\n{ROWS.rstrip()[:-4]}", "line 8: the line is cut off: expected a line end", 6),
    ],
)
def test_bad_input_is_named_and_what_was_good_can_be_resumed(
    database, tmp_path, text: str, said: str, events: int
) -> None:
    """The line and what was expected; what came before stands, and the whole file goes on from there."""
    with pytest.raises(Problem) as problem:
        run(database, write(tmp_path / "bad", text), batch=2)
    assert f"binance.csv, {said}" in str(problem.value)
    assert problem.value.code == 1
    assert done(database) == (events, "running")
    report = run(database, write(tmp_path / "good"))
    assert report["events_now"] == 7 - events
    assert {name: report[name] for name in TINY} == TINY


def test_a_file_cut_off_is_said_with_its_line(database, tmp_path) -> None:
    """A .xz without its end."""
    packed = tmp_path / "binance.csv.xz"
    packed.write_bytes(lzma.compress(f"{HEADER}\n{ROWS}".encode())[:-40])
    with pytest.raises(Problem, match=r"binance.csv.xz, line \d+: expected another line.*ends in the middle"):
        run(database, packed)


def test_no_trades_another_file_and_trades_beside_are_refused(database, tmp_path) -> None:
    """A header is not a recording; what does not begin with what was replayed is another; trades are in the file."""
    with pytest.raises(Problem, match="line 2: expected an event"):
        run(database, write(tmp_path, f"{HEADER}\n"))
    with pytest.raises(Problem, match="leave --trades out"):
        run(database, write(tmp_path), trades_file=tmp_path / "trades.csv")
    run(database, write(tmp_path / "one"))
    before = content(database)
    with pytest.raises(Problem, match="does not begin with them"):
        run(database, write(tmp_path / "other", bad(4, "99.99", "99.98")))
    assert content(database) == before


@pytest.mark.skipif(not BITSTAMP.exists(), reason="the real recording is not beside the project")
def test_a_file_of_bitstamp_is_refused(database) -> None:
    """Its first line says that it is something else."""
    with pytest.raises(Problem, match=r"orders.csv.gz, line 1: expected the header venue,symbol.*found 'id,timestamp,"):
        run(database, BITSTAMP)


@needs_binance
def test_real_trades_make_the_books_of_an_independent_computation(database, tmp_path) -> None:
    """Every order, position, fee and balance of a slice with all six markets, flips and cut fees in it."""
    file = take_binance(tmp_path)
    books, expectation = binance_books(file), binance_end(file)
    assert len(expectation["markets"]) == 6
    assert min(books["flips"], books["cut"]) > 100
    report = run(database, file)
    assert {name: report[name] for name in expectation} == expectation
    assert database_books(database) == {name: books[name] for name in ("positions", "money")}
    assert set(report["hot_updates"]) == {"partitions.orders_open", "portfolio.balances", "trading.positions"}
    # An order that its first trade fills leaves the book without an update in it.
    assert report["hot_updates"]["partitions.orders_open"]["updates"] == 0
    assert report["hot_updates"]["portfolio.balances"]["updates"] > report["orders"]
