"""`tradebase stack`: up, status, down, certificates, and what each refuses, on a stack that is really up."""

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from redis.exceptions import ResponseError
from stacked import COMMAND, Stacked

from tradebase import ENVIRONMENT, PROJECT, REFUSED, USAGE, server
from tradebase import database as databases
from tradebase.stack import (
    certificates,
    commands,
    haproxy,
    monitoring,
    parts,
    pgbouncer,
    postgresql,
    redis,
    replica,
    workers,
)
from tradebase.stack.parts import Part

# All on one worker, with A95: they share the stack, and leave it up.
pytestmark = pytest.mark.xdist_group("stack")
SHARED = ("/dev/shm", "/tmp", "/var/tmp")  # noqa: S108 (looked into, not written to)


def refused(ran: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Assert that a command ended with the code and said the words, and no traceback."""
    said = ran.stderr + ran.stdout
    assert ran.returncode == code, said
    assert "Traceback" not in said
    for word in words:
        assert word in said, said


def part_of(stacked: Stacked, name: str) -> Part:
    """Return enough of a part of the stack to find its process, and to take that away."""
    log = next(member.log for member in commands.members(stacked.stack) if member.name == name)
    return Part(name, log.parent, ())


def kill(stacked: Stacked, name: str) -> None:
    """Kill a part as it stands."""
    part = part_of(stacked, name)
    os.kill(parts.pid_of(part), signal.SIGKILL)
    while parts.pid_of(part) is not None:
        time.sleep(0.01)


@contextmanager
def somebody_else() -> Iterator[psutil.Process]:
    """Yield a process of the servers' user that has nothing to do with the stack, and must outlive it."""
    command = [*server.as_server_user(), "sleep", "600"]
    with subprocess.Popen(command) as sleeping:
        try:
            yield psutil.Process(sleeping.pid)
            assert sleeping.poll() is None, "somebody else was killed"
        finally:
            sleeping.kill()


# Up, and what a newcomer sees.


def test_one_command_brings_it_up(stacked: Stacked) -> None:
    """Every part is named with its state, where it is, its process and its log; all are asked and answer."""
    there = stacked.parts()
    assert [*there] == [part.name for part in commands.members(stacked.stack)]
    for name, part in there.items():
        assert part["state"] == "up", part
        assert part["restarts"] == 0
        assert psutil.pid_exists(part["pid"])
        assert Path(part["log"]).is_file()
        line = next(line for line in stacked.said.splitlines() if line.startswith(name))
        for fact in ("up", str(part["pid"]), *map(str, part["ports"]), Path(part["log"]).name):
            assert fact in line
    with databases.connect(stacked.stack.primary, "tradebase") as admin:
        assert admin.execute("SELECT count(*) FROM sqitch.changes").fetchone()[0] == len(databases.planned_changes())
        assert admin.execute("SELECT sum(bad_count) FROM ops.verify_integrity()").fetchone()[0] == 0
        assert admin.execute("SELECT count(*) FROM market.markets").fetchone()[0] == 5
        assert admin.execute("SELECT count(*) FROM portfolio.transfers").fetchone()[0] == 20


@pytest.mark.parametrize(
    ("program", "tail", "answer"),
    [
        ("psql", " -Atc 'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()'", "TLSv1.3\n"),
        ("curl", " --silent", '[{"symbol":"COINBASE:BTC-USD"}]'),
        ("redis-cli", "", "PONG\n"),
    ],
)
def test_lines_to_copy_work(stacked: Stacked, program: str, tail: str, answer: str) -> None:
    """What is printed for psql, curl and redis-cli does what it is for, as it stands."""
    line = next(line for line in stacked.said.splitlines() if re.match(rf"(REDISCLI_AUTH=\S+ \S+ )?{program} ", line))
    if program == "curl" and not shutil.which("curl"):
        pytest.skip("this machine has no curl")
    ran = subprocess.run(["/bin/sh", "-c", line + tail], capture_output=True, text=True, check=True)
    assert ran.stdout == answer


def test_passwords_are_seen_by_nobody(stacked: Stacked) -> None:
    """No password is in a list of processes, in an environment, a log or an output; whoever may read its file may."""
    folder = stacked.home / "stack"
    passwords = {file.name: file.read_bytes() for file in (folder / "passwords").iterdir() if not file.suffix}
    logins = (*postgresql.LOGINS, replica.LOGIN, *pgbouncer.LOGINS, workers.LOGIN, monitoring.LOGIN)
    assert len(passwords) == len(redis.USERS) + len(logins) + len(haproxy.DOORS)
    assert len(set(passwords.values())) == len(passwords)
    assert all(len(password) >= 32 for password in passwords.values())
    seen = {"what up said": stacked.said.encode(), "what status says": stacked.run("status").stdout.encode()}
    for process in stacked.processes():
        for what in ("cmdline", "environ"):
            with suppress(FileNotFoundError):
                seen[f"{what} of {process.pid}"] = Path(f"/proc/{process.pid}/{what}").read_bytes()
    for file in (file for file in folder.rglob("*") if file.is_file() and "primary/cluster/data" not in str(file)):
        seen[str(file)] = file.read_bytes()
    closed = {str(file) for file in folder.rglob("*") if stat.S_IMODE(file.stat().st_mode) == 0o600}
    told = {
        f"{name} in {where}"
        for name, password in passwords.items()
        for where, text in seen.items()
        if password in text and (where not in closed or where.endswith(".log"))
    }
    assert told == set()
    # And it would have been seen.
    assert any(passwords["authenticator"] in seen[where] for where in closed if where in seen)
    assert stat.S_IMODE((folder / "passwords").stat().st_mode) == 0o700


def test_servers_own_nothing_but_their_keys(stacked: Stacked) -> None:
    """Keys are the servers' alone; the authority's key is ours, and no server can read it or put another one there."""
    folder = stacked.stack.certificates
    for name in commands.certificate_names(stacked.stack):
        there = (folder / f"{name}.key").stat()
        assert stat.S_IMODE(there.st_mode) == 0o600
        assert there.st_uid == psutil.Process(stacked.pids()["primary"]).uids().real
    assert stat.S_IMODE((folder / "ca.key").stat().st_mode) == 0o600
    as_server = server.as_server_user()
    if as_server:
        for attempt in (["cat", folder / "ca.key"], ["touch", folder / "mine"], ["rm", "-f", folder / "redis.pem"]):
            ran = subprocess.run([*as_server, *attempt], capture_output=True, text=True, check=False)
            assert "Permission denied" in ran.stderr


# Both doors, and what stands in front of them.


def client(stacked: Stacked, door: str, token: str | None = None) -> httpx.Client:
    """Return a client of a door, who trusts the stack's authority and nobody else."""
    trusting = ssl.create_default_context(cafile=str(stacked.stack.authority))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(
        verify=trusting, base_url=haproxy.door(stacked.stack, door).url, headers=headers, trust_env=False, timeout=30
    )


def test_both_doors(stacked: Stacked) -> None:
    """A user reads what is theirs by one, a service deposits by the other, and neither by the other's."""
    with databases.connect(stacked.stack.primary, "tradebase") as admin:
        user = admin.execute("SELECT user_id::text FROM portfolio.balances LIMIT 1").fetchone()[0]
    people, services = (haproxy.door(stacked.stack, name) for name in haproxy.DOORS)
    deposit = {"user_id": user, "asset": "USD", "amount": "1.00", "idempotency_key": "door", "external_ref": "door"}
    with client(stacked, "people", people.token("authenticated", user)) as mine:
        before = mine.get("/balances?select=available::text").json()
        with client(stacked, "services", services.token("service_role")) as service:
            assert service.post("/rpc/deposit", json=deposit).status_code == 200
        after = mine.get("/balances?select=available::text").json()
        assert float(after[0]["available"]) == float(before[0]["available"]) + 1
        assert mine.post("/rpc/deposit", json=deposit).json()["code"] == "42501"
    with client(stacked, "services", people.token("authenticated", user)) as wrong_door:
        assert wrong_door.get("/balances").status_code == 401


def test_the_proxy_bounds(stacked: Stacked) -> None:
    """Too large a body is refused; a guessed count is not asked for, an exact one is; browsers are told to stay."""
    with client(stacked, "people") as anybody:
        assert anybody.post("/rpc/place_order", content=b"x" * 1_048_577).status_code == 413
        for count, total in (("exact", "5"), ("planned", "*"), ("estimated", "*")):
            answer = anybody.get("/markets?limit=1", headers={"Prefer": f"handling=lenient, count={count}"})
            assert answer.headers["Content-Range"] == f"0-0/{total}", count
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("user", "refused"),
    [
        ("relay", ["FLUSHALL", "CONFIG GET *", "KEYS *", "SHUTDOWN", "DEBUG SLEEP 0", "SET cache:x 1", "ACL LIST"]),
        ("cache", ["FLUSHDB", "CONFIG SET dir /tmp", "KEYS *", "MONITOR", "SET other 1", "XADD stream:x * a 1"]),
        ("reader", ["SET cache:x 1", "DEL cache:x", "XADD stream:x * a 1", "EVAL x 0", "GET other", "SCAN 0"]),
        ("operator", ["MODULE LIST", "FLUSHALL", "REPLICAOF NO ONE"]),
    ],
)
def test_redis_users_may_little(stacked: Stacked, user: str, refused: list[str]) -> None:
    """Workers write what is theirs, readers nothing, and nobody what is dangerous."""
    with redis.client(stacked.stack, user) as session:
        for command in refused:
            with pytest.raises(ResponseError, match=r"has no permissions|No permissions|command not allowed"):
                session.execute_command(*command.split())
    with redis.client(stacked.stack, "relay") as relay, redis.client(stacked.stack, "cache") as cache:
        relay.xadd("stream:test", {"a": 1})
        assert cache.eval("return redis.call('SET', KEYS[1], ARGV[1])", 1, "cache:test", "1") == "OK"
        with redis.client(stacked.stack, "reader") as reader:
            assert reader.get("cache:test") == "1"
            assert len(reader.xrange("stream:test")) == 1
        relay.delete("stream:test")
        cache.delete("cache:test")


