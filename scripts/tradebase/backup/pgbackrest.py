"""Two encrypted repositories of pgBackRest for one cluster: made, filled, looked through, and restored from.

Repository 1 belongs to the user of the servers. Repository 2 stands for another region: its server runs as a user who
receives, its files belong to another who keeps them, and the machine of the database comes by a certificate. Only root
can have three users; whoever else runs this has all of it himself.
"""

import grp
import json
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from tradebase import ENVIRONMENT, Problem
from tradebase import database as databases
from tradebase import server as servers
from tradebase.server import Server, as_server_user, server_user
from tradebase.stack import certificates, parts
from tradebase.stack.parts import Part

STANZA = "tradebase"
LOGIN = "tradebase_backup"
KEEPER, RECEIVER = "tradebase-keeper", "tradebase-receiver"
# Whose machine, and whose certificate: the database's and the keeper's, who are clients too, and the receiver's.
NAMES = ("database", "keeper", "receiver")
BOUND = 5  # seconds after which a segment is ended and pushed, full or not
DAYS = 30
KINDS = ("full", "diff", "incr")
# What pgBackRest calls on the server, of a login that is no superuser.
CALLED = {
    15: ("pg_backup_start(text, boolean)", "pg_backup_stop(boolean)"),
    0: ("pg_switch_wal()", "pg_create_restore_point(text)"),
}
NOT_REACHED = "recovery ended before configured recovery target was reached"
PUSHING = 60  # seconds: archive-timeout of config/pgbackrest.conf
PUSHED_AGAIN = 86_400  # seconds for which one repository may be away while the other goes on
LAST_COMMIT = re.compile(r"last completed transaction was at log time (.+)")
# What pgbackrest info says of a repository by its number.
STATES = {1: "has no such stanza", 2: "holds no backup", 3: "has no such stanza", 99: "cannot be read"}


@dataclass(frozen=True)
class Target:
    """Up to where a restored cluster goes: a time, an LSN, a transaction, a named mark, or all there is (latest)."""

    kind: str = "latest"
    value: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no target."""
        forms = {
            "latest": "", "lsn": "[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}", "xid": "[0-9]{1,10}", "name": "[^'\\\\\n]{1,63}",
            "time": r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d(:?\d\d)?|Z)",
        }  # fmt: skip
        if self.kind not in forms:
            raise Problem(f"There is no target by {self.kind}: {', '.join(forms)}.")
        if not re.fullmatch(forms[self.kind], self.value):
            like = {
                "time": "2026-11-30 14:00:00+00, with its zone", "lsn": "0/3000060", "xid": "a number below 2^32",
                "name": "the name given to pg_create_restore_point()", "latest": "nothing",
            }  # fmt: skip
            raise Problem(f"'{self.value}' is no {self.kind}: expected {like[self.kind]}.")

    def __str__(self) -> str:
        """Say it for a person."""
        return "the newest there is" if self.kind == "latest" else f"{self.kind} {self.value}"

    @property
    def at(self) -> datetime:
        """The time of a target by time."""
        return datetime.fromisoformat(self.value)

    @property
    def arguments(self) -> list[str]:
        """Return it as pgbackrest restore wants it."""
        if self.kind == "latest":
            return ["--type=default"]
        value = f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f+00}" if self.kind == "time" else self.value
        return [f"--type={self.kind}", f"--target={value}", "--target-action=promote"]


def as_user(name: str, group: str | None = None) -> list[str]:
    """Return what to put before a command that another user is to run; nothing where we are not root, who alone may."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={name}", f"--regid={group or name}", "--init-groups"]


