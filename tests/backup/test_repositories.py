"""Two repositories: encrypted by keys of their own, the second out of the database's reach, damage in either seen."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from archived import Archive

from tradebase import REFUSED, Problem
from tradebase import database as databases
from tradebase.backup import pgbackrest
from tradebase.backup.drill import wait_until
from tradebase.backup.pgbackrest import Repositories, as_user
from tradebase.server import as_server_user
from tradebase.stack import parts

pytestmark = pytest.mark.xdist_group("backup")
ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can have a keeper and a receiver")


def files_of(folder: Path) -> dict[str, str]:
    """Return the files below a folder and what is in each."""
    return {
        str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_symlink()
    }


def test_everything_in_a_repository_is_encrypted_by_a_key_of_its_own(archive: Archive) -> None:
    """No file is readable as it lies there, and the database's machine does not hold the key of the second one."""
    made = archive.repositories
    for number in (1, 2):
        files = [file for file in made.repository(number).rglob("*") if file.is_file() and not file.is_symlink()]
        assert len(files) > 10
        # The one in clear is what PostgreSQL says about a backup in the archive, names and times.
        assert [
            file for file in files if not file.read_bytes().startswith(b"Salted__") and file.suffix != ".backup"
        ] == []
    first, second = made.passphrase(1), made.passphrase(2)
    assert first != second
    on_the_machine = [file.read_text(errors="replace") for file in made.home("database").rglob("*") if file.is_file()]
    assert any(first in text for text in on_the_machine)
    assert not any(second in text for text in on_the_machine)


@pytest.mark.parametrize("number", [1, 2])
def test_a_wrong_key_opens_nothing(archive: Archive, number: int) -> None:
    """With the key of the other one a repository cannot even be listed."""
    made = archive.repositories
    name = "database" if number == 1 else "keeper"
    config = made.alone(1, Path("/nonexistent")) if number == 1 else made.config("keeper")
    right = config.read_text()
    config.write_text(right.replace(made.passphrase(number), made.passphrase(3 - number)))
    try:
        ran = made.attempt(name, "--output=json", "info", config=config)
        (said,) = json.loads(ran.stdout, strict=False)
        assert said["backup"] == []
        assert said["repo"][0]["status"]["code"] == 99
        assert "unable to" in said["repo"][0]["status"]["message"]
    finally:
        config.write_text(right)
    assert made.backups(number)


@ONLY_ROOT
def test_the_database_can_take_nothing_out_of_the_second_repository(archive: Archive) -> None:
    """Its user does not even see it; over the wire, with its certificate, it may ask and changes nothing."""
    made = archive.repositories
    made.check()
    before = files_of(made.second)
    for command in (
        ["ls", str(made.second)],
        ["rm", "-rf", str(made.second)],
        ["cp", "/etc/hostname", str(made.second)],
    ):
        ran = subprocess.run([*as_server_user(), *command], capture_output=True, text=True, check=False)
        assert ran.returncode != 0, command
        assert "Permission denied" in ran.stderr
    segment = next(name for name in before if name.endswith(".zst") and name.startswith("archive/"))
    label = made.backups(2)[0]["label"]
    for attack in (
        ["--repo=2", "repo-put", segment],
        ["--repo=2", "repo-put", "archive/tradebase/archive.info"],
        ["--repo=2", "repo-put", f"backup/tradebase/{label}/backup.manifest"],
        ["--repo=2", "--recurse", "repo-rm", "archive"],
        ["--repo=2", f"--set={label}", "expire"],
        ["--repo=2", "--force", "stanza-delete"],
    ):
        ran = made.attempt("database", *attack)
        assert ran.returncode != 0, (attack, ran.stdout)
    made.attempt("database", "start")
    # What it may do is add; an attempt to replace gets no further than its temporary file.
    after = files_of(made.second)
    assert before.items() <= after.items()
    assert all(name.endswith(".pgbackrest.tmp") for name in after.keys() - before.keys())
    assert made.verify(2) == []


def as_receiver(script: str, *arguments: object) -> int:
    """Run a shell script as the user who receives and return its exit code."""
    prefix = as_user("tradebase-receiver", "tradebase-keeper")
    return subprocess.run(
        [*prefix, "sh", "-c", script, "sh", *map(str, arguments)], capture_output=True, check=False
    ).returncode


