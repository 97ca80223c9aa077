"""Backups of the stack: archived from the start, made and restored by commands, and by units on their own."""

import json
import os
import pwd
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from string import Template

import psycopg
import pytest
from stacked import COMMAND, Stacked

from tradebase import OK, PROJECT, REFUSED, USAGE
from tradebase import database as databases
from tradebase import up as ups
from tradebase.backup import pgbackrest
from tradebase.backup.pgbackrest import KEEPER, RECEIVER, program
from tradebase.server import server_user
from tradebase.stack import backup, commands

pytestmark = pytest.mark.xdist_group("stack")
UNITS = PROJECT / "config/systemd"
COUNTED = "SELECT count(*), system_identifier FROM identity.users, pg_control_system() GROUP BY 2"
GOES_ON = ("server", "--every")  # what does not end by itself


def run(stacked: Stacked, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `tradebase backup` on the stack."""
    return subprocess.run(
        [COMMAND, "backup", *arguments],
        env=os.environ | {"TRADEBASE_HOME": str(stacked.home), "TMPDIR": str(stacked.scratch), "COLUMNS": "200"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def recorded(stacked: Stacked) -> list[tuple[object, ...]]:
    """Return what is on record, as a monitor reads it."""
    with databases.connect(stacked.stack.primary, ups.DATABASE, databases.OWNER) as owner:
        owner.execute("SET ROLE tradebase_monitor")
        return owner.execute(
            "SELECT repository, kind, status, label, bytes > repository_bytes FROM ops.backups ORDER BY id"
        ).fetchall()


def test_backups_are_made_recorded_verified_and_restored(stacked: Stacked) -> None:
    """The commands, one after the other: into both repositories, and back from the second alone."""
    before = len(recorded(stacked))
    made = run(stacked, "run")
    assert made.returncode == OK, made.stdout + made.stderr
    new = recorded(stacked)[before:]
    assert [row[0] for row in new] == [1, 2]
    assert all(row[2] == "succeeded" and row[4] for row in new)
    told = json.loads(run(stacked, "info", "--json").stdout)["repositories"]
    assert [one["cipher"] for one in told] == ["aes-256-cbc"] * 2
    for one, row in zip(told, new, strict=True):
        assert one["backups"][-1]["label"] == row[3]
    verified = run(stacked, "verify", "--json")
    assert (verified.returncode, json.loads(verified.stdout)) == (OK, {"1": [], "2": []})
    into = stacked.home / "restored"
    back = run(stacked, "restore", str(into), "--repository", "2")
    assert back.returncode == OK, back.stdout + back.stderr
    (psql,) = (line for line in back.stdout.splitlines() if line.startswith("psql -X"))
    (stop,) = (line for line in back.stdout.splitlines() if "/pg_ctl stop" in line)
    try:
        asked = subprocess.run(
            [databases.psql(), *shlex.split(psql)[1:], "-Atc", COUNTED],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        with databases.connect(stacked.stack.primary, ups.DATABASE) as admin:
            here = admin.execute(COUNTED).fetchone()
        assert asked.stdout.strip() == "|".join(map(str, here)), asked.stderr
    finally:
        assert subprocess.run(shlex.split(stop), capture_output=True, check=False).returncode == 0
    # Again into the same folder: it holds something now.
    again = run(stacked, "restore", str(into), "--repository", "2")
    assert (again.returncode, "is not empty" in again.stderr) == (REFUSED, True)
    shutil.rmtree(into)


def test_what_fails_is_on_record_with_its_reason(stacked: Stacked) -> None:
    """A repository that is not there fails for itself alone: the other has its backup, and the exit code says it."""
    first = backup.repositories(stacked.stack).first
    there, away = first / "backup", first / "away"  # WAL goes on arriving beside it
    before = len(recorded(stacked))
    there.rename(away)
    try:
        ran = run(stacked, "run", "--kind", "incr")
    finally:
        shutil.rmtree(there, ignore_errors=True)
        away.rename(there)
    assert ran.returncode == REFUSED
    assert "Repository 1" in ran.stdout
    assert [(row[0], row[2]) for row in recorded(stacked)[before:]] == [(1, "failed"), (2, "succeeded")]
    with databases.connect(stacked.stack.primary, ups.DATABASE) as admin:
        (why,) = admin.execute(
            "SELECT detail ->> 'message' FROM ops.backups WHERE status = 'failed' ORDER BY id DESC"
        ).fetchone()
    assert "pgBackRest" in why


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("run", "--kind", "half"), USAGE, "expected full, diff, incr"),
        (("run", "--repository", "3"), USAGE, "less than or equal to 2"),
        (("restore", "INTO", "--time", "2026-11-30 14:00:00"), REFUSED, "with its zone"),
        (("restore", "INTO", "--time", "2020-01-01 00:00:00+00"), REFUSED, "before the oldest backup"),
        (("restore", "INTO", "--name", "never"), REFUSED, "the last commit there is from"),
        (("restore", "INTO", "--lsn", "0/1", "--xid", "7"), USAGE, "one target"),
        (("restore", "PRIMARY"), REFUSED, "A server runs in"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_refused_by_the_command(
    stacked: Stacked, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """By its exit code, with a sentence that says what to do."""
    if not backup.repositories(stacked.stack).backups(1):
        assert run(stacked, "run", "--repository", "1").returncode == OK
    places = {"INTO": str(stacked.home / "never"), "PRIMARY": stacked.stack.primary.home}
    ran = run(stacked, *(places.get(word, word) for word in arguments))
    assert (ran.returncode, says in " ".join(ran.stderr.split())) == (code, True), ran.stderr
    assert not Path(places["INTO"]).exists()


def test_without_a_stack_there_is_no_backup(tmp_path: Path) -> None:
    """And the way to one is named."""
    ran = subprocess.run(
        [COMMAND, "backup", "info"], env=os.environ | {"TRADEBASE_HOME": str(tmp_path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (ran.returncode, "tradebase stack up" in ran.stderr) == (REFUSED, True)


def test_the_login_of_backups_can_do_nothing_else(stacked: Stacked) -> None:
    """It begins and ends backups and reads settings: no table, no role, no other database."""
    server = stacked.stack.primary
    with databases.connect(server) as admin:
        assert (
            admin.execute(
                "SELECT rolsuper, rolreplication, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
                "WHERE rolname = 'tradebase_backup'"
            ).fetchone()
            == (False,) * 5
        )
        admin.execute("SET ROLE tradebase_backup")
        assert admin.execute("SELECT current_setting('data_directory')").fetchone() == (server.data,)
        for forbidden in (
            "SELECT rolpassword FROM pg_authid", "SELECT pg_read_file('postgresql.conf')", "SELECT pg_promote()",
            "ALTER SYSTEM SET archive_mode = off", "COPY (SELECT 1) TO PROGRAM 'true'",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute(forbidden)
    with databases.connect(server, ups.DATABASE) as admin:
        admin.execute("SET ROLE tradebase_backup")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            admin.execute("SELECT FROM portfolio.balances")


def units(stacked: Stacked, folder: Path) -> dict[str, str]:
    """Fill in the units as an operator would and return them by name."""
    made = backup.repositories(stacked.stack)
    ours = pwd.getpwuid(os.geteuid()).pw_name
    root = os.geteuid() == 0
    values = {
        "home": stacked.home, "tradebase": COMMAND, "pgbackrest": program(), "owner": ours,
        "keeper": KEEPER if root else ours,
        "servers": (server_user() or pwd.getpwuid(os.geteuid())).pw_name, "receiver": RECEIVER if root else ours,
        "second_home": made.folder / "region",
        "database_config": made.config("database"), "receiver_config": made.config("receiver"),
    }  # fmt: skip
    filled = {}
    for unit in sorted([*UNITS.glob("*.service"), *UNITS.glob("*.timer")]):
        filled[unit.name] = Template(unit.read_text()).substitute(values)
        # Of a template, an instance as it is enabled: analyze would call it i, which no repository is.
        for number in ("1", "2") if "@" in unit.name else ("",):
            (folder / unit.name.replace("@", f"@{number}")).write_text(filled[unit.name])
    return filled


def test_systemd_takes_the_units(stacked: Stacked, tmp_path: Path) -> None:
    """As systemd-analyze reads them; each timer has its service, and one with a mistake is not taken."""
    filled = units(stacked, tmp_path)

    def verified(*names: str) -> subprocess.CompletedProcess[str]:
        files = [str(tmp_path / name) for name in names]
        return subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False
        )

    taken = verified(*sorted(file.name for file in tmp_path.iterdir()))
    assert (taken.returncode, [line for line in taken.stderr.splitlines() if str(tmp_path) in line]) == (0, []), (
        taken.stderr
    )
    for timer in (name for name in filled if name.endswith(".timer")):
        assert timer.replace(".timer", ".service") in filled
    broken = tmp_path / "tradebase-backup-expire.timer"
    broken.write_text(filled[broken.name].replace("04:00:00", "25:00:00"))
    assert "25:00:00" in verified(broken.name).stderr
    # The users of the second repository, as systemd-sysusers makes them.
    plan = subprocess.run(
        ["systemd-sysusers", "--dry-run", str(UNITS / "tradebase-users.conf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert plan.returncode == 0, plan.stderr


def test_every_unit_starts_what_there_is(stacked: Stacked, tmp_path: Path) -> None:
    """Each ExecStart is executed with its environment and as its user; what goes on is seen to go on."""
    executed = set()
    for name, text in units(stacked, tmp_path).items():
        for command in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE):
            variables = dict(word.split("=", 1) for word in re.findall(r"^Environment=(.*)$", text, re.MULTILINE))
            user, group = (re.search(rf"^{what}=(.*)$", text, re.MULTILINE) for what in ("User", "Group"))
            as_whom = (
                ["setpriv", f"--reuid={user[1]}", f"--regid={(group or user)[1]}", "--init-groups"] if user else []
            )
            for number in ("1", "2") if "@" in name else ("",):
                words = [*(as_whom if os.geteuid() == 0 else []), *shlex.split(command.replace("%i", number))]
                environment = os.environ | variables | {"TMPDIR": str(stacked.scratch)}
                if any(word in words for word in GOES_ON):
                    goes_on(stacked, words, environment)
                else:
                    ran = subprocess.run(words, env=environment, cwd="/", capture_output=True, text=True, check=False)
                    assert ran.returncode == 0, (name, ran.stdout + ran.stderr)
                executed.add(name)
    assert executed == {unit.name for unit in UNITS.glob("*.service")}


def goes_on(stacked: Stacked, words: list[str], environment: dict[str, str]) -> None:
    """Run a command in the place of the stack's own and see that it does what that does."""
    made, members = backup.repositories(stacked.stack), {part.name: part for part in commands.members(stacked.stack)}
    whose = {made.config(whose): name for name, whose in backup.PORTS.items()}
    mine = next((name for config, name in whose.items() if f"--config={config}" in words), "keeper")
    members[mine].stop()
    process = subprocess.Popen(words, env=environment, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if mine != "keeper":
            soon(lambda: pgbackrest.answers(made, backup.PORTS[mine]))
        elif os.geteuid() == 0:
            arrived = made.second / "archive/tradebase/arrived"
            arrived.touch()
            shutil.chown(arrived, RECEIVER, KEEPER)
            soon(lambda: arrived.owner() == KEEPER)
            arrived.unlink()
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(timeout=30)
        stacked.up()


def soon(is_so: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
