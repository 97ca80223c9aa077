"""Servers killed in mid-storm: nothing that was acknowledged may be missing, and nothing may be there twice."""

import json
import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import psycopg

from tradebase import database as databases
from tradebase import server as servers
from tradebase.commands import Command, send
from tradebase.server import Server
from tradebase.storm import CLIENTS, KEYED, REFUSALS, Board, Client, violations

# What may be sent again without a key, because it names what it ends.
NAMED = {"cancel_order", "cancel_orders", "send_withdrawal", "complete_withdrawal", "cancel_withdrawal", "bust_trade"}
# What of an answer is the same whenever it is given. The rest says how far something has come since.
SAME = {
    "id", "client_order_id", "market", "side", "type", "time_in_force", "post_only", "price", "created_at",
    "replaces_order_id", "user_id", "to_user_id", "asset", "kind", "amount", "fee", "idempotency_key", "destination",
}  # fmt: skip


@dataclass
class Crashes:
    """What the kills came to: all lists are to be empty."""

    kills: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_flight: int = 0  # sent when the server died, and never answered
    arrived: int = 0  # of them, those that had been committed
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unsent: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    violations: list[tuple] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)  # by audit and outbox
    restarts: list[float] = field(default_factory=list)  # seconds from the kill to the first session


@dataclass(frozen=True)
class Noted:
    """A command that was sent; its answer, or None when there was none."""

    command: Command
    answer: object

    def __str__(self) -> str:
        """Say what was sent and answered."""
        return f"{self.command} answered {json.dumps(self.answer)[:500]}"


class Notes:
    """A file outside the cluster, which knows of every command before it is sent and of every answer."""

    def __init__(self, file: Path) -> None:
        """Begin the file."""
        self.file = file
        file.touch()

    def __call__(self, **what: object) -> None:
        """Write a line that outlives us."""
        with self.file.open("a") as out:
            out.write(json.dumps(what) + "\n")
            out.flush()
            os.fsync(out.fileno())

    def read(self) -> Iterator[Noted]:
        """Yield the commands that were answered or not, without those that were refused."""
        pending = None
        for line in map(json.loads, self.file.read_text().splitlines()):
            if "command" in line:
                if pending:
                    yield Noted(pending, None)
                pending = Command(**line["command"])
            else:
                # What answers with nothing ends nothing that has a name.
                if line.get("answer") is not None:
                    yield Noted(pending, line["answer"])
                pending = None
        if pending:
            yield Noted(pending, None)


def storm_with_kills(
    server: Server,
    database: str,
    seed: int,
    kills: int,
    folder: Path,
    take_over: Callable[[Server], Server] | None = None,
    kill_server: Callable[[Server], None] = servers.kill,
) -> Crashes:
    """Let a storm rage over a database, kill the server so many times, and compare it with what was noted each time.

    In turns the whole server is killed, which we start again, and one of its sessions, upon which it restarts itself.
    Where somebody takes over from a server that was killed, always the whole one is, and it goes on with the other.
    `kill_server` may end it by something else than a signal.
    """
    crashes, board, draw = Crashes(), Board(), random.Random(seed)  # noqa: S311 (to be repeated, not to be secret)
    clients = [Client(number, seed, board, may_die=True) for number in range(1, CLIENTS + 1)]
    noted: list[Noted] = []

    def connect() -> psycopg.Connection:
        return databases.connect(server, database, databases.OWNER)

    for kill in range(kills):
        victim = draw.choice(clients) if kill % 2 and not take_over else None
        for client in clients:
            client.note = Notes(folder / f"{kill}-{client.number}.jsonl")
        killed_at = rage_until_killed(server, connect, clients, victim, draw.randint(200, 600), kill_server)
        if take_over:
            server = take_over(server)
        elif not victim:
            servers.start(server)
        crashes.kills["session" if victim else "server"] += 1
        fresh = [line for client in clients for line in client.note.read()]
        noted += fresh
        with wait_for_server(connect) as owner:
            crashes.restarts.append(time.monotonic() - killed_at)
            # With each crash the server forgets what it has to analyze; the checks read tables that have grown.
            owner.execute("ANALYZE")
            there = compare(owner, crashes, noted)
            unanswered = [promises(line).keys() for line in fresh if line.answer is None]
            crashes.in_flight += len(unanswered)
            crashes.arrived += sum(bool(names) and names <= there.keys() for names in unanswered)
            noted += send_again(owner, crashes, fresh, clients[0])
            compare(owner, crashes, noted)
    with connect() as owner:
        send_again(owner, crashes, noted, clients[0])
        crashes.unrecorded += unrecorded(owner, noted, compare(owner, crashes, noted))
    for client in clients:
        crashes.outcomes.update(client.outcomes)
        crashes.unexpected += client.unexpected
    return crashes


