"""What happens to backups: a bit flips, a file is cut off or gone, the newest WAL never arrived, the key is another."""

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tradebase.backup.pgbackrest import Repositories
from tradebase.server import Server, free_port

# How often each is drawn.
KINDS = {"flip": 4, "truncate": 3, "delete": 3, "newest": 1, "key": 1}
# A segment of WAL in a repository: timeline and place, SHA-1 of what is in it, how it is compressed.
SEGMENT = re.compile(r"([0-9A-F]{24})-[0-9a-f]{40}(\.\w+)?")


@dataclass(frozen=True)
class Damage:
    """What was done to a repository, in words that let one do it again: to which file of it, and where inside."""

    kind: str
    file: str = ""
    at: int = 0

    def __str__(self) -> str:
        """Say it for a person."""
        match self.kind:
            case "flip":
                return f"bit {self.at % 8} of byte {self.at // 8} of {self.file} is flipped"
            case "truncate":
                return f"{self.file} ends after {self.at} bytes"
            case "delete" | "newest":
                return f"{self.file} is gone"
            case _:
                return "the key is another"


def files_of(repository: Path) -> dict[str, list[Path]]:
    """Return the files of a repository by what they hold: backup, wal, or what both are found by."""
    found: dict[str, list[Path]] = {"backup": [], "wal": [], "info": []}
    for file in sorted(repository.rglob("*")):
        if not file.is_file() or file.is_symlink():
            continue
        inside = file.relative_to(repository)
        if SEGMENT.fullmatch(file.name):
            found["wal"].append(file)
        elif inside.parts[0] == "backup" and {"pg_data", "bundle"} & {*inside.parts}:
            found["backup"].append(file)
        else:
            found["info"].append(file)
    return found


def newest(repository: Path) -> Path:
    """Return the newest segment of WAL in a repository."""
    return max(files_of(repository)["wal"], key=lambda file: file.name)


def draw(chance: random.Random, repository: Path) -> Damage:
    """Draw a damage to a repository; nothing is done yet."""
    (kind,) = chance.choices(list(KINDS), KINDS.values())
    if kind == "key":
        return Damage(kind)
    if kind == "newest":
        return Damage(kind, str(newest(repository).relative_to(repository)))
    file = chance.choice(chance.choice([files for files in files_of(repository).values() if files]))
    size = file.stat().st_size
    at = {"flip": chance.randrange(8 * size) if size else 0, "truncate": chance.randrange(size) if size else 0}
    return Damage(kind if size else "delete", str(file.relative_to(repository)), at.get(kind, 0))


def inflict(damage: Damage, repository: Path) -> None:
    """Do it, to a copy that nobody needs any more. Another key is whoever opens the repository's to give."""
    file = repository / damage.file
    match damage.kind:
        case "flip":
            content = bytearray(file.read_bytes())
            content[damage.at // 8] ^= 1 << damage.at % 8
            file.write_bytes(content)
        case "truncate":
            with file.open("r+b") as out:
                out.truncate(damage.at)
        case "delete" | "newest":
            file.unlink()


@dataclass(frozen=True)
class Bench:
    """A copy of both repositories with servers of its own, to do harm to."""

    origin: Repositories
    copy: Repositories

    @contextmanager
    def damaged(self, damage: Damage, number: int) -> Iterator[Repositories]:
        """Yield the copy with a repository that has a damage; afterwards it is whole again."""
        key = self.copy.folder / "keys" / f"repository{number}"
        right = key.read_text()
        try:
            if damage.kind == "key":
                key.write_text(right[::-1])
                self.copy.configure(self.copy.live())
                self.restart()
            inflict(damage, self.copy.repository(number))
            yield self.copy
        finally:
            if damage.kind == "key":
                key.write_text(right)
                self.copy.configure(self.copy.live())
                self.restart()
            refresh(self.origin.repository(number), self.copy.repository(number))

    def restart(self) -> None:
        """Have the servers read their configuration."""
        self.copy.stop()
        self.copy.start()


def refresh(origin: Path, copy: Path) -> None:
    """Make a copy of a repository anew, owners and dates too; without copying a block where the file system can."""
    shutil.rmtree(copy, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(origin), str(copy)], check=True)


@contextmanager
def bench(origin: Repositories, folder: Path) -> Iterator[Bench]:
    """Yield a copy of the repositories of a cluster that is no more; nothing is left of it."""
    copy = Repositories(folder, origin.bound, origin.days, origin.environment)
    try:
        for part in ("keys", "certificates", "state.json"):
            folder.mkdir(exist_ok=True)
            subprocess.run(["cp", "-a", str(origin.folder / part), str(folder / part)], check=True)
        copy.lay_out({name: free_port() for name in ("database", "receiver")})
        # Where the cluster would be: there is none.
        nowhere = Server(str(folder / "nowhere"), copy.binaries(), 0)
        copy.configure(nowhere)
        for number in (1, 2):
            refresh(origin.repository(number), copy.repository(number))
        copy.start()
        yield Bench(origin, copy)
    finally:
        copy.stop()
        shutil.rmtree(folder, ignore_errors=True)
