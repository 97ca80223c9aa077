"""Two encrypted pgBackRest repositories of a cluster that a drill has made, each opened with a key of its own."""

import json
import re
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tradebase import ENVIRONMENT, Problem
from tradebase import server as servers
from tradebase.backup.damage import SEGMENT
from tradebase.server import Server, as_server_user
from tradebase.stack import parts

STANZA = "tradebase"
NUMBERS = (1, 2)
BOUND = 5  # seconds after which a segment is ended, full or not
CONFIGURATION = "pgbackrest-drill.conf"


def new_keys() -> dict[int, str]:
    """Return a key for each repository."""
    return {number: secrets.token_urlsafe(32) for number in NUMBERS}


@dataclass(frozen=True)
class Repositories:
    """A folder that holds both repositories, pgBackRest's configuration and what it writes beside."""

    home: Path
    keys: Mapping[int, str] = field(default_factory=new_keys, repr=False)

    @property
    def configuration(self) -> Path:
        """The configuration, which knows the keys."""
        return self.home / CONFIGURATION

    def path(self, number: int) -> Path:
        """Return the folder of a repository."""
        return self.home / f"repository{number}"

    def settings(self) -> dict[str, str]:
        """Return what PostgreSQL is told, so that its WAL comes here."""
        return {
            "archive_mode": "on",
            "archive_command": f"pgbackrest --config={self.configuration} --stanza={STANZA} archive-push %p",
            "archive_timeout": f"{BOUND}s",
        }

    def render(self, server: Server) -> None:
        """Write the configuration for a cluster."""
        parts.give(self.home)
        for name in ("lock", "log", "repository1", "repository2"):
            parts.give(self.home / name)
        parts.render(
            CONFIGURATION,
            self.configuration,
            {f"key{number}": key for number, key in self.keys.items()}
            | {"home": self.home, "data": server.data, "port": server.port, "socket": server.socket}
            | {"superuser": server.superuser},
        )

    def ask(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run pgBackRest as the servers' user; the exit code is the caller's to judge."""
        program = shutil.which("pgbackrest")
        if program is None:
            raise Problem("pgbackrest is not installed: run ./scripts/up as root, or install it.", ENVIRONMENT)
        return subprocess.run(
            [*as_server_user(), program, f"--config={self.configuration}", f"--stanza={STANZA}", *options, command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    def run(self, command: str, *options: str) -> str:
        """Run pgBackRest and return what it printed; REFUSED with what it complained of when it fails."""
        ran = self.ask(command, *options)
        if ran.returncode != 0:
            raise Problem(f"pgbackrest {command} failed: {complaint(ran)}")
        return ran.stdout

    def create(self, server: Server) -> None:
        """Begin both repositories of a running cluster."""
        self.render(server)
        self.run("stanza-create")

    def back_up(self, number: int, kind: str = "full") -> None:
        """Make a backup into a repository."""
        self.run("backup", f"--repo={number}", f"--type={kind}")

    def newest(self, number: int) -> str:
        """Return the newest segment that a repository says it has; '' when it has none."""
        told = json.loads(self.run("info", "--output=json", f"--repo={number}"))
        return max((archive.get("max") or "" for stanza in told for archive in stanza.get("archive", [])), default="")

    def verify(self, number: int) -> list[str]:
        """Return what pgBackRest finds wrong with a repository, of what it writes: its exit code is 0 anyway."""
        ran = self.ask("verify", f"--repo={number}", "--log-level-console=info", "--output=text", "--verbose")
        said = (ran.stdout + ran.stderr).splitlines()
        wrong = [line.strip() for line in said if re.search(r"\b(ERROR|WARN)\b|status: error", line)]
        counted = [
            line.strip()
            for line in said
            if (found := re.search(r"(?:missing|checksum invalid|size invalid|other): (\d+)", line)) and int(found[1])
        ]
        if ran.returncode != 0 and not wrong:
            wrong.append(complaint(ran))
        return wrong + counted

    def restore(self, number: int, into: Path, binaries: str, target: tuple[str, str] | None = None) -> Server:
        """Restore a cluster out of one repository into an empty folder, up to a target, else all there is; not started.

        A target is ('name' | 'xid' | 'lsn' | 'time', where), or ('standby', ''): one that goes on asking for WAL.
        """
        if into.exists() and any(into.iterdir()):
            raise Problem(f"{into} is not empty: nothing is restored over what is there.")
        server = servers.lay_out(into, Path(binaries), servers.free_port())
        parts.give(Path(server.data))
        kind, where = target or ("default", "")
        up_to = [f"--target={where}", "--target-action=promote"] if where else []
        self.run(
            "restore", f"--repo={number}", f"--pg1-path={server.data}", f"--type={kind}", "--archive-mode=off", *up_to
        )
        # Last, so that it counts: what the cluster was configured with is the address of the one that died.
        with Path(server.data, "postgresql.auto.conf").open("a") as out:
            out.write(
                f"port = {server.port}\nunix_socket_directories = '{server.socket}'\nlisten_addresses = ''\n"
                # Alone, and asked by one session at a time.
                "synchronous_standby_names = ''\n"
            )
        return server

    def copy(self, number: int, home: Path, key: str | None = None) -> "Repositories":
        """Return a copy of one repository, in a folder of its own, for whoever does harm to it."""
        made = replace(self, home=home, keys={**self.keys, number: key or self.keys[number]})
        parts.give(home)
        # Its dates and its owner too; where the file system can, without copying a block.
        subprocess.run(["cp", "-a", "--reflink=auto", str(self.path(number)), str(made.path(number))], check=True)
        made.render(Server(str(home / "restored"), "", 0))
        return made


def complaint(ran: subprocess.CompletedProcess[str]) -> str:
    """Return what pgBackRest complained of, of all that it said."""
    said = (ran.stderr + ran.stdout).strip().splitlines()
    errors = [line for line in said if "ERROR" in line or "WARN" in line] or said[-1:]
    return " ".join(re.sub(r"^.*?(?:ERROR|WARN): ", "", line).strip() for line in errors) or f"exit code {ran.returncode}"


def segment_of(name: str | None) -> str:
    """Return the segment of WAL that an archived file is, '' for one that is none."""
    return name if name and SEGMENT.fullmatch(f"{name}-{'0' * 40}") else ""