def rage_until_killed(
    server: Server,
    connect: Callable[[], psycopg.Connection],
    clients: list[Client],
    victim: Client | None,
    after: int,
    kill_server: Callable[[Server], None],
) -> float:
    """Let the clients send commands, kill the server or the session of one of them after so many, and return when."""
    begun = sum(client.sent for client in clients)
    if victim:
        victim.backend = 0  # that of the round before is gone, and its number may be somebody else's by now
    with ThreadPoolExecutor(len(clients)) as threads:
        running = [threads.submit(client.run, connect, lambda _: True) for client in clients]
        while (sum(client.sent for client in clients) < begun + after or (victim and not victim.backend)) and not any(
            thread.done() for thread in running
        ):
            time.sleep(0.001)
        killed_at = time.monotonic()
        if victim and victim.backend:
            os.kill(victim.backend, signal.SIGKILL)
        elif not victim:
            kill_server(server)
        for thread in running:
            thread.result()
    return killed_at


def replays(log: str) -> list[tuple[int, float]]:
    """Return of each recovery in a server's log how many bytes of WAL were replayed, and in how many seconds."""
    found, begun = [], None
    for what, lsn, seconds in re.findall(
        r"redo (starts|done) at ([0-9A-F]+/[0-9A-F]+)(?: .*elapsed: ([0-9.]+) s)?", log
    ):
        high, low = (int(part, 16) for part in lsn.split("/"))
        if what == "starts":
            begun = (high << 32) + low
        elif begun is not None:
            found.append(((high << 32) + low - begun, float(seconds)))
            begun = None
    return found


def wait_for_server(connect: Callable[[], psycopg.Connection]) -> psycopg.Connection:
    """Return a connection as soon as the server has recovered."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return connect()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


# What is in the books, in words that say what it is of; a name that is there twice was done twice.
FACTS = """
SELECT concat_ws(' ', 'order', o.user_id, o.client_order_id), o.id::text
FROM trading.orders AS o WHERE o.client_order_id IS NOT NULL
UNION ALL
SELECT concat_ws(' ', 'transfer', t.user_id, t.idempotency_key), t.id::text
FROM portfolio.transfers AS t WHERE t.idempotency_key NOT LIKE 'first:%'
UNION ALL
SELECT
    concat_ws(' ', 'event', m.symbol, t.engine_seq),
    concat_ws(' ', t.maker_order_id, t.taker_order_id, trim_scale(t.price), trim_scale(t.quantity))
