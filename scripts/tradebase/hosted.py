"""A hosted Supabase project on a server of ours: what it offers to whoever deploys there, and nothing of ours yet."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradebase import PROJECT, Problem
from tradebase.database import environment, psql
from tradebase.server import Server, temporary_server

# There `postgres` owns the project and its one database, and is no superuser.
DATABASE = OWNER = "postgres"
SUPERUSER = "supabase_admin"
PROFILE = PROJECT / "tests/fixtures/hosted_supabase.psql"


@contextmanager
def hosted_project(
    binaries: Path, parent: Path | None = None, *, gives_away: bool, settings: dict[str, str] | None = None
) -> Iterator[Server]:
    """Yield a running server with the profile; `gives_away`: what is made in public is, as before 30 October 2026."""
    with temporary_server(binaries, parent, SUPERUSER, settings) as server:
        made = subprocess.run(
            [psql(), "-Xq", "-v", "ON_ERROR_STOP=1", "-v", f"gives_away={gives_away}", "-1", "-f", PROFILE],
            env=environment(server, SUPERUSER, DATABASE),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise Problem(f"The hosted profile could not be made: {made.stderr.strip()}")
        yield server
