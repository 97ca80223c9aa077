"""Supabase's own linters, from its command line tool: no Docker, and no network once the tool has been fetched."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from tradebase import ENVIRONMENT, Problem
from tradebase.registries import npm_package
from tradebase.server import Server

# The newest that was tried: the bare program, without the wrapper in JavaScript around it.
VERSION = "3.1.0"
PLATFORMS = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}


def program() -> Path:
    """Return the path of the tool, fetched by npm the first time."""
    machine = os.uname().machine
    if machine not in PLATFORMS:
        raise Problem(f"Supabase's tool is not made for {machine}.", ENVIRONMENT)
    package = f"@supabase/cli-{PLATFORMS[machine]}"
    return npm_package(f"{package}@{VERSION}") / package / "bin/supabase"


def advisors(server: Server, database: str, exposed: list[str]) -> list[dict]:
    """Return what `supabase db advisors` says at any level when the API exposes these schemas."""
    return ask(server, database, exposed, "advisors", "--type", "all", "--level", "info")


def lint(server: Server, database: str, schemas: list[str]) -> list[dict]:
    """Return what `supabase db lint` says of the functions in these schemas; plpgsql_check is found by search_path."""
    return ask(server, database, schemas, "lint", "--schema", ",".join(schemas), "--level", "warning")


def ask(server: Server, database: str, exposed: list[str], *command: str) -> list[dict]:
    """Run `supabase db …` on a database and return its results; REFUSED with its own words when it fails."""
    url = f"postgresql://{server.superuser}@localhost:{server.port}/{database}?{urlencode({'host': server.socket})}"
    options = ["--fail-on", "none", "--output-format", "json"]
    with tempfile.TemporaryDirectory(prefix="tradebase-") as home:
        # Which schemas are exposed is read from a project's configuration and from nowhere else.
        folder = Path(home, "supabase")
        folder.mkdir()
        (folder / "config.toml").write_text(f"[api]\nschemas = {json.dumps(exposed)}\n")
        ran = subprocess.run(
            [program(), "db", *command, *options, "--workdir", home, f"--remote={url}"],
            # A home of its own, where it may write what it likes; nothing of ours is told to anybody.
            env={"PATH": os.environ["PATH"], "HOME": home, "PGSSLMODE": "disable", "DO_NOT_TRACK": "1"}
            | {"SUPABASE_TELEMETRY_DISABLED": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        return json.loads(ran.stdout)["results"]
    except (ValueError, KeyError):
        raise Problem(f"supabase db {command[0]} failed: {(ran.stdout or ran.stderr).strip()}") from None
