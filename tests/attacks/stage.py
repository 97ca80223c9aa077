"""The stage: a victim whose every private column holds a canary, a thief with an account, and all that is heard."""

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import psycopg.sql

from tradebase.postgrest import Door, Rest

# What is private is marked with it, where text can be: kanarie.<column>.
MARK = "kanarie"
ASSETS = """
INSERT INTO market.assets (code, name, kind, scale, display_scale, withdraw_fee)
VALUES ('AUSD', 'Dollar', 'fiat', 18, 2, 0.501234567), ('ABTC', 'Coin', 'crypto', 9, 8, 0);
INSERT INTO market.markets (
    symbol, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size, taker_fee_rate, max_open_orders
)
SELECT 'ABTC-AUSD', b.id, q.id, 'open', 'external', 0.000000001, 0.000000001, 0.001, 100000
FROM market.assets AS b, market.assets AS q
WHERE b.code = 'ABTC' AND q.code = 'AUSD';
INSERT INTO market.fee_schedules (fee_tier, maker_fee_rate, taker_fee_rate)
VALUES ('kanarie_tier', 0.00198765, 0.00223456);
"""
MARKET = "ABTC-AUSD"
CHANNELS = (
    "pgrst", "tradebase", "realtime", "events", "outbox", "audit", "orders", "trades", "fills", "balances", "positions",
    "transfers", "ledger_entries", "engine_commands", "market_state", "user_sessions", "system_config",
)  # fmt: skip
# Who signs in through the door for people, and everybody whom a token, a service or a job can be.
PEOPLE = (
    "anon",
    "authenticated",
    "tradebase_operator",
    "tradebase_support",
    "tradebase_auditor",
    "tradebase_reporter",
    "tradebase_monitor",
)
ROLES = (*PEOPLE, "service_role", "tradebase_engine", "tradebase_worker")
# Where rows of people are, and what the platform keeps to itself.
TABLES = """
SELECT
    c.oid::regclass::text,
    ARRAY(
        SELECT quote_ident(a.attname) FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    )
FROM pg_class AS c
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND (
    c.oid = 'auth.users'::regclass OR c.relnamespace::regnamespace::text IN (
        'core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring', 'api'
    )
)
ORDER BY 1
"""
# Everybody may read these; nobody owns a row of them.
PUBLIC_TABLES = {
    "market.assets", "market.markets", "market.fee_schedules", "market.market_state", "market.price_history",
    "ops.partition_policies",
}  # fmt: skip
# The columns that have room for a canary: those of a list of words have not, nor flags, moments and small numbers.
COLUMNS = """
SELECT a.attname, coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
WHERE
    a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
    AND coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text NOT IN (
        'boolean', 'smallint', 'integer', 'bigint', 'timestamp with time zone', 'date', 'xid8'
    )
    AND NOT EXISTS (
        SELECT FROM pg_constraint AS c
        WHERE
            c.contype = 'c' AND pg_get_constraintdef(c.oid) ~ '^CHECK \\(\\([^ ]+ = ANY \\(ARRAY\\['
            AND (c.contypid = t.oid OR (c.conrelid = a.attrelid AND c.conkey = ARRAY[a.attnum]))
    )
ORDER BY a.attnum
"""
# And those that hold none all the same, each with its reason.
WITHOUT_CANARY = {
    "auth.users.id": "attackers know whom they attack",
    "identity.users.id": "attackers know whom they attack",
    "identity.users.auth_user_id": "attackers know whom they attack",
    "identity.profiles.user_id": "attackers know whom they attack",
    "identity.profiles.country": "two letters",
    "identity.user_sessions.user_id": "attackers know whom they attack",
    "identity.staff_roles.user_id": "attackers know whom they attack",
    "identity.support_openings.user_id": "attackers know whom they attack",
    "trading.orders.user_id": "attackers know whom they attack",
    "trading.client_orders.user_id": "attackers know whom they attack",
    "trading.fills.user_id": "attackers know whom they attack",
    "trading.positions.user_id": "attackers know whom they attack",
    "portfolio.transfers.user_id": "attackers know whom they attack",
    "portfolio.balances.user_id": "attackers know whom they attack",
    "portfolio.ledger_entries.user_id": "attackers know whom they attack",
    "portfolio.ledger_checkpoints.user_id": "attackers know whom they attack",
    "portfolio.portfolio_snapshots.user_id": "attackers know whom they attack",
    "portfolio.analytics.user_id": "attackers know whom they attack",
    "trading.trades.id": "on the public tape",
    "trading.trades.price": "on the public tape",
    "trading.trades.quantity": "on the public tape",
    "trading.trades.quote_quantity": "on the public tape",
    "trading.fills.trade_id": "on the public tape",
    "trading.fills.price": "on the public tape",
    "trading.fills.quantity": "on the public tape",
    "trading.fills.quote_quantity": "on the public tape",
    "trading.trade_busts.trade_id": "on the public tape",
    "audit.audit_logs.database_role": "the name of a role",
    "audit.audit_logs.session_role": "the name of a role",
    "audit.audit_logs.relation": "the name of a table",
    "events.outbox.event": "a word",
    "events.consumers.name": "the name of a program",
    "events.undelivered.consumer": "the name of a program",
    "system.system_config.value_type": "a word that decides which others are allowed",
    "system.system_config.min_value": "a number's or a duration's",
    "system.system_config.max_value": "a number's or a duration's",
    "monitoring.pool_samples.max_wait": "a duration's",
    "ops.job_runs.job": "the name of a function",
    "ops.recovery_drills.rpo": "a duration's",
    "ops.recovery_drills.rto": "a duration's",
    "ops.retired_leaves.parent": "the name of a table",
    "ops.retired_leaves.checksum": "a number's",
}
# Who may do what.
RIGHTS = """
SELECT format('%%s %%s %%s %%s %%s', oid, relname, relacl, relrowsecurity, relforcerowsecurity) FROM pg_class
WHERE
    relkind IN ('r', 'p', 'v', 'S') AND relnamespace <> 'pg_toast'::regnamespace AND relpersistence <> 't'
UNION ALL SELECT format('%%s %%s', attrelid, attacl) FROM pg_attribute WHERE attacl IS NOT NULL
UNION ALL SELECT p::text FROM pg_policy AS p
UNION ALL SELECT format('%%s %%s', oid, tgenabled) FROM pg_trigger
UNION ALL SELECT format('%%s %%s %%s %%s', oid, proacl, proowner, proconfig) FROM pg_proc
WHERE pronamespace::regnamespace::text !~ '^pg_temp'
UNION ALL SELECT m::text FROM pg_auth_members AS m
UNION ALL SELECT s::text FROM pg_db_role_setting AS s JOIN pg_database AS d ON s.setdatabase IN (0, d.oid)
WHERE d.datname = current_database()
UNION ALL SELECT format('%%s %%s', oid, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'
"""
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SYSTEM = "00000000-0000-7000-8000-00000000000"