def owner_of(name: str) -> tuple[int, int] | None:
    """Return the numbers of a user of repository 2 and of its group; None where we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(name).pw_uid, grp.getgrnam(name).gr_gid
    except KeyError:
        raise Problem(
            f"There is no user {name}: run ./scripts/up as root, or systemd-sysusers "
            "config/systemd/tradebase-users.conf.",
            ENVIRONMENT,
        ) from None


@dataclass
class Repositories:
    """Two repositories in a folder, for one cluster; `environment` is for pgBackRest's processes (its own clock)."""

    folder: Path
    bound: int = BOUND
    days: int = DAYS
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> Path:
        """Repository 1."""
        return self.folder / "first"

    @property
    def second(self) -> Path:
        """Repository 2."""
        return self.folder / "region/repository"

    def repository(self, number: int) -> Path:
        """Return the folder of a repository."""
        return {1: self.first, 2: self.second}[number]

    def home(self, name: str) -> Path:
        """Return the folder of the configuration, key, locks and logs of one of NAMES."""
        return self.folder / name if name == "database" else self.folder / "region" / name

    def config(self, name: str) -> Path:
        """Return the configuration of one of NAMES."""
        return self.home(name) / "pgbackrest.conf"

    def prefix(self, name: str) -> list[str]:
        """Return what to put before a command that is one of NAMES' to run."""
        # Behind the change of user: what a clock of its own shares belongs to whom it was made by.
        own = ["env", *(f"{variable}={value}" for variable, value in self.environment.items())]
        if name == "database":
            return [*as_server_user(), *own]
        # The receiver creates files of the keeper's group, so that the keeper reads them before they are the keeper's.
        return [*as_user({"keeper": KEEPER, "receiver": RECEIVER}[name], KEEPER), *own]

    def user(self, name: str) -> tuple[int, int] | None:
        """Return the numbers of the user and group that one of NAMES runs as."""
        if name == "database":
            user = server_user()
            return (user.pw_uid, user.pw_gid) if user else None
        keeper = owner_of(KEEPER)
        return keeper if name == "keeper" or keeper is None else (owner_of(RECEIVER)[0], keeper[1])

    # What there is of it on disk.

    @property
    def state(self) -> dict[str, object]:
        """Which cluster it is of, and the ports of the two servers; empty where nothing was made yet."""
        try:
            return json.loads((self.folder / "state.json").read_text())
        except FileNotFoundError:
            return {}

    def remember(self, **facts: object) -> None:
        """Keep facts in the state."""
        known = self.state | facts
        new = self.folder / "state.new"
        new.write_text(json.dumps(known, indent=1))
        new.replace(self.folder / "state.json")

    def passphrase(self, number: int) -> str:
        """Return the key of a repository, made at random the first time; who runs this has it, beside its users."""
        file = self.folder / "keys" / f"repository{number}"
        if not file.exists():
            file.parent.mkdir(mode=0o700, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(48))
        return file.read_text()

    def lay_out(self, ports: Mapping[str, int] | None = None) -> None:
        """Make folders, keys and certificates where they are missing; `ports` of "database" and "receiver"."""
        needed()
        self.folder.mkdir(parents=True, exist_ok=True)
        for shared in (self.folder, self.folder / "region"):
            shared.mkdir(exist_ok=True)
            shared.chmod(0o755)
        known = self.state
        for name in ("database", "receiver"):
            key = f"{name}_port"
            port = (ports or {}).get(name) or known.get(key) or servers.free_port()
            self.remember(**{key: port})
        for name in NAMES:
            for folder in ("", "lock", "log", "spool"):
                make_folder(self.home(name) / folder, self.user(name))
        make_folder(self.first, self.user("database"))
        # Its keeper's; the receiver reads all of it, and may add where `seal` lets the group write.
        make_folder(self.second, self.user("keeper"), 0o750)
        own = self.folder / "certificates"
        certificates.make(own, NAMES)
        soon = datetime.now(UTC) + certificates.SERVER_LASTS / 2
        for name in NAMES:
            if certificates.serial_of(own, name)[1] < soon:
                certificates.issue(own, name)
            pem = (own / f"{name}.pem").read_text()
            for file in (f"{name}.crt", f"{name}.key"):
                put(self.home(name) / file, pem, self.user(name))
            put(self.home(name) / "ca.crt", (own / "ca.crt").read_text(), self.user(name))

    def values(self, server: Server | None = None) -> dict[str, object]:
        """Return what fills in the configurations."""
        known = self.state
        data = server.data if server else known.get("data", "")
        return {
            "first": self.first, "second": self.second, "pass1": self.passphrase(1), "pass2": self.passphrase(2),
            "second_host": "localhost", "database_host": "localhost", "address": "127.0.0.1", "stanza": STANZA,
            "receiver_port": known["receiver_port"], "database_port": known["database_port"], "days": self.days,
            "receiver_config": self.config("receiver"), "database_config": self.config("database"), "console": "warn",
            "data": data, "login": LOGIN, "config": self.config("database"), "pgbackrest": program(),
            "port": server.port if server else known.get("port", 0), "bound": f"{self.bound}s",
            "socket": server.socket if server else known.get("socket", ""),
        }  # fmt: skip

    def configure(self, server: Server) -> None:
        """Render the configurations of pgBackRest for a cluster."""
        values = self.values(server)
        for name, file in zip(NAMES, ("pgbackrest", "pgbackrest-keeper", "pgbackrest-receiver"), strict=True):
            own = self.config(name)
            parts.render(f"{file}.conf", own, values | {"home": self.home(name)})
            give(self.home(name), self.user(name))
            give(own, self.user(name))
        self.remember(
            data=server.data, port=server.port, socket=server.socket, home=server.home, binaries=server.binaries
        )

    def connect(self, server: Server) -> None:
        """Have a cluster's configuration say where it archives; until the repositories are made its WAL waits."""
        known = self.state
        parts.render("archive.conf", Path(server.data, "archive.conf"), self.values(server))
        if "system" not in known:
            self.let_go(server)
        main = Path(server.data, "postgresql.conf")
        line = "include = 'archive.conf'\n"
        if line not in main.read_text():
            with main.open("a") as out:
                out.write(line)

    def live(self) -> Server | None:
        """Return the cluster that these repositories are of; None where none was named."""
        known = self.state
        return Server(known["home"], known["binaries"], known["port"]) if "home" in known else None

    # Its servers.

    def part(self, name: str) -> Part:
        """Return the pgBackRest server of the database's machine, or the receiver's."""
        # Named before it is there: what is missing is said when it is to be started.
        server = (shutil.which("pgbackrest") or "pgbackrest", "server", f"--config={self.config(name)}")
        command = (*self.prefix(name), *server)
        return Part(f"pgbackrest-{name}", self.folder / "servers", command, is_ours=True)

    def ping(self, name: str) -> str:
        """Ask the server of one of NAMES; Problem when it does not answer."""
        port = self.state[f"{name}_port"]
        self.call(name, "server-ping", "localhost", f"--tls-server-port={port}", stanza=False)
        return f"pgBackRest {version()}"

    def start(self) -> None:
        """Start both servers where they do not run."""
        for name in ("receiver", "database"):
            parts.start(self.part(name), lambda name=name: answers(self, name))

    def stop(self) -> None:
        """Stop both servers."""
        for name in ("database", "receiver"):
            parts.stop(self.part(name))

    # What it does.

    def call(self, name: str, *arguments: str, config: Path | None = None, stanza: bool = True) -> str:
        """Run pgBackRest as one of NAMES and return what it printed; REFUSED with its first error when it fails."""
        ran = self.attempt(name, *arguments, config=config, stanza=stanza)
        if ran.returncode != 0:
            raise Problem(f"pgBackRest {first_word(arguments)} failed: {first_error(ran.stdout)}")
        return ran.stdout

    def attempt(
        self, name: str, *arguments: str, config: Path | None = None, stanza: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run pgBackRest as one of NAMES and return what came of it."""
        which = [f"--config={config or self.config(name)}", *([f"--stanza={STANZA}"] if stanza else [])]
        return subprocess.run(
            [*self.prefix(name), program(), *which, *arguments],
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )

    def create(self, server: Server) -> None:
        """Have a running cluster archive to both repositories, made for it: its login, settings, stanzas, a check."""
        self.lay_out()
        self.configure(server)
        give_login(server)
        self.connect(server)
        with databases.connect(server) as admin:
            archives = admin.execute("SELECT current_setting('archive_mode') <> 'off'").fetchone()[0]
            (system,) = admin.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
        if not archives:
            servers.stop(server)
            servers.start(server)
        self.start()
        is_new = self.state.get("system") != system
        if is_new:
            self.create_stanzas()
        self.remember(system=system)
        self.connect(server)
        servers.reload(server)
        if is_new:
            self.check()

    def let_go(self, server: Server) -> None:
        """Have a cluster push nothing any more: what it writes from now on waits in its pg_wal.

        What it is about to push comes to its end: without who receives it would wait, and so would who stops it.
        """
        conf = Path(server.data, "archive.conf")
        if not conf.exists():
            return
        conf.write_text(re.sub("archive_command = .*", "archive_command = ''", conf.read_text()))
        if servers.postmaster(server) is not None:
            servers.reload(server)
            deadline = time.monotonic() + PUSHING
            while self.is_pushing() and time.monotonic() < deadline:
                time.sleep(0.05)

    def is_pushing(self) -> bool:
        """Say whether a segment is being pushed now."""
        words = {"archive-push", f"--config={self.config('database')}"}
        return any(words <= {*(process.info["cmdline"] or ())} for process in psutil.process_iter(["cmdline"]))

    def create_stanzas(self) -> None:
        """Make the stanza in each repository where it is not there: each by whom the repository belongs to."""
        known = self.state
        reached = [f"--pg1-port={known['port']}", f"--pg1-socket-path={known['socket']}", f"--pg1-user={LOGIN}"]
        self.call("database", *reached, "stanza-create", config=self.alone(1, Path(known["data"])))
        self.call("keeper", "stanza-create")
        self.seal()

    def check(self) -> None:
        """Have a segment pushed now and wait until it is in both repositories; Problem with what fails."""
        self.call("database", "check")
        self.seal()

    def run(self, kind: str, repository: int) -> str:
        """Make a backup in a repository, expire what is older than it need be, and return its label."""
        if kind not in KINDS:
            raise Problem(f"There is no backup of kind {kind}: {', '.join(KINDS)}.")
        before = {backup["label"] for backup in self.backups(repository)}
        self.seal()
        if repository == 1:
            self.call("database", "--repo=1", f"--type={kind}", "backup")
        else:
            self.call("keeper", f"--type={kind}", "backup")
        self.seal()
        made = [backup["label"] for backup in self.backups(repository) if backup["label"] not in before]
        if not made:
            raise Problem(
                f"pgBackRest said it made a backup in repository {repository}, and there is none: run verify."
            )
        return made[-1]

    def expire(self, repository: int) -> None:
        """Remove what is older than it need be."""
        if repository == 1:
            self.call("database", "--repo=1", "expire")
        else:
            self.call("keeper", "expire")

    def info(self) -> dict[str, object]:
        """Return what pgBackRest says of the stanza in both repositories, as it says it."""
        both = [self.info_of(repository) for repository in (1, 2)]
        return {key: [one for said in both for one in said[key]] for key in ("archive", "backup", "db", "repo")}

    def info_of(self, repository: int) -> dict[str, object]:
        """Return what pgBackRest says of the stanza in one repository, asked by whom it belongs to."""
        # From the other machine 2.45 would not find the key of repository 2 in time (info, and info alone).
        if repository == 1:
            text = self.call("database", "--output=json", "info", config=self.alone(1, Path("/nonexistent")))
        else:
            text = self.call("keeper", "--output=json", "info")
        # What it quotes of a damaged file is binary.
        said = json.loads(text, strict=False)
        return said[0] if said else {"archive": [], "backup": [], "db": [], "repo": []}

    def backups(self, repository: int) -> list[dict[str, object]]:
        """Return the backups in a repository, oldest first; none where there is no repository."""
        return self.info_of(repository)["backup"]

    def newest_segment(self, repository: int) -> str | None:
        """Return the last WAL segment that is in a repository."""
        found = [one["max"] for one in self.info_of(repository)["archive"] if one["max"]]
        return found[-1] if found else None

    def verify(self, repository: int) -> list[str]:
        """Return what is wrong with a repository: nothing when each file is what it was and no WAL is missing.

        pgBackRest's exit code is 0 whatever it finds, and it misses neither the newest segment nor one that no backup
        needs: its text is read, the segments are counted, and the running server is asked what it has archived last.
        """
        name = "database" if repository == 1 else "keeper"
        config = self.alone(1, Path(self.state["data"])) if repository == 1 else None
        ran = self.attempt(name, "--output=text", "--verbose", "--log-level-console=warn", "verify", config=config)
        wrong = [] if ran.returncode == 0 else [first_error(ran.stdout)]
        wrong += problems(ran.stdout)
        return wrong + self.gaps(repository) + self.missing_newest(repository)

    def gaps(self, repository: int) -> list[str]:
        """Return a sentence for each segment that is missing between the oldest backup and the newest segment."""
        backups = self.backups(repository)
        if not backups:
            return []
        name, config = ("database", self.alone(1, Path("/nonexistent"))) if repository == 1 else ("keeper", None)
        listed = self.call(name, "--recurse", "repo-ls", f"archive/{STANZA}", config=config)
        there = {match[1] for match in re.finditer(r"^\S*/([0-9A-F]{24})-[0-9a-f]{40}", listed, re.MULTILINE)}
        oldest, wrong = backups[0]["archive"]["start"], []
        for timeline in sorted({segment[:8] for segment in there}):
            own = sorted(
                number_of(segment) for segment in there if segment[:8] == timeline and segment[8:] >= oldest[8:]
            )
            for before, after in pairwise(own):
                if after > before + 1:
                    first, last = segment_of(timeline, before + 1), segment_of(timeline, after - 1)
                    wrong.append(f"WAL is missing: {first}" + (f" to {last}" if first != last else ""))
        return wrong

    def missing_newest(self, repository: int) -> list[str]:
        """Return a sentence when the last segment that the running server has archived is not in a repository."""
        server = self.live()
        if server is None or servers.postmaster(server) is None:
            return []
        with suppress(psycopg.OperationalError), databases.connect(server) as admin:
            (archived,) = admin.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone()
            newest = self.newest_segment(repository)
            if archived and re.fullmatch("[0-9A-F]{24}", archived) and (newest is None or newest < archived):
                return [f"the newest segment is missing: {archived} was archived, the repository ends at {newest}"]
        return []

    def seal(self) -> int:
        """Make the keeper's what has arrived in repository 2, and return how much; nothing where we are not root."""
        keeper, receiver = owner_of(KEEPER), owner_of(RECEIVER)
        return seal(self.second, receiver[0], *keeper) if keeper and receiver else 0

    def alone(self, repository: int, data: Path, home: Path | None = None) -> Path:
        """Render a configuration that knows one repository and nothing of the database's machine, and return it."""
        home = home or self.home("database")
        values = self.values()
        if repository == 1:
            lines = [
                f"repo1-path={self.first}",
                "repo1-cipher-type=aes-256-cbc",
                f"repo1-cipher-pass={values['pass1']}",
            ]
        else:
            text = parts.CONFIGURATIONS.joinpath("pgbackrest.conf").read_text()
            lines = [line for line in text.splitlines() if line.startswith("repo2-")]
        own = home / f"repository{repository}.conf"
        known = {"repository": "\n".join(lines), "home": self.home("database"), "console": "warn", "stanza": STANZA}
        filled = parts.Template(known["repository"]).substitute(values | {"home": self.home("database")})
        parts.render("pgbackrest-restore.conf", own, known | {"repository": filled, "data": data})
        return own

    # The way back.

    def restore(
        self, repository: int, target: Target | None = None, into: Path | None = None, port: int | None = None
    ) -> Server:
        """Restore into a fresh folder from one repository alone, up to a target, and return the cluster, which runs.

        It archives nowhere and takes no part of the live one's address. REFUSED when the folder is not fresh, when the
        repository is missing or another system's, or when the target cannot be reached: then it says what can be.
        ENVIRONMENT when there is no room. Nothing is left of a restore that fails.
        """
        target = target or Target()
        self.refuse_used(into)
        backups = self.usable(repository)
        candidates = self.candidates(repository, backups, target)
        size = max(one["info"]["size"] for one in backups)
        refuse_no_room(into, size)
        is_new = not into.exists()
        server = servers.lay_out(into, self.binaries(), port or servers.free_port())
        try:
            for label in candidates:
                self.fetch(repository, target, server, label)
                if (missed := self.recover(server)) is None:
                    return server
            raise Problem(f"{target} is not in repository {repository}: {missed} {self.offer(repository, backups)}")
        except BaseException:
            if servers.postmaster(server) is not None:
                servers.stop(server)
            for left in (Path(server.data).parent, Path(server.pg_ctl)):
                shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
            if is_new:
                into.rmdir()
            raise

    def binaries(self) -> str:
        """Return the folder of the PostgreSQL that the cluster was made with, or the newest where that is gone."""
        known = self.state.get("binaries")
        return known if known and Path(known).exists() else str(servers.installed_binaries())

    def refuse_used(self, into: Path) -> None:
        """Raise REFUSED when a folder is not fresh: nothing is ever restored over something."""
        live = self.live()
        for server in filter(None, (live, Server(str(into), "", 0))):
            used = into.resolve() in (Path(server.home).resolve(), Path(server.data).resolve())
            if used and servers.postmaster(server) is not None:
                raise Problem(
                    f"A server runs in {into}: restore into a fresh folder, look at it, and then exchange them."
                )
        if into.exists() and (not into.is_dir() or any(into.iterdir())):
            raise Problem(
                f"{into} is not empty: restore into a fresh folder, and move nothing away before you have looked."
            )

    def system_here(self) -> str | None:
        """Return the identifier of the cluster that is here, or of the one that was; None where that is not known."""
        server = self.live()
        if server and Path(server.data, "global/pg_control").exists():
            return control_data(server)["Database system identifier"]
        return self.state.get("system")

    def usable(self, repository: int) -> list[dict[str, object]]:
        """Return the backups of a repository, at least one; REFUSED when it is missing, empty or another system's."""
        try:
            said = self.info_of(repository)
        except Problem as why:
            raise Problem(f"Repository {repository} cannot be read: {why}{self.other(repository)}") from None
        states = [one["status"] for one in said["repo"]]
        if not states or states[0]["code"] != 0:
            what = STATES.get(states[0]["code"], states[0]["message"]) if states else "has no such stanza"
            raise Problem(f"Repository {repository} {what}.{self.other(repository)}")
        systems = {str(one["system-id"]) for one in said["db"]}
        here = self.system_here()
        if here and here not in systems:
            raise Problem(
                f"Repository {repository} is of system {', '.join(sorted(systems))}, the cluster here is {here}: "
                "it holds nothing of this one."
            )
        return said["backup"]

    def other(self, repository: int) -> str:
        """Return a sentence that names the other repository, when that can be restored from."""
        with suppress(Problem):
            if backups := self.backups(3 - repository):
                return f" Repository {3 - repository} reaches from {time_of(backups[0])} on: take that."
        return ""

    def candidates(self, repository: int, backups: list[dict[str, object]], target: Target) -> list[str]:
        """Return the backups to begin with, best first; REFUSED when the target comes before the oldest."""
        if target.kind == "time":
            # In pgBackRest 2.45 a time after 2038 is before every backup: chosen here.
            fit = [one["label"] for one in backups if one["timestamp"]["stop"] < target.at.timestamp()]
        elif target.kind == "lsn":
            fit = [one["label"] for one in backups if position(one["lsn"]["stop"]) <= position(target.value)]
        else:
            # Nobody knows where a mark or a transaction is: the newest backup that comes before it is right.
            fit = [one["label"] for one in backups]
        if not fit:
            raise Problem(
                f"{target} is before the oldest backup of repository {repository}. {self.offer(repository, backups)}"
            )
        return fit[:-2:-1] if target.kind in ("time", "lsn", "latest") else fit[::-1]

    def offer(self, repository: int, backups: list[dict[str, object]]) -> str:
        """Return what can be restored instead."""
        return (
            f"It can be restored to any time after {time_of(backups[0])} (LSN {backups[0]['lsn']['stop']}), "
            f"and as far as the newest there is (segment {self.newest_segment(repository)})."
        )

    def fetch(self, repository: int, target: Target, server: Server, label: str) -> None:
        """Copy a backup to where a cluster is to be, and configure that so that it reaches nothing of the live one."""
        data = Path(server.data)
        if data.exists():
            shutil.rmtree(data)
        make_folder(data, self.user("database"))
        config = self.alone(repository, data, Path(server.home, "cluster"))
        self.call(
            "database",
            f"--pg1-path={data}",
            f"--set={label}",
            *target.arguments,
            "--archive-mode=off",
            "restore",
            config=config,
        )
        here, restored = self.system_here(), control_data(server)["Database system identifier"]
        if here and here != restored:
            raise Problem(f"What was restored is system {restored}, and not {here}: it was not started.")
        isolate(server)

    def recover(self, server: Server) -> str | None:
        """Start a restored cluster and wait until it takes writes; a sentence when it ends before its target."""
        Path(server.log).unlink(missing_ok=True)
        # pg_ctl is content when it replays; this waits, as long as it takes, until it takes writes or has given up.
        servers.run_pg_ctl(server, "start", "-w", "-s", "-t", "60", "-l", server.log)
        while servers.postmaster(server) is not None:
            with suppress(psycopg.OperationalError), databases.connect(server) as admin:
                if not admin.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
                    return None
            time.sleep(0.05)
        said = Path(server.log).read_text(errors="replace")
        if NOT_REACHED not in said:
            raise Problem(f"The restored cluster did not start ({told(said)}).")
        last = LAST_COMMIT.findall(said)
        return f"the last commit there is from {last[-1]}." if last else "no commit came after the backup."


def isolate(server: Server) -> None:
    """Give a restored cluster an address of its own, and take from it what the live one sends and waits for."""
    data = Path(server.data)
    main, auto = data / "postgresql.conf", data / "postgresql.auto.conf"
    text = main.read_text() if main.exists() else ""
    # What the pair and the archive need is not this one's: it follows nobody, is followed by nobody, archives nowhere.
    kept = [
        line
        for line in text.splitlines()
        if not re.match(r"include = '(primary|replica|archive|restored)\.conf'", line)
    ]
    own = {
        "listen_addresses": "127.0.0.1", "port": server.port, "unix_socket_directories": server.socket, "ssl": "off",
        # Nobody reads what is not the target yet; and fewer connections than it had then are no reason not to start.
        "hot_standby": "off", "archive_mode": "off", "cluster_name": "restored",
    }  # fmt: skip
    (data / "restored.conf").write_text("".join(f"{name} = '{value}'\n" for name, value in own.items()))
    main.write_text("\n".join([*kept, "include = 'restored.conf'"]) + "\n")
    # ALTER SYSTEM of then stands above all files. Commits would wait for a standby that follows the live one.
    waiting = re.compile(r"(synchronous_standby_names|primary_conninfo|port|listen_addresses|archive_command)\s*=")
    auto.write_text("".join(line for line in auto.read_text().splitlines(True) if not waiting.match(line)))
    for file in (main, auto, data / "restored.conf"):
        parts.give(file)


def give_login(server: Server) -> None:
    """Make the login of pgBackRest: it begins and ends backups, switches WAL, reads settings, and nothing else."""
    with databases.connect(server) as admin:
        login = sql.Identifier(LOGIN)
        if not admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [LOGIN]).rowcount:
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(login))
        for function in (function for group in CALLED.values() for function in group):
            admin.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(function), login))
        admin.execute(sql.SQL("GRANT pg_read_all_settings TO {}").format(login))


