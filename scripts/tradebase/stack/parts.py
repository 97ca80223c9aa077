"""A server of the stack that is no PostgreSQL: a rendered configuration, one process, its pid file and its log."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tradebase import ENVIRONMENT, PROJECT, Problem
from tradebase.server import as_server_user, server_user

CONFIGURATIONS = PROJECT / "config"


@dataclass(frozen=True)
class Part:
    """A server that is one process: `home` is a folder of its own for configuration, log and pid file."""

    name: str
    home: Path
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    end: signal.Signals = signal.SIGTERM  # ends it in good order
    is_ours: bool = False  # a command of tradebase's: its Python may be where the servers' user cannot read

    @property
    def log(self) -> Path:
        """What it writes to its standard output and error."""
        return self.home / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Its process and when that began, so that a later process of the same number is not taken for it."""
        return self.home / f"{self.name}.pid"


def render(configuration: str, into: Path, values: Mapping[str, object]) -> Path:
    """Fill in a file of config/ and write it for the servers' user alone; KeyError where a value is missing."""
    text = Template((CONFIGURATIONS / configuration).read_text()).substitute(values)
    give(into.parent)
    into.touch(mode=0o600)
    into.write_text(text)
    give(into)
    return into


def give(path: Path) -> None:
    """Make a folder where there is none, and give it, or a file, to the servers' user and nobody else."""
    if not path.exists():
        path.mkdir(parents=True)
    path.chmod(0o700 if path.is_dir() else 0o600)
    if user := server_user():
        os.chown(path, user.pw_uid, user.pw_gid)


def began_at(pid: int) -> str | None:
    """Return when a process began, in ticks since boot; None when there is none, or it only waits to be buried."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if facts[0] == "Z" else facts[19]


def pid_of(part: Part) -> int | None:
    """Return the process of a part that runs; None when it does not, whatever its pid file says."""
    try:
        pid, began = part.pid_file.read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if began_at(int(pid)) == began else None


def last_words(part: Part) -> str:
    """Return the last line of a part's log, to put into a message."""
    with suppress(OSError):
        if lines := part.log.read_text(errors="replace").strip().splitlines():
            return lines[-1].strip()
    return "it said nothing"


def start(part: Part, is_ready: Callable[[], bool], seconds: float = 30) -> None:
    """Start a part as the servers' user and wait until it is ready; ENVIRONMENT with its last words when it is not."""
    if pid_of(part) is not None:
        return
    give(part.home)
    with part.log.open("a") as log:
        give(part.log)
        try:
            process = subprocess.Popen(
                [*(() if part.is_ours else as_server_user()), *part.command],
                cwd="/",
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"} | dict(part.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        except FileNotFoundError as why:
            raise Problem(f"{why.filename} is not installed: run ./scripts/up as root.", ENVIRONMENT) from None
    part.pid_file.write_text(f"{process.pid} {began_at(process.pid)}\n")
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            part.pid_file.unlink()
            raise Problem(f"{part.name} did not start ({last_words(part)}): see {part.log}.", ENVIRONMENT)
        time.sleep(0.02)
    # It goes on without us, and stop() buries it: Popen would complain that nobody waits for it.
    process.returncode = 0


def stop(part: Part, seconds: float = 30) -> None:
    """End a part in good order and wait until it is gone; what does not obey is killed."""
    pid = pid_of(part)
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, part.end)
        deadline = time.monotonic() + seconds
        while pid_of(part) is not None:
            if time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        # Whoever started it buries it; where that was another process, init does.
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    part.pid_file.unlink(missing_ok=True)