FROM trading.trades AS t JOIN market.markets AS m ON m.id = t.market_id
UNION ALL
SELECT concat_ws(' ', 'event', m.symbol, o.close_seq), concat_ws(' ', o.id, o.status)
FROM trading.orders AS o JOIN market.markets AS m ON m.id = o.market_id WHERE o.close_seq IS NOT NULL
UNION ALL
SELECT concat_ws(' ', 'cancel', o.id), ''
FROM trading.orders AS o WHERE o.status = 'canceled' OR o.cancel_requested_at IS NOT NULL
UNION ALL
SELECT concat_ws(' ', 'send', t.id), '' FROM portfolio.transfers AS t WHERE t.sent_at IS NOT NULL
UNION ALL
SELECT concat_ws(' ', 'complete', t.id), t.external_ref
FROM portfolio.transfers AS t WHERE t.kind = 'withdrawal' AND t.status = 'completed'
UNION ALL
SELECT concat_ws(' ', 'give back', t.id), ''
FROM portfolio.transfers AS t WHERE t.kind = 'withdrawal' AND t.status IN ('canceled', 'failed')
UNION ALL
SELECT concat_ws(' ', 'bust', m.symbol, b.trade_seq), ''
FROM trading.trade_busts AS b JOIN market.markets AS m ON m.id = b.market_id
"""


def promises(noted: Noted) -> dict[str, str | None]:
    """Return the facts that a command makes, by their names; None for what only its answer tells."""
    given, answer = noted.command.arguments, noted.answer
    user = noted.command.user or given.get("user_id")
    match noted.command.kind:
        case "place_order":
            return {f"order {user} {given['client_order_id']}": answer and answer["order"]["id"]}
        case "place_orders":
            keys = [order["client_order_id"] for order in json.loads(given["orders"])]
            ids = [placed["order"]["id"] for placed in answer] if answer else [None] * len(keys)
            return {f"order {user} {key}": order for key, order in zip(keys, ids, strict=True)}
        case "amend_order" if given.get("client_order_id"):
            return {f"order {user} {given['client_order_id']}": answer and answer["id"]}
        case "deposit" | "request_withdrawal" | "transfer" | "adjust":
            return {f"transfer {user} {given['idempotency_key']}": answer and answer["id"]}
        case "settle_trades":
            return {
                f"event {batch['market']} {int(batch['first_seq']) + n}": said(event) if answer else None
                for batch in json.loads(given["batches"])
                for n, event in enumerate(batch["events"])
            }
        case "cancel_order" | "cancel_orders":
            canceled = [answer] if isinstance(answer, dict) else answer or []
            return {f"cancel {order['id']}": "" for order in canceled}
        case "send_withdrawal":
            return {f"send {given['transfer_id']}": ""}
        case "complete_withdrawal":
            return {f"complete {given['transfer_id']}": given["external_ref"]}
        case "cancel_withdrawal":
            return {f"give back {given['transfer_id']}": ""}
        case "bust_trade":
            return {f"bust {given['market']} {given['trade_seq']}": ""}
    return {}


def said(event: dict[str, str]) -> str:
    """Return an event of an engine as the books have it."""
    if "order_id" in event:
        return f"{event['order_id']} {event['status']}"
    price, quantity = (f"{Decimal(event[name]).normalize():f}" for name in ("price", "quantity"))
    return f"{event['maker_order_id']} {event['taker_order_id']} {price} {quantity}"


def compare(owner: psycopg.Connection, crashes: Crashes, noted: list[Noted]) -> dict[str, list[str]]:
    """Look for what was acknowledged, for what is there twice, and for what nobody sent or was told is refused.

    Return the facts.
    """
    crashes.violations += violations(owner)
    there: dict[str, list[str]] = {}
    for name, value in owner.execute(FACTS):
        there.setdefault(name, []).append(value)
    crashes.doubled += [f"{name}: {values}" for name, values in there.items() if len(values) > 1]
    sent = set()
    for line in noted:
        promised = promises(line)
        sent |= promised.keys()
        if line.answer is None:
            continue
        for name, value in promised.items():
            if name not in there:
                crashes.lost.append(f"{name}: {line}")
            elif value not in there[name]:
                crashes.changed.append(f"{name} is {there[name]}: {line}")
    ours = ("order ", "transfer ", "event ", "bust ")
    crashes.unsent += [f"{name}: {there[name]}" for name in there.keys() - sent if name.startswith(ours)]
    return there


# What audit and outbox do not say of the books, or say twice.
UNRECORDED = """
WITH told AS (
    SELECT o.topic, o.event, o.payload FROM events.outbox AS o
),