def seal(repository: Path, receiver: int, keeper: int, group: int) -> int:
    """Make the keeper's what a receiver has written into a repository, and return how many files and folders that were.

    In a sticky folder of the keeper's the receiver may add, and neither remove, nor replace, nor write into what is not
    its own. Nothing is followed: the receiver may be anybody's by now.
    """
    sealed = 0
    for _, _, files, folder in os.fwalk(repository, follow_symlinks=False):
        facts = os.fstat(folder)
        if facts.st_uid == receiver:
            os.fchown(folder, keeper, group)
            sealed += 1
        # Where WAL arrives: everywhere below archive, which is the keeper's to begin with.
        if str(Path(f"/proc/self/fd/{folder}").readlink()).startswith(f"{repository.resolve()}/archive/"):
            os.fchmod(folder, 0o1770)
        for name in files:
            if name.endswith(".pgbackrest.tmp"):
                continue
            with suppress(FileNotFoundError):
                facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
                # Labels and histories are pushed again, over themselves, as long as PostgreSQL has not heard that they
                # are in both repositories; sealed, they would let no WAL in behind them any more.
                if name.endswith((".backup", ".history")) and time.time() < facts.st_mtime + PUSHED_AGAIN:
                    continue
                if facts.st_uid == receiver and stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1:
                    os.chown(name, keeper, group, dir_fd=folder, follow_symlinks=False)
                    sealed += 1
    return sealed


