"""Send a recording, one transaction a batch, and keep in the same transaction how far it got."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb
from rich.progress import Progress

from tradebase import Problem
from tradebase.replay import binance, bitstamp, report
from tradebase.replay.recording import ASSETS, PARTS, USER_IDS, Cancel, Market, Order, Place, Recording, Trade, digits

FORMATS = {"bitstamp-l3": bitstamp.Recording, "binance-trades": binance.Recording}
JOB = "tradebase.replay"
LOCK = (7473, 1)  # one replay at a time

PLACE = """
SELECT api.place_order_for(
    user_id => %s, market => %s, side => %s, type => 'limit', quantity => %s, price => %s, time_in_force => 'gtc',
    client_order_id => %s
) #>> '{order,id}'
"""
CANCEL = "SELECT api.cancel_order_for(user_id => %s, client_order_id => %s) IS NULL"
SETTLE = "SELECT api.settle_trades(%s)"


def prepare(connection: psycopg.Connection, recording: Recording) -> None:
    """Make assets, markets and users, and deposit what they need; what is there already stays."""
    with connection.transaction():
        for market in recording.markets:
            make_market(connection, market)
        with connection.pipeline():
            for number, user in enumerate(USER_IDS):
                connection.execute(
                    "INSERT INTO auth.users (id, email) VALUES (%s, %s) ON CONFLICT (id) DO NOTHING",
                    [user, f"replay{number:03}@example.org"],
                )
    with connection.transaction(), connection.pipeline():
        connection.execute("SET LOCAL ROLE service_role")
        for asset, need in recording.need.items():
            scale = ASSETS[asset].scale
            for number, amount in enumerate(need):
                if amount:
                    # A cent above: an asset with more decimals rounds later. A part of a file is another deposit.
                    more = amount + 10 ** max(scale - 2, 0)
                    key = f"replay-{asset}-{number:03}-{recording.sha256[:12]}-{recording.count}"
                    connection.execute(
                        """
                        SELECT api.deposit(
                            user_id => %s, asset => %s, amount => %s, idempotency_key => %s, external_ref => %s
                        )
                        """,
                        [USER_IDS[number], asset, Decimal(digits(more, scale)), key, key],
                    )


def make_market(connection: psycopg.Connection, market: Market) -> None:
    """Make a market and its assets where they are missing; REFUSED when those that are there do not fit."""
    for code in (market.base, market.quote):
        asset = ASSETS[code]
        connection.execute(
            """
            INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (code) DO NOTHING
            """,
            [code, *asset],
        )
        there = connection.execute("SELECT scale FROM market.assets WHERE code = %s", [code]).fetchone()[0]
        if there < asset.scale:
            raise Problem(
                f"Asset {code} is there already and keeps {there} decimals, the recording needs {asset.scale}: "
                "replay into another database."
            )
    rules = {
        "symbol": market.symbol,
        "venue": market.venue,
        "base": market.base,
        "quote": market.quote,
        "tick": Decimal(1).scaleb(-market.tick),
        "lot": Decimal(1).scaleb(-market.lot),
        "maker": Decimal(market.maker) / PARTS,
        "taker": Decimal(market.taker) / PARTS,
    }
    connection.execute(
        """
        INSERT INTO market.markets (
            symbol, venue, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size, maker_fee_rate,
            taker_fee_rate, max_open_orders
        )
        SELECT
            %(symbol)s, %(venue)s, b.id, q.id, 'open', 'external', %(tick)s, %(lot)s, %(maker)s, %(taker)s, 100000
        FROM market.assets AS b, market.assets AS q
        WHERE b.code = %(base)s AND q.code = %(quote)s
        ON CONFLICT DO NOTHING
        """,
        rules,
    )
    fits = connection.execute(
        """
        SELECT m.engine = 'external' AND m.status = 'open' AND NOT m.engine_acks
            AND mod(%(tick)s, m.tick_size) = 0 AND mod(%(lot)s, m.lot_size) = 0
            AND m.maker_fee_rate <= %(maker)s AND m.taker_fee_rate <= %(taker)s AND m.price_band_pct IS NULL
        FROM market.markets AS m WHERE m.symbol = %(symbol)s
        """,
        rules,
    ).fetchone()
    if fits is None or not fits[0]:
        raise Problem(
            f"Market {market.symbol} is there already, and with other rules than the recording needs: "
            "replay into another database."
        )


def begin(connection: psycopg.Connection, file: Path, form: str) -> tuple[int, dict[str, object]]:
    """Return the run's row in ops.job_runs, new where the format has none, and what it says is done."""
    connection.execute("SET lock_timeout = '15s'")  # a replay that was killed may still be ending in the server
    try:
        connection.execute("SELECT pg_advisory_lock(%s, %s)", LOCK)
    except psycopg.errors.LockNotAvailable:
        raise Problem("Another replay is at work in this database: wait for it to end.") from None
    connection.execute("RESET lock_timeout")
    with connection.transaction():
        row = connection.execute(
            "SELECT id, detail FROM ops.job_runs WHERE job = %s AND detail ->> 'format' = %s", [JOB, form]
        ).fetchone()
        if row is None:
            detail = {
                "format": form,
                "file": file.name,
                "events": 0,
                "digest": hashlib.sha256().hexdigest(),
                "seq": {},  # of the engine, by market: what it has settled
            }
            row = connection.execute(
                "INSERT INTO ops.job_runs (job, detail) VALUES (%s, %s) RETURNING id, detail", [JOB, Jsonb(detail)]
            ).fetchone()
    return row


