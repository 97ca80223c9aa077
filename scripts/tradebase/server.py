"""PostgreSQL servers of our own: find the binaries, make a cluster, start it, stop it."""

import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mirakuru.exceptions import ExecutorError
from pytest_postgresql.executors import PostgreSQLExecutor

from tradebase import ENVIRONMENT, REFUSED, Problem

SUPERUSER = "postgres"
OLDEST = 15
NO_PROCESS = str(1 << 22)  # the first number that Linux gives to none
GIB = 1 << 30

# A temporary cluster loses everything with the machine, and may: nothing in it outlives a run.
TEMPORARY = {
    "jit": "off",  # a query that runs once takes longer to compile than to run
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "max_locks_per_transaction": "256",
    "shared_buffers": "128MB",
    "statement_timeout": "2min",  # a run that hangs says where
}


@dataclass(frozen=True)
class Server:
    """A cluster of ours: `home` holds its data, socket and log; `binaries` is the folder of its pg_ctl."""

    home: str
    binaries: str
    port: int
    superuser: str = SUPERUSER

    @property
    def data(self) -> str:
        """The data directory."""
        return f"{self.home}/cluster/data"

    @property
    def socket(self) -> str:
        """The directory of the Unix socket, closed to everybody but the server's user (and root)."""
        return f"{self.home}/cluster/socket"

    @property
    def log(self) -> str:
        """The server's log file."""
        return f"{self.home}/cluster/postgresql.log"

    @property
    def pg_ctl(self) -> str:
        """pg_ctl, wrapped where it must not run as root."""
        return f"{self.home}/pg_ctl"


def version_of(binaries: Path) -> int:
    """Return the major version of the PostgreSQL in a folder of binaries, 0 where there is none."""
    for program in ("postgres", "pg_ctl"):
        try:
            words = subprocess.run([binaries / program, "--version"], capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            continue
        found = re.search(r"\) (\d+)", words)
        if found:
            return int(found[1])
    return 0


def installed_binaries(major: int | None = None) -> Path:
    """Return the folder of the newest installed PostgreSQL, or of `major`; ENVIRONMENT when 15 or later is missing."""
    chosen = os.environ.get("TRADEBASE_PG_BIN")
    folders = [Path(chosen)] if chosen else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not chosen and (config := shutil.which("pg_config")):
        asked = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(asked.stdout.strip() or "/nonexistent"))
    versions = {version_of(folder): folder for folder in folders}
    versions.pop(0, None)
    if major in versions:
        return versions[major]
    if not versions:
        raise Problem("PostgreSQL is not installed: run ./scripts/up as root, or install postgresql-15.", ENVIRONMENT)
    newest = max(versions)
    if newest < OLDEST:
        raise Problem(f"PostgreSQL {newest} is too old: install PostgreSQL {OLDEST} or later.", ENVIRONMENT)
    if major is not None:
        raise Problem(f"PostgreSQL {major} is not installed here (found: {newest}).", ENVIRONMENT)
    return versions[newest]