def make_folder(path: Path, user: tuple[int, int] | None, mode: int = 0o700) -> None:
    """Make a folder where there is none, and give it to a user."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    give(path, user)


def give(path: Path, user: tuple[int, int] | None) -> None:
    """Give a file or a folder to a user; nothing where everything is ours."""
    if user:
        os.chown(path, *user)


def put(path: Path, text: str, user: tuple[int, int] | None) -> None:
    """Write a secret for a user alone, when it is another than before."""
    if path.exists() and path.read_text() == text:
        return
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    give(new, user)
    new.replace(path)


def program() -> str:
    """Return where pgBackRest is; ENVIRONMENT when it is not installed."""
    if found := shutil.which("pgbackrest"):
        return found
    raise Problem(
        "pgbackrest is not installed: run ./scripts/up as root, or install the package pgbackrest.", ENVIRONMENT
    )


def needed() -> None:
    """Raise ENVIRONMENT when the machine lacks pgBackRest or the users of repository 2."""
    program()
    owner_of(KEEPER)
    owner_of(RECEIVER)


def version() -> str:
    """Return pgBackRest's version."""
    return subprocess.run([program(), "version"], capture_output=True, text=True, check=True).stdout.split()[-1]


def answers(repositories: Repositories, name: str) -> bool:
    """Say whether a server of pgBackRest answers."""
    try:
        repositories.ping(name)
    except Problem:
        return False
    return True


