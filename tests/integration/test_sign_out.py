"""Where an auth service keeps sessions of its own, signing out there ends the session here."""

import re
import uuid

from tradebase import PROJECT
from tradebase.database import OWNER

ALICE, SESSION = uuid.UUID(int=0xA11CE), uuid.UUID(int=0x5E55)
# The deploy script's own block that puts the trigger on.
(ATTACH,) = re.findall(
    r"^DO \$\$.*?^\$\$;", (PROJECT / "deploy/identity/end_auth_session.sql").read_text(), re.DOTALL | re.MULTILINE
)


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
            owner.execute(ATTACH)
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