@ONLY_ROOT
def test_what_is_sealed_is_not_the_receivers_any_more(archive: Archive) -> None:
    """Who receives can take back what has just come; of what is sealed it removes, replaces and changes nothing."""
    made = archive.repositories
    made.seal()
    with databases.connect(archive.server) as admin:
        # The way of pgbackrest check, without its seal.
        admin.execute("SELECT pg_create_restore_point('sealed'), pg_switch_wal()")
    made.call("database", "check")
    wal = made.second / "archive/tradebase"
    new = [file for file in wal.rglob("*.zst") if file.owner() == "tradebase-receiver"]
    assert new
    # The attack works while it can: otherwise what follows would prove nothing.
    assert as_receiver('mv "$1" "$1.gone" && mv "$1.gone" "$1"', new[0]) == 0
    assert made.seal() >= len(new)
    assert made.seal() == 0
    before = files_of(made.second)
    some = [*wal.rglob("*.zst"), *made.second.glob("backup/tradebase/*/backup.manifest"), wal / "archive.info"]
    for file in some:
        for script in (
            'rm -f "$1"', 'mv "$1" "$1.gone"', ': > "$1"', 'echo x >> "$1"', 'chmod 666 "$1"',
            'cp /etc/hostname "$1.new" && mv -f "$1.new" "$1"', 'mv "$(dirname "$1")" "$(dirname "$1").gone"',
        ):  # fmt: skip
            assert as_receiver(script, file) != 0, (script, file)
    for left in wal.rglob("*.new"):
        left.unlink()
    assert files_of(made.second) == before
    # And WAL goes on arriving in folders that are not its own.
    made.check()


@contextmanager
def damaged(file: Path, how: Callable[[bytes], bytes | None]) -> Iterator[None]:
    """Damage a file, or take it away, and put it back as it was."""
    facts, whole = file.stat(), file.read_bytes()
    changed = how(whole)
    if changed is None:
        file.unlink()
    else:
        file.write_bytes(changed)
    try:
        yield
    finally:
        file.write_bytes(whole)
        file.chmod(facts.st_mode)
        os.chown(file, facts.st_uid, facts.st_gid)


def flip(whole: bytes) -> bytes:
    """Change one bit in the middle."""
    middle = len(whole) // 2
    return whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]


@pytest.mark.parametrize("number", [1, 2])
def test_verify_sees_what_is_damaged(archive: Archive, number: int) -> None:
    """A flipped bit, a file cut off, a segment missing in the middle or at the end; and nothing when all is well."""
    made = archive.repositories
    made.check()
    assert made.verify(number) == []
    folder = made.repository(number)
    oldest = made.backups(number)[0]["archive"]["start"]
    segments = sorted(file for file in folder.glob("archive/*/*/*/*.zst") if file.name[:24] > oldest)
    largest = max(folder.glob("backup/tradebase/*F/**/*"), key=lambda file: file.stat().st_size)
    for file, how in (
        (largest, flip), (largest, lambda whole: whole[:-100]), (largest, lambda _: None), (segments[1], flip),
        (segments[1], lambda _: None), (segments[-1], lambda _: None),
    ):  # fmt: skip
        with damaged(file, how):
            assert made.verify(number) != [], (file, how)
    assert made.verify(number) == []


def test_a_push_that_waits_is_seen_until_it_ends(archive: Archive) -> None:
    """Without who receives it waits; whoever takes the repositories away waits for it, or its server could not stop."""
    made, receiver = archive.repositories, archive.repositories.part("receiver")
    parts.stop(receiver)
    try:
        archive.mark()
        with databases.connect(archive.server) as admin:
            admin.execute("SELECT pg_switch_wal()")
        wait_until(made.is_pushing, "nothing is pushed")
    finally:
        parts.start(receiver, lambda: pgbackrest.answers(made, "receiver"))
    made.check()
    wait_until(lambda: not made.is_pushing(), "it goes on pushing")


def test_a_backup_of_no_kind_is_refused(archive: Archive) -> None:
    """The kinds that there are, are named."""
    with pytest.raises(Problem, match="full, diff, incr") as refused:
        archive.repositories.run("half", 1)
    assert refused.value.code == REFUSED


def test_nothing_is_known_where_nothing_was_made(tmp_path: Path) -> None:
    """A folder without repositories has no cluster."""
    assert Repositories(tmp_path).live() is None