def watermarks(connection: psycopg.Connection, recording: Recording) -> dict[str, int]:
    """Return the last engine sequence of every market of the recording."""
    return dict(
        connection.execute(
            """
            SELECT m.symbol, coalesce(s.last_engine_seq, 0)
            FROM market.markets AS m LEFT JOIN market.market_state AS s ON s.market_id = m.id
            WHERE m.symbol = ANY (%s)
            """,
            [[market.symbol for market in recording.markets]],
        ).fetchall()
    )


def known_ids(connection: psycopg.Connection, orders: set[Order]) -> dict[Order, str]:
    """Return our ids of orders that were placed in an earlier batch."""
    if not orders:
        return {}
    number_of = {user: number for number, user in enumerate(USER_IDS)}
    return {
        Order(number_of[user], key): str(order)
        for user, key, order in connection.execute(
            """
            SELECT c.user_id, c.client_order_id::text, c.order_id
            FROM unnest(%s::uuid[], %s::text[]) AS o (user_id, client_order_id)
            JOIN trading.client_orders AS c ON c.user_id = o.user_id AND c.client_order_id = o.client_order_id
            """,
            [[USER_IDS[order.user] for order in orders], [order.key for order in orders]],
        )
    }


def send(connection: psycopg.Connection, commands: list[Place | Cancel | Trade], seqs: dict[str, int]) -> None:
    """Send the commands of one batch as the service, in the transaction and the pipeline that are open."""
    placed = {command.order for command in commands if isinstance(command, Place)}
    traded = {order for command in commands if isinstance(command, Trade) for order in (command.maker, command.taker)}
    ids = known_ids(connection, traded - placed)
    answers: dict[Order, psycopg.Cursor] = {}

    def id_of(order: Order) -> str:
        if order not in ids:
            ids[order] = answers.pop(order).fetchone()[0]
        return ids[order]

    connection.execute("SET LOCAL ROLE service_role")
    for are_trades, together in groupby(commands, lambda command: isinstance(command, Trade)):
        if are_trades:
            settle(connection, together, id_of, seqs)
            continue
        for command in together:
            user = USER_IDS[command.order.user]
            if isinstance(command, Cancel):
                connection.execute(CANCEL, [user, command.order.key])
                continue
            quantity, price = Decimal(command.quantity), Decimal(command.price)
            answer = connection.execute(PLACE, [user, command.market, command.side, quantity, price, command.order.key])
            if command.order in traded:
                answers[command.order] = answer
    connection.execute("RESET ROLE")