command AS (
    SELECT c.seq, 'engine:' || m.symbol AS topic, c.kind, c.order_id
    FROM trading.engine_commands AS c JOIN market.markets AS m ON m.id = c.market_id
),

amended AS (
    SELECT l.row_key::uuid AS order_id, (l.after ->> 'replaced_by')::uuid AS replaced_by
    FROM audit.audit_logs AS l WHERE l.relation = 'trading.orders' AND l.operation = 'AMEND'
)

SELECT concat_ws(' ', 'order', o.id, 'is told', count(t.told), 'times as it stands') AS what
FROM trading.orders AS o
JOIN market.markets AS m ON m.id = o.market_id
LEFT JOIN (
    SELECT t.topic, x.told FROM told AS t CROSS JOIN jsonb_array_elements(t.payload -> 'orders') AS x (told)
) AS t ON t.topic = 'user:' || o.user_id AND t.told ->> 'id' = o.id::text AND t.told = trading.order_event(o, m.symbol)
GROUP BY o.id, o.closed_at
-- What is open may be told again as it was.
HAVING count(t.told) = 0 OR count(t.told) > 1 AND o.closed_at < 'infinity'
UNION ALL
SELECT concat_ws(' ', 'transfer', f.id, 'is told', count(t.told), 'times as it stands')
FROM portfolio.transfers AS f
CROSS JOIN LATERAL (VALUES (f.user_id), (f.counterparty_user_id)) AS u (user_id)
LEFT JOIN (
    SELECT t.topic, x.told FROM told AS t CROSS JOIN jsonb_array_elements(t.payload -> 'transfers') AS x (told)
) AS t ON
    t.topic = 'user:' || u.user_id AND t.told ->> 'id' = f.id::text AND t.told ->> 'status' = f.status
    AND (t.told ->> 'is_sent')::boolean = (f.sent_at IS NOT NULL)
WHERE u.user_id IS NOT NULL
GROUP BY f.id, u.user_id
HAVING count(t.told) <> 1
UNION ALL
SELECT concat_ws(' ', 'trade', coalesce(t.topic, r.topic), coalesce(t.seq, r.seq), 'is told', t.times, 'times')
FROM (
    SELECT t.topic, (x.told ->> 'seq')::bigint AS seq, count(*) AS times
    FROM told AS t CROSS JOIN jsonb_array_elements(t.payload -> 'trades') AS x (told)
    GROUP BY 1, 2
) AS t
FULL JOIN (
    SELECT 'market:' || m.symbol AS topic, t.seq FROM trading.trades AS t JOIN market.markets AS m ON m.id = t.market_id
) AS r ON r.topic = t.topic AND r.seq = t.seq
WHERE (t.times = 1 AND r.seq IS NOT NULL) IS NOT TRUE
UNION ALL
SELECT concat_ws(' ', 'fill', coalesce(t.topic, f.topic), coalesce(t.id, f.id), 'is told', t.times, 'times')
FROM (
    SELECT t.topic, x.told ->> 'id' AS id, count(*) AS times
    FROM told AS t CROSS JOIN jsonb_array_elements(t.payload -> 'fills') AS x (told)
    GROUP BY 1, 2
) AS t
FULL JOIN (
    SELECT 'user:' || f.user_id AS topic, f.id::text AS id FROM trading.fills AS f
) AS f ON f.topic = t.topic AND f.id = t.id
WHERE (t.times = 1 AND f.id IS NOT NULL) IS NOT TRUE
UNION ALL
SELECT concat_ws(' ', 'command', c.topic, c.seq, 'is told', count(t.topic), 'times')
FROM command AS c
LEFT JOIN told AS t ON
    t.topic = c.topic
    AND c.seq BETWEEN (t.payload ->> 'first_seq')::bigint AND (t.payload ->> 'last_seq')::bigint
