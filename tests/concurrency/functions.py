"""Every function that clients, services and staff may call, from the catalog, and arguments with which it succeeds."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from exchange import BOB, ETH, Exchange
from pairs import Scene

# Who calls: the first of these who may.
CLIENTS = ("authenticated", "anon", "service_role")
STAFF = ("tradebase_engine", "tradebase_operator", "tradebase_worker")
FUNCTIONS = """
SELECT
    p.pronamespace::regnamespace::text, p.proname, r.rolname, p.provolatile = 'v',
    ARRAY(
        SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END::regtype::text
        FROM unnest(p.proargtypes) WITH ORDINALITY AS a (type, n) JOIN pg_type AS t ON t.oid = a.type ORDER BY a.n
    ),
    coalesce(p.proargnames[1:p.pronargs], '{}')
FROM pg_proc AS p
CROSS JOIN LATERAL (
    SELECT r.rolname
    FROM unnest(%s::text[]) WITH ORDINALITY AS r (rolname, n)
    WHERE
        has_function_privilege(r.rolname, p.oid, 'EXECUTE')
        AND has_schema_privilege(r.rolname, p.pronamespace, 'USAGE')
    ORDER BY r.n
    LIMIT 1
) AS r
WHERE
    p.pronamespace::regnamespace::text IN ('api', 'identity', 'market', 'portfolio', 'trading')
    AND p.prorettype <> 'trigger'::regtype
    -- Of a view's row, which PostgREST embeds.
    AND (p.pronargs = 0 OR p.proargnames IS NOT NULL)