# Certificates.


class Open:
    """A connection to each server that shows a certificate, opened once and asked again and again."""

    def __init__(self, stacked: Stacked) -> None:
        """Open them."""
        stack = stacked.stack
        self.postgresql = psycopg.connect(stack.conninfo(databases.OWNER), autocommit=True)
        self.redis = redis.client(stack, "reader")
        self.client = self.redis.client_id()
        trusting = ssl.create_default_context(cafile=str(stack.authority))
        self.http = trusting.wrap_socket(
            socket.create_connection(("127.0.0.1", stack.ports["people"]), timeout=10), server_hostname="localhost"
        )

    def ask(self) -> None:
        """Ask on each connection; it is the one that was opened, or this fails."""
        assert self.postgresql.execute("SELECT 1").fetchone() == (1,)
        assert self.redis.client_id() == self.client
        self.http.sendall(f"GET {haproxy.QUESTION} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        answer = b""
        while not answer.endswith(b"0\r\n\r\n"):
            part = self.http.recv(4096)
            assert part, "haproxy has closed the connection"
            answer += part
        assert answer.startswith(b"HTTP/1.1 200")

    def close(self) -> None:
        """Close them."""
        self.postgresql.close()
        self.redis.close()
        self.http.close()


def shown(stacked: Stacked) -> dict[str, int]:
    """Return the serial number that each server shows to who connects now."""
    return {part.name: part.shown() for part in commands.members(stacked.stack) if part.certificate}


def test_rotation_ends_no_connection(stacked: Stacked) -> None:
    """Who is connected goes on, on the same connection to the same process; who comes now sees the new certificate."""
    pids, before, connected = stacked.pids(), shown(stacked), Open(stacked)
    authority = stacked.stack.authority.read_text()
    for options in (["--rotate"], ["--rotate", "--authority"]):
        connected.ask()
        ran = stacked.run("certificates", *options)
        assert ran.returncode == 0, ran.stderr
        connected.ask()
        after = shown(stacked)
        assert not {*before.values()} & {*after.values()}
        for serial in after.values():
            assert f"{serial:x}, good until" in ran.stdout
        before = after
    connected.close()
    # The authority before is still believed: servers that were not reached yet show what it has signed.
    assert stacked.stack.authority.read_text().endswith(authority)
    assert stacked.pids() == pids
    # Without --rotate nothing is made that is there.
    assert stacked.run("certificates").returncode == 0
    assert shown(stacked) == before


def test_certificate_that_has_ended(stacked: Stacked) -> None:
    """Who shows one is refused, and named with the reason; a rotation is all that it takes."""
    folder, pids = stacked.stack.certificates, stacked.pids()
    certificates.issue(folder, "redis", lasts=-certificates.CLOCKS_DIFFER)
    refused(stacked.run("certificates"), REFUSED, "redis does not show its certificate", "certificate has expired")
    refused(stacked.run("status"), REFUSED, "silent", "certificate has expired")
    assert {name for name, part in stacked.parts().items() if part["state"] != "up"} == {"redis", "exporter-redis"}
    # Nobody who verifies gets in to have it read another: the operator's socket is for that.
    assert stacked.run("certificates", "--rotate").returncode == 0
    assert {part["state"] for part in stacked.parts().values()} == {"up"}
    assert stacked.pids() == pids


LOOP = """
import sys
from pathlib import Path
from tradebase.stack import certificates
while True:
    certificates.rotate(Path(sys.argv[1]), ["one", "two"], authority=True)
"""


def test_interrupted_rotation_leaves_a_working_set(open_folder: Path) -> None:
    """Stopped at any moment: each key fits its certificate, and what is in ca.crt has signed it; going on works."""
    folder, names = open_folder / "interrupted", ("one", "two")
    certificates.make(folder, names)
    with subprocess.Popen([sys.executable, "-c", LOOP, str(folder)]) as rotating:
        try:
            first = certificates.serial_of(folder, "one")
            while certificates.serial_of(folder, "one") == first:
                time.sleep(0.01)
            serials = set()
            for _ in range(60):
                time.sleep(0.003)
                rotating.send_signal(signal.SIGSTOP)
                while psutil.Process(rotating.pid).status() != psutil.STATUS_STOPPED:
                    pass
                for name in names:
                    handshake(folder, name)
                    serials.add(certificates.serial_of(folder, name)[0])
                rotating.send_signal(signal.SIGCONT)
        finally:
            rotating.kill()
    assert len(serials) > 30
    certificates.rotate(folder, names)
    for name in names:
        handshake(folder, name)


def handshake(folder: Path, name: str) -> None:
    """Shake hands as a server of this name with a client who believes ca.crt, in memory."""
    server_side, client_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server_side.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    client_side.load_verify_locations(folder / "ca.crt")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client_side.wrap_bio(back, there, server_hostname=name),
        server_side.wrap_bio(there, back, server_side=True),
    ]
    for end in (*ends, *ends):
        with suppress(ssl.SSLWantReadError):
            end.do_handshake()
    assert ends[0].getpeercert()["subject"] == ((("commonName", name),),)