def first_word(arguments: tuple[str, ...]) -> str:
    """Return the command among the arguments."""
    return next((word for word in arguments if not word.startswith("-")), "")


def first_error(said: str) -> str:
    """Return the first error that pgBackRest printed, with its hints; its last line when it printed none."""
    lines = said.strip().splitlines() or ["it said nothing"]
    for n, line in enumerate(lines):
        if found := re.search(r"ERROR: \[\d+\]: (.*)", line):
            more = [found[1].strip()]
            for next_line in lines[n + 1 :]:
                if not next_line.startswith(" ") or len(more) > 3:
                    break
                more.append(next_line.strip())
            return " ".join(more)
    return lines[-1].strip()


def problems(said: str) -> list[str]:
    """Return what pgbackrest verify found, from its text."""
    wrong = []
    for line in said.splitlines():
        line = line.strip()
        counted = re.search(r"(missing|checksum invalid|size invalid|other): [1-9]", line)
        if "WARN:" in line or "ERROR:" in line or counted or re.search(r"^status: error|status: invalid", line):
            wrong.append(re.sub(r"^.*?(WARN|ERROR): *", "", line))
    return wrong


def told(log: str) -> str:
    """Return the first line of a server's log that says why it gave up."""
    lines = log.strip().splitlines() or ["it said nothing"]
    return next((line for line in lines if re.search("FATAL|PANIC", line)), lines[-1])


