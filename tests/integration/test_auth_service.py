"""Beside Supabase's auth service: it asks for the claims of a token, and signing out there ends the session here."""

import re
import uuid

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tradebase import PROJECT
from tradebase.database import OWNER

ALICE, SESSION = uuid.UUID(int=0xA11CE), uuid.UUID(int=0x5E55)


def block_of(change: str) -> str:
    """Return what a change does where the auth service is there, as its deploy script has it."""
    (block,) = re.findall(
        r"^DO \$\$.*?^\$\$;", (PROJECT / f"deploy/{change}.sql").read_text(), re.DOTALL | re.MULTILINE
    )
    return block


def test_the_auth_service_asks_for_claims(database) -> None:
    """It calls the hook as Supabase has it called, with all that Supabase sends, and can do nothing else here."""
    claims = {
        "iss": "https://t.example/auth/v1", "aud": "authenticated", "exp": 4102444800, "iat": 4102441200,
        "sub": str(ALICE), "role": "authenticated", "aal": "aal1", "session_id": str(SESSION), "email": "", "phone": "",
        "is_anonymous": False, "app_metadata": {}, "user_metadata": {}, "amr": [{"method": "password", "timestamp": 1}],
    }  # fmt: skip
    event = {"user_id": str(ALICE), "claims": claims, "authentication_method": "password"}
    with database.connect_as_superuser() as admin:
        admin.execute("CREATE ROLE supabase_auth_admin NOINHERIT")
        try:
            with database.connect(OWNER) as owner:
                owner.execute(block_of("identity/access_token_hook"))
                owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [ALICE])
                owner.execute("SELECT identity.grant_staff_role(%s, 'tradebase_auditor', 'hired')", [ALICE])
            admin.execute("SET ROLE supabase_auth_admin")
            hook = "SELECT identity.access_token_hook(%s)"
            answer = admin.execute(hook, [Jsonb(event)]).fetchone()[0]
            assert answer == {"claims": claims | {"role": "tradebase_auditor"}}
            with pytest.raises(psycopg.Error) as refused:
                admin.execute(hook, [Jsonb({"user_id": str(ALICE), "authentication_method": "password"})])
            assert refused.value.sqlstate == "TR010"
            for attempt in (
                "SELECT FROM identity.users",
                "SELECT FROM identity.staff_roles",
                "SELECT FROM identity.user_sessions",
                f"SELECT identity.revoke_sessions_for('{ALICE}')",
                f"SELECT identity.grant_staff_role('{ALICE}', 'tradebase_operator', 'x')",
                "SELECT api.order_book('x')",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    admin.execute(attempt)
        finally:
            admin.execute("RESET ROLE")
            admin.execute("DROP OWNED BY supabase_auth_admin")
            admin.execute("DROP ROLE supabase_auth_admin")


def test_the_auth_service_ends_a_session_here(database) -> None:
    """Who deletes it there needs no right here; what a cascade deletes counts too."""
    with database.connect_as_superuser() as admin:
        admin.execute("CREATE ROLE auth_service")
        admin.execute("GRANT USAGE ON SCHEMA auth TO auth_service")
        admin.execute("CREATE TABLE auth.accounts (id uuid PRIMARY KEY)")
        admin.execute(
            "CREATE TABLE auth.sessions (id uuid PRIMARY KEY, user_id uuid REFERENCES auth.accounts ON DELETE CASCADE)"
        )
        for table in ("accounts", "sessions"):
            admin.execute(f"ALTER TABLE auth.{table} OWNER TO auth_service")
        # All that Supabase lets postgres do to its table.
        admin.execute(f"GRANT ALL ON auth.sessions TO {OWNER}")
        with database.connect(OWNER) as owner:
            owner.execute(block_of("identity/end_auth_session"))
            owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [ALICE])
            owner.execute(
                "INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES (%s, %s, 'infinity')",
                [SESSION, ALICE],
            )
        admin.execute("SET ROLE auth_service")
        admin.execute("INSERT INTO auth.accounts VALUES (%s)", [ALICE])
        admin.execute("INSERT INTO auth.sessions VALUES (%s, %s)", [SESSION, ALICE])
        alive = "SELECT count(*) FROM identity.user_sessions WHERE revoked_at IS NULL"
        try:
            with database.connect(OWNER) as owner:
                assert owner.execute(alive).fetchone() == (1,)
                admin.execute("DELETE FROM auth.accounts")
                assert owner.execute(alive).fetchone() == (0,)
                assert owner.execute(
                    "SELECT actor_id, database_role FROM audit.audit_logs "
                    "WHERE relation = 'identity.user_sessions' AND operation = 'UPDATE'"
                ).fetchall() == [(None, "auth_service")]
                # Its row is the auth service's no longer, and the revert takes the trigger along.
                owner.execute("DROP FUNCTION identity.end_auth_session() CASCADE")
        finally:
            admin.execute("RESET ROLE")
            admin.execute("DROP TABLE auth.sessions, auth.accounts")
            admin.execute("DROP OWNED BY auth_service")
            admin.execute("DROP ROLE auth_service")