def canaries_in(text: str | None) -> set[str]:
    """Return what in a value of a private column, as text, nobody else may ever see."""
    if text is None:
        return set()
    found = set(re.findall(rf"{MARK}[\w.:/-]*", text)) | {i for i in UUID.findall(text) if not i.startswith(SYSTEM)}
    found |= set(re.findall(r"(?<=^\\x)[0-9a-f]{64}$", text))
    for number in re.findall(r"(?<![\w.:-])-?(\d+\.\d+)(?![\w.])", text):
        # Twelve characters, so that it is known again in what somebody has rounded.
        digits = number.rstrip("0")[:12]
        if len(digits.lstrip("0.").replace(".", "")) >= 6:
            found.add(digits)
    # A network, without the zeros that end it.
    found |= set(re.findall(r"^(\d+\.\d+\.\d+\.)0/\d+$", text))
    return found


@dataclass
class Answer:
    """What a statement came to: SQLSTATE or ok, how many rows, which."""

    code: str
    count: int = 0
    rows: list[tuple] = field(default_factory=list)
    said: str = ""


class Stage:
    """The database behind two doors, who is on it, and what was heard."""

    def __init__(self, database, rest: Rest) -> None:
        """Make markets, the victim with a friend, the thief, a maker and somebody of staff, and find the canaries."""
        self.database, self.rest = database, rest
        self.owner = database.connect()
        self.admin = database.connect_as_superuser()
        self.http = httpx.Client(timeout=60, limits=httpx.Limits(max_connections=None, max_keepalive_connections=50))
        self.logins: dict[str, psycopg.Connection] = {}
        # Somebody who listens to all that could be told: there is no LISTEN for everything, so to every likely name.
        self.ear = database.connect("authenticator")
        for channel in CHANNELS:
            self.ear.execute(f"LISTEN {channel}")
        self.heard: list[tuple[str, str]] = []
        self.names = 0
        self.owner.execute(ASSETS)
        self.victim, self.friend, self.thief, self.maker, self.support = (self.user() for _ in range(5))
        self.fund(self.thief, self.maker)
        self.seed()
        self.known = {str(i) for i in (
            self.victim, self.thief, self.maker, self.order, self.closed, self.withdrawal, self.session
        )}  # fmt: skip
        self.tables, self.pattern = self.admin.execute(TABLES).fetchall(), self.mine()
        self.canaries, self.empty = self.find_canaries()
        self.baseline = self.fingerprint()
        self.logs = {path: path.stat().st_size for path in self.log_files()}

    def close(self) -> None:
        """End all sessions."""
        for connection in (self.owner, self.admin, self.ear, *self.logins.values()):
            connection.close()
        self.http.close()

    # Who and what is there.

    def value(self, query: str, *values: object) -> object:
        """Return the one value of a query of the owner's."""
        return self.owner.execute(query, values).fetchone()[0]

    def user(self) -> uuid.UUID:
        """Return a new user, who has signed in by mail."""
        self.names += 1
        user = uuid.uuid4()
        self.admin.execute(
            "INSERT INTO auth.users (id, email) VALUES (%s, %s)", [user, f"user{self.names}@example.org"]
        )
        return user

    def fund(self, *users: uuid.UUID) -> None:
        """Give users money."""
        for user in users:
            for asset in ("AUSD", "ABTC"):
                self.value("SELECT portfolio.deposit(%s, %s, 100000, %s)", user, asset, f"fund:{asset}")

    def another(self) -> uuid.UUID:
        """Return a new user with money, for an attack that is not on the victim."""
        user = self.user()
        self.fund(user)
        return user

    def place(self, user: uuid.UUID, side: str, quantity: str, price: str, name: str | None = None) -> str:
        """Place a user's order and return its id."""
        return self.value(
            "SELECT trading.place_order_for(%s, %s, %s, 'limit', %s, %s, client_order_id => %s) #>> '{order,id}'",
            user, MARKET, side, quantity, price, name,
        )  # fmt: skip

    def trade(self, user: uuid.UUID, side: str, quantity: str, price: str, name: str | None = None) -> str:
        """Have a user trade with the maker, taking, and return the user's order."""
        theirs = self.place(self.maker, "sell" if side == "buy" else "buy", quantity, price)
        mine = self.place(user, side, quantity, price, name)
        self.settle(theirs, mine, price, quantity)
        return mine

    def settle(self, maker: str, taker: str, price: str, quantity: str) -> None:
        """Settle a trade of two orders."""
        seq = self.value("SELECT coalesce(max(last_engine_seq), 0) + 1 FROM market.market_state")
        event = {"maker_order_id": maker, "taker_order_id": taker, "price": price, "quantity": quantity}
        batch = [{"market": MARKET, "first_seq": seq, "events": [event]}]
        assert self.value("SELECT trading.settle_trades(%s)", json.dumps(batch))[0]["applied"] == 1

    def seed(self) -> None:
        """Let the victim do everything that leaves a row, with a canary in every column that has room for one."""
        v = self.victim
        tag = {c: f"{MARK}.{c}" for c in (
            "key", "ref", "destination", "proof", "adjusted", "name", "closed", "bust", "session", "request", "said"
        )}  # fmt: skip
        self.admin.execute(
            "UPDATE identity.users SET fee_tier = 'kanarie_tier', stp_group = %s WHERE id = %s", [self.friend, v]
        )
        for asset, amount in (("AUSD", "76543.987654321"), ("ABTC", "31.415926535")):
            self.value(
                "SELECT portfolio.deposit(%s, %s, %s, %s, %s)", v, asset, amount, f"{tag['key']}.{asset}", tag["ref"]
            )
        self.value(
            "SELECT portfolio.transfer_for(%s, %s, 'AUSD', 12.345678912, %s)", v, self.friend, f"{tag['key']}.friend"
        )

        # Two withdrawals: one that was sent and failed, one that attackers know by its id.
        ask = "SELECT portfolio.request_withdrawal_for(%s, 'AUSD', %s, %s, %s) ->> 'id'"
        failed = self.value(ask, v, "21.098765432", f"{tag['key']}.failed", tag["destination"])
        self.value("SELECT portfolio.send_withdrawal(%s)", failed)
        self.value("SELECT portfolio.cancel_withdrawal_for(%s, %s, %s)", v, failed, tag["proof"])
        self.withdrawal = self.value(ask, v, "43.210987654", f"{tag['key']}.out", tag["destination"])

        # Trades, one of them taken back; an order that traded twice and was canceled, one that was amended, one open.
        for side, quantity, price in (
            ("buy", "3.141592653", "100"),
            ("buy", "2.718281828", "103"),
            ("sell", "1.414213562", "110"),
        ):
            self.trade(v, side, quantity, price)
        self.closed = self.place(v, "sell", "5.123456789", "177.123456789", tag["closed"])
        for quantity in ("1.000000123", "1.000000246"):
            self.settle(
                self.closed, self.place(self.maker, "buy", quantity, "177.123456789"), "177.123456789", quantity
            )
        self.value("SELECT trading.cancel_order_for(%s, %s)", v, self.closed)
        amended = self.place(v, "buy", "0.987654321", "77.7654321", f"{tag['name']}.amended")
        self.order = self.place(v, "buy", "1", "90", tag["name"])

        with self.owner.transaction(), self.owner.cursor() as one:
            self.speak(one, "tradebase", v, session_id=tag["session"])
            one.execute(
                "SELECT set_config('request.headers', %s, TRUE)", [json.dumps({"x-request-id": tag["request"]})]
            )
            one.execute("SELECT core.give_reason(%s)", [tag["said"]])
            one.execute(
                "SELECT trading.amend_order_for(%s, %s, 1.5, 66.6543219, %s)", [v, amended, f"{tag['name']}.again"]
            )
            one.execute(
                "UPDATE identity.profiles SET display_name = %s, timezone = %s, preferences = %s WHERE user_id = %s",
                [f"{MARK}.display", f"{MARK}/zone", json.dumps({"note": f"{MARK}.preferences"}), v],
            )
        # Whoever carries its events on says why they cannot.
        self.value("SELECT events.add_consumer('attacked', TRUE)")
        self.value("SELECT events.report_failure('attacked', %s)", f"{MARK}.down")
        self.value(
            "SELECT events.set_aside('attacked', o.id, o.created_at, %s) FROM events.outbox AS o LIMIT 1",
            f"{MARK}.full",
        )
        # What staff did; nobody knows who they are.
        self.value("SELECT identity.grant_staff_role(%s, 'tradebase_support', 'hired')", self.support)
        with self.owner.transaction(), self.owner.cursor() as one:
            self.speak(one, "tradebase", self.support)
            one.execute(
                "SELECT portfolio.adjust(%s, 'AUSD', 1.357924681, %s, %s)",
                [v, tag["adjusted"], f"{tag['key']}.adjusted"],
            )
            one.execute("SELECT trading.bust_trade(%s, 2, %s)", [MARKET, tag["bust"]])
            one.execute("SELECT identity.grant_staff_role(%s, 'tradebase_reporter', %s)", [v, tag["said"]])
            one.execute("SELECT identity.revoke_staff_role(%s, %s)", [v, tag["said"]])
            one.execute(
                """
                INSERT INTO system.system_config (key, value, value_type, pattern, description, updated_by)
                VALUES ('kanarie_key', '"kanarie.value"', 'text', 'kanarie.pattern|.*', 'kanarie.description', %s)
                """,
                [self.support],
            )
            one.execute("""SELECT system.set_config_value('kanarie_key', '"kanarie.later"', %s)""", [tag["said"]])
            one.execute(
                """
                SELECT system.set_feature_flag(
                    'kanarie_flag', %s, TRUE, 0,
                    allowed_user_ids => ARRAY[%s]::uuid[], denied_user_ids => ARRAY[%s]::uuid[],
                    is_public => FALSE, description => 'kanarie.flag'
                )
                """,
                [tag["said"], self.friend, self.support],
            )
        self.admin.execute(
            """
            INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at)
            VALUES (%s, %s, 'kanarie.opening', now() - INTERVAL '2 hours', now() - INTERVAL '1 hour 50 minutes')
            """,
            [self.support, v],
        )
        self.secret = uuid.uuid4().hex
        self.session, _ = (
            self.value(
                "SELECT identity.start_session(%s, %s, %s, sha256(%s)) ->> 'session_id'",
                v, token, address, token.encode(),
            )
            for token, address in ((self.secret, "203.0.113.77"), (self.secret[::-1], "198.51.100.7"))
        )  # fmt: skip
        self.admin.execute(
            "INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held) "
            "SELECT user_id, asset_id, now(), version, available, held FROM portfolio.balances WHERE user_id = %s", [v]
        )  # fmt: skip
        self.admin.execute(
            "INSERT INTO ops.retired_leaves (parent, leaf, from_at, to_at, rows, checksum, exported_to, exported_at) "
            "VALUES ('trading.trades', 'kanarie_leaf', '2019-01-01', '2019-02-01', 1, '1', 'kanarie.file', now())"
        )
        self.admin.execute(
            """
            INSERT INTO portfolio.portfolio_snapshots (
                user_id, kind, taken_at, reporting_asset_id, equity, cash, positions_value, unrealized_pnl,
                realized_pnl_cum, fees_cum, net_flow_cum, holdings
            )
            SELECT
                l.user_id, 'intraday', now(), l.asset_id, h.amount, h.amount - 4182.724109968, 4182.724109968,
                8675.309867531, 1618.033988749, 27.182818284, 60221.407612345,
                jsonb_build_object(l.asset_id, jsonb_build_object(
                    'code', 'AUSD', 'amount', h.amount::text, 'price', '1', 'version', l.version,
                    'moved_at', l.created_at
                ))
            FROM portfolio.ledger_entries AS l, LATERAL (SELECT l.available_after + l.held_after AS amount) AS h
            WHERE l.user_id = %s AND l.asset_id = (SELECT id FROM market.assets WHERE code = 'AUSD')
            ORDER BY l.version DESC LIMIT 1
            """, [v]
        )  # fmt: skip
        self.admin.execute(
            """
            INSERT INTO portfolio.analytics (
                user_id, span, as_of, reporting_asset_id, n_periods, cagr, volatility, sharpe, sortino, max_drawdown,
                calmar, daily_win_rate, win_rate, profit_factor, payoff_ratio, expectancy, gross_volume, fees,
                trades_count
            )
            SELECT
                %s, 'all', CURRENT_DATE, id, 3, 0.123450987651, 0.234561098762, 1.345672109873, 2.456783210984,
                -0.567894321095, 3.678905432106, 0.789016543217, 0.890127654328, 4.901238765439, 5.012349876541,
                612.345678907, 7234.567890128, 83.456789012, 3
            FROM market.assets WHERE code = 'AUSD'
            """, [v]
        )  # fmt: skip
        self.admin.execute(
            "UPDATE auth.users SET email = 'kanarie.mail@example.org', raw_app_meta_data = %s, raw_user_meta_data = %s "
            "WHERE id = %s", [json.dumps({"a": f"{MARK}.app"}), json.dumps({"u": f"{MARK}.meta"}), v]
        )  # fmt: skip
        self.admin.execute(
            "INSERT INTO ops.job_runs (job, status, finished_at, detail) VALUES ('identity.take_in', 'failed', "
            "clock_timestamp(), %s)", [json.dumps({"user_id": str(v), "message": f"{MARK}.job"})]
        )  # fmt: skip
        self.admin.execute(
            "INSERT INTO ops.backups (kind, repository, label, started_at, status, detail) "
            "VALUES ('full', 1, %s, '2026-01-01', 'failed', %s)",
            [f"{MARK}.label", json.dumps({"message": f"{MARK}.backup"})]
        )  # fmt: skip
        self.admin.execute(
            "INSERT INTO ops.recovery_drills (kind, repository, target, started_at, status, detail) "
            "VALUES ('archive', 1, %s, '2026-01-01', 'failed', %s)",
            [f"{MARK}.mark", json.dumps({"message": f"{MARK}.drill"})]
        )  # fmt: skip
        for insert in (
            "storage_samples VALUES (%(m)s, '2026-01-01', 'table', %(m)s, 1, NULL, NULL)",
            "pool_samples VALUES ('2026-01-01', %(m)s, %(m)s, 1, 1, 1, 1, '1 second')",
            "statement_baseline VALUES (1, %(m)s, TRUE, 1, 1, 1, '2026-01-01', '2026-01-01')",
        ):
            self.admin.execute(f"INSERT INTO monitoring.{insert}", {"m": f"{MARK}.measured"})
        # What the victim paid is theirs alone, and no longer the market's.
        self.admin.execute("DELETE FROM market.fee_schedules WHERE fee_tier = 'kanarie_tier'")
        self.admin.execute("UPDATE market.assets SET withdraw_fee = 0.5 WHERE code = 'AUSD'")

    def speak(self, cursor: psycopg.Cursor, role: str, user: object = None, **claims: object) -> None:
        """Let a transaction be that of a role, for a user."""
        said = {"role": role, "sub": user and str(user)} | claims
        cursor.execute(
            "SELECT set_config('role', %s, TRUE), set_config('request.jwt.claims', %s, TRUE)", [role, json.dumps(said)]
        )

    # What must stay as it is, and must not be heard.

    def mine(self) -> str:
        """Return a pattern that finds what is the victim's in a row's text: their ids, and the mark."""
        ids = self.admin.execute(
            "SELECT id::text FROM trading.orders WHERE user_id = %(v)s "
            "UNION SELECT id::text FROM portfolio.transfers WHERE user_id = %(v)s", {"v": self.victim}
        )  # fmt: skip
        return "|".join([str(self.victim), *(i for (i,) in ids), MARK])

    def private_rows(self) -> dict[str, list[dict]]:
        """Return the rows of each table that are the victim's, speak of them, or are nobody's to read."""
        rows = {}
        for table, columns in self.admin.execute(TABLES).fetchall():
            with self.admin.cursor(row_factory=psycopg.rows.dict_row) as cursor:
                as_text = ", ".join(f"t.{column}::text" for column in columns)
                cursor.execute(f"SELECT {as_text} FROM {table} AS t WHERE t::text ~ %s", [self.pattern])
                rows[table] = cursor.fetchall()
        return rows

    def find_canaries(self) -> tuple[dict[str, str], list[str]]:
        """Return every canary and the column that it is in, and the columns that have room for one and hold none."""
        public = set()
        for row in self.admin.execute(
            """
            SELECT price, quantity, quote_quantity FROM trading.trades
            UNION ALL SELECT price, quantity, 0 FROM trading.orders WHERE on_book
            """
        ):
            public |= set().union(*(canaries_in(str(number)) for number in row))
        found, empty = {}, []
        rows = self.private_rows()
        for table in rows.keys() - PUBLIC_TABLES:
            for column, kind in self.admin.execute(COLUMNS, [table]).fetchall():
                name = f"{table}.{column}"
                seen = set().union(*(canaries_in(row[column]) for row in rows[table])) - self.known - public
                if name in WITHOUT_CANARY:
                    continue
                if not seen:
                    empty.append(f"{name} ({kind})")
                found |= dict.fromkeys(seen, name)
        return found, sorted(empty)

    def fingerprint(self) -> dict[str, str]:
        """Return what no attack may change: the rows of the victim, and whatever decides who may do what."""
        parts = [f"SELECT 'rights', md5(string_agg(t, '' ORDER BY t)) FROM ({RIGHTS}) AS all_rights (t)"]
        for table, *_ in self.tables:
            whole = "md5(string_agg(t::text, '' ORDER BY t::text))"
            parts.append(f"SELECT '{table}', {whole} FROM {table} AS t WHERE t::text ~ %(p)s")
        return dict(self.admin.execute(" UNION ALL ".join(parts), {"p": self.pattern}).fetchall())

    def log_files(self) -> list[Path]:
        """Return the logs of the server and of both doors."""
        return [Path(self.database.server.log), self.rest.people.log, self.rest.services.log]

    def hear(self, where: str, what: object) -> None:
        """Note what somebody was told."""
        self.heard.append((where, what if isinstance(what, str) else repr(what)))

    def leaks(self) -> list[str]:
        """Return where a canary was heard since the last time: in an answer, a notice, a notification or a log."""
        for path, read in self.logs.items():
            with path.open("rb") as log:
                log.seek(read)
                added = log.read()
            self.logs[path] = read + len(added)
            self.hear(path.name, added.decode(errors="replace"))
        self.ear.execute("SELECT")  # notifications come with an answer
        for told in self.ear.notifies(timeout=0):
            self.hear("notification", told)
        heard, self.heard = self.heard, []
        found = []
        for where, told in heard:
            # What was sent a million times comes back once.
            text = re.sub(r"(.)\1{99,}", r"\1", told) if len(told) > 100_000 else told
            for canary, column in self.canaries.items():
                if (at := text.find(canary)) >= 0:
                    found.append(f"{column} ({canary}) in {where[:200]}: {text[max(0, at - 200) : at + 300]}")
        return found

    # Ways of attacking.

    def token(self, role: str = "authenticated", user: object = None, **claims: object) -> str:
        """Return the token of a role at its own door, the thief's when no user is named."""
        door = self.door(role)
        return door.token(role, (user or self.thief) if role == "authenticated" else user, **claims)

    def door(self, role: str | None) -> Door:
        """Return the door that a role comes in by."""
        return self.rest.services if role in ("service_role", "tradebase_engine") else self.rest.people

    def ask(
        self, path: str, role: str | None = "authenticated", method: str = "GET", body: object = None,
        user: object = None, bearer: str | None = None, **headers: str,
    ) -> httpx.Response:  # fmt: skip
        """Ask PostgREST as a role, None for somebody without a token, and hear the whole answer."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if bearer or role:
            headers["Authorization"] = f"Bearer {bearer or self.token(role, user)}"
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, str | bytes) else json.dumps(body)
        answer = self.http.request(method, self.door(role).url + path, headers=headers, content=body)
        self.hear(f"{method} {path}", f"{answer.status_code} {dict(answer.headers)} {answer.text}")
        return answer

    def call(self, function: str, role: str | None = "authenticated", user: object = None, bearer: str | None = None,
             **arguments: object) -> httpx.Response:  # fmt: skip
        """Call a function through PostgREST."""
        return self.ask(f"/rpc/{function}", role, "POST", arguments, user, bearer)

    def login(self, name: str) -> psycopg.Connection:
        """Return a session of a login, in which everything is heard, and every word of the server is asked for."""
        if name not in self.logins or self.logins[name].closed:
            connection = self.database.connect(name, options="-c client_min_messages=debug1")
            connection.add_notice_handler(lambda said: self.hear("notice", vars_of(said)))
            self.logins[name] = connection
        return self.logins[name]

    @contextmanager
    def be(self, role: str, user: object = None, **claims: object) -> Iterator[psycopg.Cursor]:
        """Give a transaction of a role, as its own login sets it up: SET LOCAL ROLE and claims, and nothing else."""
        session = self.login(login_of(role))
        with session.transaction(), session.cursor() as cursor:
            self.speak(cursor, role, (user or self.thief) if role == "authenticated" else user, **claims)
            yield cursor

    def attempt(self, role: str, statement: str, *values: object, user: object = None, **claims: object) -> Answer:
        """Run a statement as a role, kept when it succeeds, and hear what came of it; all of it in one message."""
        session = self.login(login_of(role))
        said = self.claims(role, user, **claims)
        text = psycopg.sql.SQL("SELECT set_config('role', {}, TRUE), set_config('request.jwt.claims', {}, TRUE); ")
        before = text.format(role, said).as_string(session)
        try:
            with psycopg.ClientCursor(session) as cursor:
                cursor.execute(before.replace("%", "%%") + statement if values else before + statement, values or None)
                while cursor.nextset():
                    pass
                rows = cursor.fetchall() if cursor.description else []
                answer = Answer("ok", cursor.rowcount, rows, repr(rows))
        except psycopg.Error as error:
            answer = Answer(error.sqlstate, said=vars_of(error.diag) if error.diag else str(error))
        self.hear(f"{role}: {statement}", answer.said)
        return answer

    def claims(self, role: str, user: object, **claims: object) -> str:
        """Return the claims of a request of a role, the thief's when no user is named."""
        user = (user or self.thief) if role == "authenticated" else user
        return json.dumps({"role": role, "sub": user and str(user)} | claims)


def login_of(role: str) -> str:
    """Return who logs in to become a role."""
    if role in ("service_role", "tradebase_engine"):
        return "service_authenticator"
    return "tradebase" if role in ("tradebase_kernel", "tradebase_worker", "tradebase") else "authenticator"


def vars_of(said: psycopg.errors.Diagnostic) -> str:
    """Return every field of a message of the server's."""
    return " ".join(
        str(getattr(said, name)) for name in dir(said) if not name.startswith("_") and name != "from_pgconn"
    )
