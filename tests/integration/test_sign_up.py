"""A sign-up goes on, whatever is the matter with us."""

import re
import uuid

import psycopg
import pytest

from tradebase import PROJECT
from tradebase.database import OWNER

ALICE = uuid.UUID(int=0xA11CE)
# The deploy script's own block that takes in those who signed up before it.
(TAKE_IN,) = re.findall(
    r"^DO \$\$.*?^\$\$;", (PROJECT / "deploy/identity/take_in_auth_user.sql").read_text(), re.DOTALL | re.MULTILINE
)


def test_a_sign_up_does_not_wait_for_a_lock_of_ours(database) -> None:
    """Behind a lock that nobody releases the sign-up gives our rows up, leaves a note, and is repaired later."""
    with database.connect(OWNER, autocommit=False) as blocker, database.connect(OWNER) as signing_up:
        blocker.execute("LOCK TABLE identity.profiles IN ACCESS EXCLUSIVE MODE")
        # Far above what the trigger may wait, so that waiting for the blocker would be an error.
        signing_up.execute("SET statement_timeout = '60s'")
        signing_up.execute("INSERT INTO auth.users (id) VALUES (%s)", [ALICE])
        blocker.rollback()
        status, note = signing_up.execute(
            "SELECT status, detail FROM ops.job_runs WHERE job = 'identity.take_in_auth_user'"
        ).fetchone()
        assert (status, note["user_id"], note["sqlstate"]) == ("failed", str(ALICE), "55P03")
        users = "SELECT count(*) FROM identity.users WHERE id = %s"
        assert signing_up.execute(users, [ALICE]).fetchone() == (0,)
        assert signing_up.execute("SELECT identity.ensure_user(%s)", [ALICE]).fetchone() == (True,)
        assert signing_up.execute(users, [ALICE]).fetchone() == (1,)


def test_users_whom_row_level_security_hides_are_an_error(database) -> None:
    """The deploy that takes early users in does not mistake hidden ones for none: 42501."""
    with database.connect_as_superuser() as admin:
        admin.execute("INSERT INTO auth.users (id) VALUES (%s)", [ALICE])
        admin.execute("ALTER TABLE auth.users OWNER TO postgres")
        # On a table that is another's there is no policy for identity.erase_user().
        admin.execute("DROP POLICY users_kernel_all ON auth.users")
        admin.execute("GRANT SELECT ON auth.users TO tradebase")
    with database.connect(OWNER, autocommit=False) as owner:
        assert owner.execute("SELECT count(*) FROM auth.users").fetchone() == (0,), "they are hidden"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(TAKE_IN)