GROUP BY c.topic, c.seq
HAVING count(t.topic) <> 1
UNION ALL
SELECT concat_ws(' ', 'amendments of order', coalesce(c.order_id, a.order_id), 'in place', c.times, 'audited', a.times)
FROM (SELECT c.order_id, count(*) AS times FROM command AS c WHERE c.kind = 'amend' GROUP BY c.order_id) AS c
FULL JOIN (
    SELECT a.order_id, count(*) AS times FROM amended AS a WHERE a.replaced_by IS NULL GROUP BY a.order_id
) AS a ON a.order_id = c.order_id
WHERE c.times IS DISTINCT FROM a.times
UNION ALL
SELECT concat_ws(' ', 'order', coalesce(o.replaces_order_id, a.order_id), 'replaced by', o.id, 'audited', a.replaced_by)
FROM (SELECT o.id, o.replaces_order_id FROM trading.orders AS o WHERE o.replaces_order_id IS NOT NULL) AS o
FULL JOIN (
    SELECT a.order_id, a.replaced_by FROM amended AS a WHERE a.replaced_by IS NOT NULL
) AS a ON a.order_id = o.replaces_order_id AND a.replaced_by = o.id
WHERE num_nulls(o.id, a.order_id) > 0
"""
# Where an engine acknowledges, it is who ends an order, and that it was asked has no name of its own.
CANCELED = """
SELECT o.id::text, count(l.id)
FROM trading.orders AS o
JOIN market.markets AS m ON m.id = o.market_id AND NOT m.engine_acks
LEFT JOIN audit.audit_logs AS l ON
    l.relation = 'trading.orders' AND l.operation = 'CANCEL' AND l.row_key = o.id::text
WHERE o.close_reason = 'user_cancel'
GROUP BY o.id
"""


def unrecorded(owner: psycopg.Connection, noted: list[Noted], there: dict[str, list[str]]) -> list[str]:
    """Return what is in the books and not, or not once, in the outbox or on record; a service's cancel is audited."""
    missing = [what for (what,) in owner.execute(UNRECORDED)]
    who: dict[str, set[str]] = {}
    for line in noted:
        given, user = line.command.arguments, line.command.user or line.command.arguments.get("user_id")
        if line.command.kind in ("cancel_order", "cancel_orders"):
            keys = [*given.get("client_order_ids", "").strip("{}").split(","), given.get("client_order_id")]
            named = [order for key in keys if key for order in there.get(f"order {user} {key}", [])]
            for order in [*named, given.get("order_id")]:
                who.setdefault(order, set()).add(line.command.role)
    for order, times in owner.execute(CANCELED):
        wanted = {role == "service_role" for role in who[order]}
        if times not in wanted:
            missing.append(f"cancel of order {order} by {who[order]} is audited {times} times")
    return missing


def send_again(owner: psycopg.Connection, crashes: Crashes, noted: list[Noted], client: Client) -> list[Noted]:
    """Send everything again that can be; return what is acknowledged only now."""
    late = []
    for line in noted:
        kind = line.command.kind
        keyed = kind in KEYED or (kind == "amend_order" and line.command.arguments.get("client_order_id"))
        if not keyed and kind not in NAMED:
            continue
        try:
            answer = send(owner, line.command)
        except psycopg.Error as error:
            # What has gone on since may be refused by name, never by key.
            if error.sqlstate not in REFUSALS[kind] or (keyed and line.answer is not None):
                crashes.changed.append(f"sent again it is refused, {error.sqlstate} {error}: {line}")
            continue
        if line.answer is None:
            late.append(Noted(line.command, answer))
            client.learn(line.command, answer)
        elif same(answer) != same(line.answer):
            crashes.changed.append(f"sent again it answers {json.dumps(answer)[:500]}: {line}")
        elif kind == "settle_trades" and any(settled["applied"] for settled in answer):
            crashes.doubled.append(f"settled again: {line}")
    return late


def same(answer: object) -> object:
    """Return of an answer what is the same whenever it is given."""
    if isinstance(answer, list):
        return [same(one) for one in answer]
    answer = answer.get("order", answer)
    return {name: answer[name] for name in SAME & answer.keys()}