# What goes wrong.


def test_second_up_changes_nothing(stacked: Stacked) -> None:
    """It says that everything runs, and where."""
    before = stacked.pids()
    said = stacked.up()
    assert "nothing was changed" in said
    assert "Started" not in said
    assert stacked.pids() == before


def test_two_ups_at_once(stacked: Stacked) -> None:
    """The second is refused, as is a down meanwhile."""
    with (stacked.home / "stack/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in ("up", "down"):
            refused(stacked.run(command), REFUSED, "Another tradebase command is at work")


def test_killed_part_comes_back_alone(stacked: Stacked) -> None:
    """Status says which is down, with exit code 1; up starts that one and leaves the others as they are."""
    before, restarts = stacked.pids(), stacked.parts()["postgrest-people"]["restarts"]
    kill(stacked, "postgrest-people")
    said = stacked.run("status", "--json")
    refused(said, REFUSED)
    assert {part["name"]: part["state"] for part in json.loads(said.stdout)["parts"] if part["state"] != "up"} == {
        "postgrest-people": "down",
        "haproxy": "silent",  # it runs, and has nobody to ask
    }
    said = stacked.up()
    assert re.findall(r"^Started (.*)$", said, re.MULTILINE) == ["postgrest-people"]
    after = stacked.parts()
    assert {name for name in before if before[name] != after[name]["pid"]} == {"postgrest-people"}
    assert after["postgrest-people"]["restarts"] == restarts + 1


def test_stale_pid_files(stacked: Stacked) -> None:
    """Whose number another process has is down, starts again, and the other is left alone; so is PostgreSQL."""
    with somebody_else() as other:
        part = part_of(stacked, "redis")
        kill(stacked, "redis")
        began = part.pid_file.read_text().split()[1]
        part.pid_file.write_text(f"{other.pid} {began}\n")
        primary = stacked.stack.primary
        server.kill(primary)
        for left in (Path(primary.data, "postmaster.pid"), *Path(primary.socket).glob(".s.PGSQL.*.lock")):
            left.write_text("\n".join([str(other.pid), *left.read_text().splitlines()[1:]]) + "\n")
        there = stacked.parts()
        assert {name for name, now in there.items() if now["state"] == "down"} == {"primary", "redis"}
        stacked.up()
        assert {now["state"] for now in stacked.parts().values()} == {"up"}
        assert other.pid not in stacked.pids().values()


def test_taken_port(stacked: Stacked) -> None:
    """It is named, with its server and what to do; nothing is started. Another one can be chosen, and is kept."""
    port = stacked.stack.ports["redis"]
    kill(stacked, "redis")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        refused(stacked.run("up"), ENVIRONMENT, f"Port {port} of redis is taken", "--port redis=")
        refused(stacked.run("up", "--port", "haproxy=x"), USAGE, "expected")
        refused(stacked.run("up", "--port", "primary=0"), REFUSED, "keeps its port")
        stacked.up("--port", "redis=0")
    assert stacked.stack.ports["redis"] != port
    assert stacked.parts()["redis"]["state"] == "up"


def test_missing_program(stacked: Stacked) -> None:
    """It is said which, and which package has it."""
    kill(stacked, "redis")
    ran = stacked.run("up", PATH="/nonexistent")
    refused(ran, ENVIRONMENT, "redis-server is not installed", "install the package redis-server")
    stacked.up()


def test_folder_with_too_long_a_name(stacked: Stacked) -> None:
    """It is refused before anything is made: PostgreSQL would be less clear."""
    refused(stacked.run("up", TRADEBASE_HOME=f"/tmp/{'x' * 90}"), ENVIRONMENT, "shorter name")  # noqa: S108
    assert not Path(f"/tmp/{'x' * 90}").exists()  # noqa: S108


def test_no_stack(stacked: Stacked) -> None:
    """Status says so, with exit code 1; down changes nothing."""
    elsewhere = str(stacked.home.parent / "elsewhere")
    refused(stacked.run("status", TRADEBASE_HOME=elsewhere), REFUSED, "There is no stack in", "tradebase stack up")
    ran = stacked.run("down", TRADEBASE_HOME=elsewhere)
    refused(ran, 0, "nothing was changed")
    assert not Path(elsewhere).exists()


def test_maintenance_waits_for_the_database(stacked: Stacked) -> None:
    """One that is away is complained of and waited for; one that is there is maintained again and again."""
    nobody = stacked.stack.conninfo(databases.OWNER, port=server.free_port())
    for dsn, line in ((nobody, "Connection refused"), (stacked.stack.conninfo(databases.OWNER), "0 failed")):
        command = [COMMAND, "maintain", "--every", "1", "--dsn", dsn]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as going_on:
            try:
                assert all(line in going_on.stdout.readline() for _ in range(2))
                assert going_on.poll() is None
            finally:
                going_on.kill()


# Down.


def test_half_started_stack_is_stopped_again(stacked: Stacked) -> None:
    """What fails to start is named with its last words, and takes down what was started before it."""
    ran = stacked.run("down")
    stopped = re.findall(r"^Stopped (.*)$", ran.stdout, re.MULTILINE)
    assert stopped == [part.name for part in reversed(commands.members(stacked.stack))]
    base = next((stacked.home / "stack/redis/appendonlydir").glob("*.base.rdb"))
    good = base.read_bytes()
    base.write_bytes(b"not what Redis has written")
    refused(stacked.run("up"), ENVIRONMENT, "redis did not start", "redis.log")
    assert {part["state"] for part in stacked.parts().values()} == {"down"}
    base.write_bytes(good)
    stacked.up()
    assert {part["restarts"] for part in stacked.parts().values()} == {0}


@pytest.mark.full
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_up_that_was_killed_begins_again(stacked: Stacked, end: signal.Signals) -> None:
    """Told to end in mid-deploy it stops what it started, killed it cannot; either way the next one goes through."""
    folder = stacked.home.parent / f"{end:d}"
    folder.mkdir()
    killed = Stacked(folder, stacked.scratch)
    own = {"TRADEBASE_HOME": str(killed.home)}
    with subprocess.Popen([COMMAND, "stack", "up"], env=os.environ | own, stdout=subprocess.PIPE, text=True) as up:
        while not (killed.home / "stack/state.json").exists() or killed.pids()["primary"] is None:
            assert up.poll() is None
            time.sleep(0.05)
        time.sleep(3)
        up.send_signal(end)
        up.communicate()
    assert (killed.pids()["primary"] is None) == (end == signal.SIGTERM)
    killed.up()
    assert {part["state"] for part in killed.parts().values()} == {"up"}
    assert killed.run("down", "--delete").returncode == 0


def test_down_leaves_nothing(stacked: Stacked) -> None:
    """No process, no memory, no file outside its folder: nothing that was held while it was up, nothing temporary."""
    processes = stacked.processes()
    assert len(processes) > len(commands.MEMBERS)
    held = set()
    for process in processes:
        with suppress(OSError):
            for name in (*Path(f"/proc/{process.pid}/fd").iterdir(), *Path(f"/proc/{process.pid}/map_files").iterdir()):
                with suppress(OSError):
                    held.add(str(name.readlink()).removesuffix(" (deleted)"))
    # Our own commands are mapped from where they are installed.
    ours = (str(stacked.home), str(PROJECT))
    held = {path for path in held if path.startswith(SHARED) and not path.startswith(ours)}
    assert any("PostgreSQL." in path for path in held)  # its shared memory: so this looks
    assert stacked.run("down").returncode == 0
    # Whoever waits to be buried, which is init's to do, is gone.
    assert [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
    inside = str(stacked.home)
    assert [p.pid for p in psutil.process_iter(["cmdline"]) if inside in " ".join(p.info["cmdline"] or [])] == []
    assert [path for path in held if Path(path).exists()] == []
    assert [*stacked.scratch.iterdir()] == []
    assert [*(stacked.home / "stack").rglob("*.pid")] == []
    refused(stacked.run("status"), REFUSED, "down")
    refused(stacked.run("down"), 0, "nothing was changed")
    stacked.up()