def client_binaries() -> Path:
    """Return the folder that holds psql; ENVIRONMENT when there is none."""
    with_psql = [folder for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin")) if (folder / "psql").exists()]
    chosen = os.environ.get("TRADEBASE_PG_BIN")
    found = Path(chosen) if chosen else None if not with_psql else max(with_psql, key=version_of)
    if found is None and (psql := shutil.which("psql")):
        found = Path(psql).parent
    if found is None or not (found / "psql").exists():
        raise Problem("psql is missing: install postgresql-client (Debian, Ubuntu), then try again.", ENVIRONMENT)
    return found


def free_port() -> int:
    """Return a TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """Say whether we could listen on `port` of 127.0.0.1."""
    try:
        refuse_taken_port(port)
    except Problem:
        return False
    return True


def refuse_taken_port(port: int) -> None:
    """Raise ENVIRONMENT when somebody listens on `port` of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as why:
            raise Problem(
                f"Port {port} cannot be used ({why.strerror}): choose another with --port, or leave --port out.",
                ENVIRONMENT,
            ) from why


def refuse_full_disk(folder: Path, need: int) -> None:
    """Raise ENVIRONMENT when the disk under `folder` has fewer than `need` bytes free."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < need:
        raise Problem(
            f"{folder} has {free / GIB:.1f} GiB free, {need / GIB:.1f} GiB are needed: make room, "
            "or set TRADEBASE_HOME to a directory on another disk.",
            ENVIRONMENT,
        )


def scratch_parent() -> Path:
    """Return where temporary clusters go: memory where a GiB is free there, else the temporary directory."""
    shm = Path("/dev/shm")  # noqa: S108 (a folder of its own is made in it, by mkdtemp)
    if shm.is_dir() and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free >= GIB:
        return shm
    return Path(tempfile.gettempdir())


def server_user() -> pwd.struct_passwd | None:
    """Return the user that servers run as when we are root, None when we run them ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise Problem(
            "PostgreSQL refuses to run as root and there is no user postgres: install postgresql, "
            "or run this as an ordinary user.",
            ENVIRONMENT,
        ) from None


def as_server_user() -> list[str]:
    """Return what to put before a command that servers' user is to run; nothing when that is us."""
    user = server_user()
    if user is None:
        return []
    # Its home is not ours, where libpq would look for a certificate, and may not look.
    home = f"HOME={user.pw_dir}"
    return ["setpriv", f"--reuid={user.pw_name}", f"--regid={user.pw_name}", "--init-groups", "env", home]


def lay_out(
    home: Path, binaries: Path, port: int, superuser: str = SUPERUSER, environment: dict[str, str] | None = None
) -> Server:
    """Make the folders of a cluster and its pg_ctl: `cluster` belongs to the server's user, pg_ctl to us."""
    server = Server(str(home), str(binaries), port, superuser)
    user = server_user()
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    for folder in (Path(server.data).parent, Path(server.socket)):
        folder.mkdir(mode=0o700, exist_ok=True)
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
    wrapper = Path(server.pg_ctl)
    variables = ["env", *(f"{name}={value}" for name, value in environment.items())] if environment else []
    command = shlex.join([*as_server_user(), *variables, f"{binaries}/pg_ctl"])
    wrapper.write_text(f'#!/bin/sh\ncd / && exec {command} "$@"\n')
    wrapper.chmod(0o755)
    return server


def configure(server: Server, settings: dict[str, str]) -> None:
    """Write what differs from initdb's configuration: the settings, and passwords wherever it is not the socket."""
    lines = {
        "listen_addresses": "127.0.0.1",
        "port": str(server.port),
        "unix_socket_directories": server.socket,
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Whoever reads the log sees which statement failed, and none of the values that it was given.
        "log_min_error_statement": "error",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    } | settings
    text = "".join(f"{name} = '{value}'\n" for name, value in lines.items())
    Path(server.data, "tradebase.conf").write_text(text)
    conf = Path(server.data, "postgresql.conf")
    include = "include = 'tradebase.conf'\n"
    if include not in conf.read_text():
        with conf.open("a") as out:
            out.write(include)
    hba = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    Path(server.data, "pg_hba.conf").write_text(hba)
    if user := server_user():
        os.chown(Path(server.data, "tradebase.conf"), user.pw_uid, user.pw_gid)


def last_words(server: Server) -> str:
    """Return the last complaint in the server's log, to put into a message."""
    try:
        lines = Path(server.log).read_text(errors="replace").splitlines()
    except OSError:
        return "it left no log"
    telling = [line for line in lines if "FATAL" in line or "ERROR" in line or "PANIC" in line]
    return (telling or lines or ["its log is empty"])[-1].strip()


def run_pg_ctl(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pg_ctl on the cluster; the exit code is the caller's to judge."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(
        [server.pg_ctl, *arguments, "-D", server.data],
        env=clean | {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def is_running(server: Server) -> bool:
    """Say whether the cluster's server runs."""
    return Path(server.pg_ctl).exists() and run_pg_ctl(server, "status").returncode == 0


def postmaster(server: Server) -> int | None:
    """Return the process of the cluster's server; None when its pid file names nobody, or somebody else."""
    with suppress(OSError, ValueError, IndexError):
        pid = int(Path(server.data, "postmaster.pid").read_text().splitlines()[0])
        if server.data.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return pid
    return None


def forget_the_dead(server: Server) -> None:
    """Have lock files of a server that was killed name nobody: as another process has its number, it seems to live."""
    if postmaster(server) is not None:
        return
    for left in (Path(server.data, "postmaster.pid"), *Path(server.socket).glob(".s.PGSQL.*.lock")):
        if left.exists():
            # The rest stays: by the shared memory it names, PostgreSQL sees whether a session of then is still at work.
            left.write_text("\n".join([NO_PROCESS, *left.read_text().splitlines()[1:]]) + "\n")


def init(server: Server) -> None:
    """Make the cluster with durable settings; REFUSED with initdb's own words when it fails."""
    made = run_pg_ctl(
        server, "initdb", "-o", f"--username={server.superuser} --auth=trust --encoding=UTF8 --data-checksums"
    )
    if made.returncode != 0:
        lines = made.stdout.strip().splitlines()
        telling = [line for line in lines if re.search("error:|FATAL|could not", line)]
        raise Problem(f"PostgreSQL could not make a cluster in {server.data}: {(telling or lines)[0]}.")


def start(server: Server) -> None:
    """Start the cluster and wait until it answers; REFUSED with the last line of its log when it does not."""
    forget_the_dead(server)
    # pg_ctl leaves its output open in the server: it goes to the log, not to a pipe that we would wait on.
    started = run_pg_ctl(server, "start", "-w", "-s", "-t", "60", "-l", server.log)
    if started.returncode != 0:
        raise Problem(f"PostgreSQL did not start ({last_words(server)}): see {server.log}.", REFUSED)


def reload(server: Server) -> None:
    """Have the cluster's server read its configuration and its certificate again."""
    run_pg_ctl(server, "reload", "-s")


def stop(server: Server) -> None:
    """Stop the cluster's server: sessions are ended, everything is written."""
    stopped = run_pg_ctl(server, "stop", "-w", "-s", "-m", "fast")
    if stopped.returncode != 0 and is_running(server):
        raise Problem(f"PostgreSQL did not stop ({stopped.stdout.strip()}): see {server.log}.")


def kill(server: Server) -> None:
    """Kill the cluster's server and all its processes as they stand, and wait until they are gone."""
    postmaster = int(Path(server.data, "postmaster.pid").read_text().splitlines()[0])
    # Stopped first, so that it makes no process that we would miss.
    os.kill(postmaster, signal.SIGSTOP)
    doomed = [*children_of(postmaster), postmaster]
    for process in doomed:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    deadline = time.monotonic() + 30
    # A postmaster that nobody has buried yet still keeps the next one from starting.
    while any(Path(f"/proc/{process}").exists() for process in doomed):
        if time.monotonic() > deadline:
            raise Problem(f"PostgreSQL in {server.home} outlives SIGKILL.")
        time.sleep(0.01)


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = status.read_text().splitlines()
        except OSError:  # it has ended meanwhile
            continue
        if f"PPid:\t{parent}" in lines:
            found.append(int(status.parent.name))
    return found


def stop_within(folder: Path) -> None:
    """Stop the clusters whose homes are in the folder: somebody was killed before he could."""
    for pg_ctl in (*folder.glob("*/pg_ctl"), *folder.glob("*/*/pg_ctl")):
        left = Server(str(pg_ctl.parent), "", 0)
        if is_running(left):
            stop(left)


@contextmanager
def temporary_server(
    binaries: Path,
    parent: Path | None = None,
    superuser: str = SUPERUSER,
    settings: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[Server]:
    """Yield a running cluster that is stopped and deleted afterwards; fast, and careless of power cuts."""
    home = Path(tempfile.mkdtemp(prefix="tradebase-", dir=parent or scratch_parent()))
    try:
        server = lay_out(home, binaries, free_port(), superuser, environment)
        executor = PostgreSQLExecutor(
            executable=server.pg_ctl,
            host="127.0.0.1",
            port=server.port,
            datadir=server.data,
            unixsocketdir=server.socket,
            logfile=server.log,
            startparams="-w -s",
            dbname="postgres",
            user=superuser,
        )
        try:
            executor.init_directory()
            configure(server, TEMPORARY | (settings or {}))
            executor.start()
            # The executor is content when the port is open; pg_ctl -w ends when the server takes sessions.
            executor.process.wait(timeout=60)
        except (ExecutorError, subprocess.CalledProcessError) as why:
            raise Problem(f"PostgreSQL did not start in {home} ({last_words(server)}).", ENVIRONMENT) from why
        try:
            yield server
        finally:
            stop_within(home)
            executor.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def durable_server(binaries: Path, parent: Path, settings: dict[str, str]) -> Iterator[Server]:
    """Yield a running cluster with PostgreSQL's own durability, in a folder under `parent` deleted afterwards."""
    home = Path(tempfile.mkdtemp(prefix="tradebase-", dir=parent))
    try:
        server = lay_out(home, binaries, free_port())
        init(server)
        configure(server, settings)
        start(server)
        try:
            yield server
        finally:
            stop(server)
    finally:
        shutil.rmtree(home, ignore_errors=True)