ORDER BY 1, 2
"""
BATCHES = """
jsonb_build_array(jsonb_build_object('market', %(btc)s, 'first_seq', {}, 'events', jsonb_build_array(
    jsonb_build_object('maker_order_id', %(buy)s, 'taker_order_id', %(sell)s, 'price', '100', 'quantity', '1')
)))
"""
# What an argument of this name is given, as SQL; %(me)s calls. A function with another name fails until it is here.
ARGUMENTS = {
    "after": "0",
    "amount": "2",
    "as_of": "clock_timestamp() - INTERVAL '2 minutes'",
    "asset": "'R1USD'",
    "at": "clock_timestamp()",
    "batches": BATCHES.format(2),
    "before_closed_at": "NULL",
    "before_executed_at": "NULL",
    "before_id": "NULL",
    "before_seq": "NULL",
    "before_taken_at": "NULL",
    "before_version": "NULL",
    "client_order_id": "'new'",
    "client_order_ids": "NULL",
    "depth": "10",
    "destination": "NULL",
    "expires_at": "NULL",
    "external_ref": "'outside'",
    "fee_tier": "'standard'",
    "from_at": "clock_timestamp() - INTERVAL '1 hour'",
    "idempotency_key": "'new'",
    "interval": "'1m'",
    "kind": "'intraday'",
    "maker_fee_rate": "0.001",
    "market": "%(btc)s",
    "max_orders": "10",
    "max_rows": "10",
    "max_trades": "10",
    "order_id": "%(named)s",
    "order_ids": "ARRAY[%(named)s]::uuid[]",
    "orders": """
        jsonb_build_array(jsonb_build_object(
            'market', %(btc)s, 'side', 'buy', 'type', 'limit', 'quantity', '1', 'price', '90',
            'client_order_id', 'new'
        ))
    """,
    "post_only": "FALSE",
    "price": "90",
    "proof": "NULL",
    "quantity": "1",
    "reason": "'because'",
    "seq": "2",
    "side": "'buy'",
    "status": "'canceled'",
    "stp": "NULL",
    "taker_fee_rate": "0.001",
    "time_in_force": "NULL",
    "to_at": "clock_timestamp()",
    "to_user_id": "%(third)s",
    "trade_seq": "1",
    "transfer_id": "%(withdrawal)s",
    "type": "'limit'",
    "upto": "clock_timestamp() - INTERVAL '1 second'",
    "upto_seq": "NULL",
    "user_id": "%(me)s",
}
# Where a name means something else.
OF_ONE = {
    "cancel_order": {"client_order_id": "NULL"},
    "cancel_order_for": {"client_order_id": "NULL"},
    "amend_order": {"client_order_id": "'amended'"},
    "amend_order_for": {"client_order_id": "'amended'"},
    "close_order": {"reason": "'user_cancel'"},
    "complete_withdrawal": {"transfer_id": "%(sent)s"},
    "set_market_status": {"status": "'halted'"},
}


# They say who somebody is and move nothing: tests/identity, tests/system.
WITHOUT_MONEY = {
    "access_token_hook", "acting_user_id", "edit_profile", "erase_user", "feature_flags", "grant_staff_role",
    "opened_user_id", "revoke_all_sessions", "revoke_session", "revoke_sessions_for", "revoke_staff_role",
    "set_user_status", "staff_role", "start_session", "support_close", "support_open", "touch_session",
    # They look back at it: tests/portfolio.
    "compute_analytics", "period_return", "snapshot_kind", "snapshot_portfolio",
    # It waits: tests/replica.
    "wait_for_token",
}  # fmt: skip


@dataclass(frozen=True)
class Function:
    """A function that a role may call."""

    schema: str
    name: str
    role: str
    writes: bool
    types: dict[str, str]

    def given(self) -> dict[str, str]:
        """Return what its arguments are given, as SQL."""
        return {argument: (ARGUMENTS | OF_ONE.get(self.name, {}))[argument] for argument in self.types}

    def call(self, **other: str) -> str:
        """Return a call of it, with other arguments where it has them."""
        given = self.given() | {argument: value for argument, value in other.items() if argument in self.types}
        # Quoted: one of them is called interval.
        arguments = ", ".join(f'"{argument}" => {value}' for argument, value in given.items())
        return f"SELECT * FROM {self.schema}.{self.name}({arguments})"

    def speak(self, session: psycopg.Connection, scene: Scene) -> None:
        """Let a session's transaction be that of the function's role, for %(me)s."""
        claims = json.dumps({"sub": scene.names["me"], "role": self.role})
        session.execute(
            "SELECT set_config('role', %s, TRUE), set_config('request.jwt.claims', %s, TRUE)", [self.role, claims]
        )


def functions(exchange: Exchange, *roles: str) -> list[Function]:
    """Return what any of the roles may call of what reads or moves money, each with the first that may."""
    return [
        Function(schema, name, role, writes, dict(zip(names, types, strict=True)))
        for schema, name, role, writes, types, names in exchange.owner.execute(FUNCTIONS, [list(roles)])
        if name not in WITHOUT_MONEY
    ]


def world(exchange: Exchange) -> Scene:
    """Return a scene in which A has traded, and a curve, a named order, one that is due, withdrawals sent and not."""
    scene = Scene(exchange, 0)
    scene.names |= {"me": scene.names["a"], "third": str(BOB)}
    made = psycopg.ClientCursor(exchange.owner).execute(
        f"""
        SELECT
            trading.place_order_for(
                %(a)s, %(btc)s, 'buy', 'limit', 3.333, 77.77, client_order_id => 'secret.key'
            ) #>> '{{order,id}}',
            portfolio.request_withdrawal_for(%(a)s, 'R1USD', 12.34, 'secret.key', 'secret.address') ->> 'id',
            portfolio.request_withdrawal_for(%(a)s, 'R1USD', 11, 'secret.sent', 'secret.address') ->> 'id',
            trading.cancel_order_for(
                %(b)s, (trading.place_order_for(%(b)s, %(btc)s, 'sell', 'limit', 1, 150) #>> '{{order,id}}')::uuid
            ),
            trading.settle_trades({BATCHES.format(1)})
        """,
        scene.names,
    )
    scene.names |= dict(zip(("named", "withdrawal", "sent"), made.fetchone(), strict=False))
    exchange.value("SELECT portfolio.send_withdrawal(%s)", scene.names["sent"])
    exchange.value("SELECT market.roll_candles()")
    exchange.owner.execute(
        "UPDATE partitions.orders_open SET expires_at = created_at - INTERVAL '1 hour' WHERE id = %(eth_sell)s",
        scene.names,
    )
    exchange.owner.execute("UPDATE system.system_config SET value = '\"R1USD\"' WHERE key = 'reporting_asset'")
    psycopg.ClientCursor(exchange.owner).execute(
        """
        SELECT
            market.set_valuation_market('R1BTC', %(btc)s), market.set_mark_price(%(btc)s, 100, '2026-01-01'),
            market.set_valuation_market('R1ETH', %(eth)s), market.set_mark_price(%(eth)s, 50, '2026-01-01');
        SELECT portfolio.snapshot_portfolio('intraday', clock_timestamp(), ARRAY[%(a)s, %(b)s]::uuid[])
        """,
        scene.names | {"eth": ETH},
    )
    return scene


@dataclass
class Answer:
    """What a call answered: its SQLSTATE or ok, the argument that it names, its rows, and all that it said."""

    code: str
    argument: str | None
    rows: list[tuple]
    said: str


def answer(scene: Scene, function: Function, query: str, look: Callable[[], None] = lambda: None) -> Answer:
    """Call as the function's role, for %(me)s, look at what it did, and take it back."""
    session = scene.exchange.owner
    try:
        with session.transaction(force_rollback=True):
            function.speak(session, scene)
            rows = psycopg.ClientCursor(session).execute(query, scene.names).fetchall()
            session.execute("RESET ROLE")
            look()
    except psycopg.Error as error:
        detail = error.diag.message_detail or ""
        argument = json.loads(detail).get("argument") if detail.startswith("{") else None
        return Answer(error.sqlstate, argument, [], f"{error.diag.message_primary} {detail} {error.diag.message_hint}")
    return Answer("ok", None, rows, repr(rows))