def control_data(server: Server) -> dict[str, str]:
    """Return what pg_controldata says of a cluster."""
    ran = subprocess.run(
        [*as_server_user(), f"{server.binaries}/pg_controldata", "-D", server.data],
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode != 0:
        raise Problem(f"{server.data} cannot be read as a cluster: {ran.stderr.strip()}")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in ran.stdout.splitlines())}


def number_of(segment: str) -> int:
    """Return the place of a WAL segment of 16 MB in its timeline."""
    return int(segment[8:16], 16) * 256 + int(segment[16:], 16)


def segment_of(timeline: str, number: int) -> str:
    """Return the name of the segment at a place."""
    return f"{timeline}{number // 256:08X}{number % 256:08X}"


def position(lsn: str) -> int:
    """Return an LSN as a number."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def time_of(backup: Mapping[str, object]) -> str:
    """Return when a backup was complete, for a person."""
    return f"{datetime.fromtimestamp(backup['timestamp']['stop'], UTC):%Y-%m-%d %H:%M:%S+00}"


def refuse_no_room(into: Path, size: int) -> None:
    """Raise ENVIRONMENT when the disk under a folder has not `size` bytes free."""
    folder = into
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < size:
        raise Problem(
            f"{folder} has {free / 1e6:,.0f} MB free, {size / 1e6:,.0f} MB are restored: "
            "restore into a folder on another disk.",
            ENVIRONMENT,
        )


@contextmanager
def repositories(folder: Path, server: Server, **options: object) -> Iterator[Repositories]:
    """Yield repositories in a folder that a running cluster archives to; their servers are stopped afterwards."""
    made = Repositories(folder, **options)
    try:
        made.create(server)
        yield made
    finally:
        # A server that is stopped hands on its last segment first, and would wait for who is gone.
        made.let_go(server)
        if made.state:
            made.stop()