def settle(
    connection: psycopg.Connection, trades: Iterable[Trade], id_of: Callable[[Order], str], seqs: dict[str, int]
) -> None:
    """Settle trades that follow one another: one element per market, each in its own engine sequence."""
    events: dict[str, list[dict[str, str]]] = {}
    for trade in trades:
        events.setdefault(trade.market, []).append(
            {
                "maker_order_id": id_of(trade.maker),
                "taker_order_id": id_of(trade.taker),
                "price": trade.price,
                "quantity": trade.quantity,
                "engine_at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(trade.at // 1000))
                + f".{trade.at % 1000:03d}Z",
            }
        )
    batches = [
        {"market": market, "first_seq": seqs[market] + 1, "events": content} for market, content in events.items()
    ]
    connection.execute(SETTLE, [Jsonb(batches)])
    for market, content in events.items():
        seqs[market] += len(content)


def replay(
    connection: psycopg.Connection,
    file: Path,
    form: str,
    trades_file: Path | None = None,
    limit: int | None = None,
    bars: Progress | None = None,
    batch: int | None = None,
) -> dict[str, object]:
    """Replay as the owner, on a connection in autocommit; return the report. REFUSED for what follows bad input."""
    begun = time.monotonic()
    bars = bars or Progress(disable=True)
    reading = bars.add_task("Read the recording", total=1, note="")
    recording: Recording = FORMATS[form](file, trades_file)
    total = recording.count
    bars.update(reading, completed=1, note=f"{total:,} events")
    if not total and not recording.problem:
        raise Problem(f"{file}, line 2: expected an event, found the end of the file.")
    batch = min(batch or recording.batch, recording.batch)
    connection.execute("SET synchronous_commit = on")
    run, detail = begin(connection, file, form)
    done = detail["events"]
    digest = hashlib.sha256()
    for event in range(min(done, total)):
        digest.update(recording.bytes_of(event))
    if done > total or digest.hexdigest() != detail["digest"]:
        if recording.problem:
            raise Problem(f"{recording.problem} Nothing was replayed.")
        raise Problem(
            f"{done:,} events of {detail['file']} were replayed into this database, and {file} does not begin with "
            "them: replay into another database."
        )
    stop = min(total, max(limit, done) if limit is not None else total)
    read_for = time.monotonic() - begun
    first, sent = done, Counter()
    if done < stop:
        prepare(connection, recording)
        seqs = watermarks(connection, recording) | detail["seq"]
        sending = bars.add_task("Replay", total=stop, completed=done, note="")
    updated = report.updates(connection)
    begun = time.monotonic()
    while done < stop:
        upto = min(done + batch, stop)
        commands = list(recording.commands(done, upto))
        for event in range(done, upto):
            digest.update(recording.bytes_of(event))
        ended = upto == total and not recording.problem
        with connection.transaction(), connection.pipeline():
            send(connection, commands, seqs)
            detail |= {
                "file": file.name,
                "sha256": recording.sha256,
                "events": upto,
                "digest": digest.hexdigest(),
                "seq": seqs,
            }
            connection.execute(
                """
                UPDATE ops.job_runs SET
                    detail = %s, status = %s,
                    finished_at = CASE WHEN %s = 'running' THEN NULL ELSE clock_timestamp() END
                WHERE id = %s
                """,
                [Jsonb(detail), *["succeeded" if ended else "running"] * 2, run],
            )
        done = upto
        sent.update(type(command) for command in commands)
        rate = (done - first) / (time.monotonic() - begun)
        bars.update(sending, completed=done, note=f"{done:,} events, {rate:,.0f}/s")
    seconds = time.monotonic() - begun
    if recording.problem:
        raise Problem(
            f"{recording.problem}\n{done:,} events before it are replayed; replay the whole file to go on from there."
        )
    now = {"events": done - first, "orders": sent[Place], "trades": sent[Trade], "fills": 2 * sent[Trade]}
    return (
        {
            "file": str(file),
            "trades_file": str(trades_file) if trades_file else None,
            "format": form,
            "events": done,
            "of": total,
            "events_now": now["events"],
            "read_seconds": round(read_for, 3),
            "seconds": round(seconds, 3),
        }
        | {f"{what}_per_second": round(number / seconds) if number else 0 for what, number in now.items()}
        | recording.notes(done)
        | report.count(connection, [market.symbol for market in recording.markets])
        | {"hot_updates": report.hot_share(updated, report.updates(connection))}
        | report.integrity(connection, bars)
    )
