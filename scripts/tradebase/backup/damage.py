"""What happens to backups: a bit flips, a file is cut off or gone, the newest WAL never arrived, the key is another."""

import random
import re
from dataclasses import dataclass
from pathlib import Path

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
