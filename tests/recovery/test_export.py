"""An export comes back row by row and with its catalog, also into a newer PostgreSQL and on Supabase, or not at all."""

import hashlib
import json
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from catalogs import refuse_difference

from tradebase import Problem
from tradebase import database as databases
from tradebase.backup import export as exports
from tradebase.backup.export import Export
from tradebase.catalog import CLUSTER
from tradebase.embedded import binaries_of, programs_of
from tradebase.hosted import hosted_project
from tradebase.server import SUPERUSER, Server, temporary_server, version_of
from tradebase.storm import Board, Client, set_up, violations

pytestmark = pytest.mark.xdist_group("export")
BACK = "back"


def at(server: Server, database: str, user: str) -> str:
    """Return how libpq gets there."""
    return f"host={server.socket} port={server.port} dbname={database} user={user}"


def trade(server: Server, database: str, owner: str, seed: int, commands: int) -> None:
    """Let somebody trade, whom nothing unexpected is refused."""
    client = Client(seed, seed, Board())
    client.run(lambda: databases.connect(server, database, owner), lambda sent: sent < commands)
    assert client.unexpected == []


@pytest.fixture(scope="module")
def keys(open_folder: Path) -> tuple[Path, Path]:
    """Give a private key and the file of its public one."""
    key, recipients = open_folder / "key", open_folder / "recipients"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    recipients.write_bytes(subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True).stdout)
    return key, recipients


@pytest.fixture(scope="module")
def source(template) -> Iterator[tuple[Server, str]]:
    """Give a database that was traded in, with a consumer that has not read to the end."""
    with databases.temporary_clone(template.server, template.name, "exported") as name:
        with databases.connect(template.server, name, databases.OWNER) as owner:
            owner.execute("SELECT events.add_consumer('cache')")
            set_up(owner)
        trade(template.server, name, databases.OWNER, 1, 300)
        yield template.server, name


@pytest.fixture(scope="module")
def exported(source, keys, open_folder: Path) -> Export:
    """Give an export of it."""
    server, name = source
    return exports.export(at(server, name, SUPERUSER), open_folder / "exports", keys[1])


@pytest.fixture
def target(cluster_starter) -> Iterator[Server]:
    """Give a cluster with an empty database of the owner's."""
    with cluster_starter() as server:
        databases.prepare(server, BACK, test_tools=False)
        yield server


def rows(server: Server, database: str, schemas: list[str]) -> dict[str, str]:
    """Return a hash of each table's rows as they are printed; of what exports and imports write themselves, nothing."""
    without = {
        "outbox": "WHERE incarnation < 2",
        "job_runs": "WHERE job <> 'ops.begin_incarnation'",
        "backups": "WHERE kind <> 'export'",
        "recovery_drills": "WHERE kind <> 'export'",
    }
    found = {}
    with databases.connect(server, database) as admin:
        tables = admin.execute(
            """
            SELECT c.oid::regclass::text, coalesce(p.relname, c.relname), ops.leaf_columns(c.oid::regclass)
            FROM pg_class AS c
            LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
            LEFT JOIN pg_class AS p ON p.oid = i.inhparent
            WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text = ANY (%s)
            """,
            [schemas],
        ).fetchall()
        admin.execute("SET timezone = 'UTC'")
        for table, of, columns in tables:
            listed = ", ".join(f'"{column}"' for column in columns)
            query = f"SELECT {listed} FROM {table} {without.get(of, '')} ORDER BY ROW({listed})::text"
            digest = hashlib.sha256()
            with admin.cursor().copy(f"COPY ({query}) TO STDOUT") as out:
                for chunk in out:
                    digest.update(chunk)
            found[table] = digest.hexdigest()
    assert len(found) > 60
    return found


def definitions(server: Server, database: str, schemas: list[str]) -> list[str]:
    """Return the catalog, and nothing of how a server prints an expression that it has read from print.

    Parentheses are fewer then, a constant gets its type for a name, and 18 leaves out the name of a single table. An
    import raises the number of incarnations.
    """
    dumped = subprocess.run(
        [programs_of(18) / "pg_dump", "-s", *(f"--schema={schema}" for schema in schemas)],
        env=databases.environment(server, server.superuser, database),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = [line for line in dumped.splitlines() if line and not re.match(r"--|\\(un)?restrict |SET ", line)]
    # The qualifiers before the parentheses: of max(s.bytes) and max(bytes) both are maxbytes then.
    printed = [re.sub(r"\b\w+\.(?=[a-z])", "", re.sub(r"::(\w+) AS \w+(,?)$", r"::\1\2", line)) for line in lines]
    assert len(printed) > 10_000
    return [
        re.sub(r"incarnation integer DEFAULT \d", "incarnation integer", re.sub(r"[()]", "", line)) for line in printed
    ]


def outside(server: Server, database: str) -> list[str]:
    """Return what of the catalog belongs to the whole database or cluster, and what hangs on tables of Supabase's."""
    with databases.connect(server, database) as admin:
        cluster = [
            " | ".join(map(str, row)) for row in admin.execute(CLUSTER) if row[0] in ("default privileges", "database")
        ]
        hanging = [
            row
            for (row,) in admin.execute(
                """
                SELECT concat_ws(' ', tgrelid::regclass, pg_get_triggerdef(oid), tgenabled) FROM pg_trigger
                WHERE NOT tgisinternal AND tgrelid::regclass::text ~ '^(auth|realtime)[.]'
                UNION ALL
                SELECT to_jsonb(p)::text FROM pg_policies AS p WHERE schemaname IN ('auth', 'realtime', 'storage')
                UNION ALL
                SELECT to_jsonb(p)::text FROM pg_publication_tables AS p
                ORDER BY 1
                """
            )
        ]
    assert len(cluster) >= 3
    assert len(hanging) >= 6
    return cluster + hanging


def cursor_goes_on(server: Server, database: str, owner: str, pending: list[tuple]) -> None:
    """Read as the consumer of before: first all it had not read, in order, then what is new, each once."""
    read = []
    with databases.connect(server, database, owner) as worker:
        assert worker.execute("SELECT problem FROM events.status()").fetchone() == (None,)
        while page := worker.execute("SELECT id, topic, upto_xid, stream_id FROM events.read('cache')").fetchall():
            read += page
            worker.execute("SELECT events.acknowledge('cache', %s, %s, %s)", [page[-1][2], page[-1][0], len(page)])
        told = worker.execute("SELECT id, topic, incarnation FROM events.outbox ORDER BY incarnation, id").fetchall()
    assert [(event, topic) for event, topic, _, _ in read][: len(pending)] == pending
    assert sorted(event for event, *_ in read) == sorted(event for event, *_ in told)
    assert [number for *_, number in told].count(2) > 100
    # A stream takes only what is later than what it has.
    places = [tuple(map(int, stream_id.split("-"))) for *_, stream_id in read]
    assert places == sorted(places)


def prove(source: tuple[Server, str], target: tuple[Server, str], owner: str, schemas: list[str]) -> None:
    """Assert that a database is what was exported, and that life goes on in it as in another incarnation."""
    here, there = (sorted(definitions(*one, schemas)) for one in (target, source))
    refuse_difference(here, there, "the catalog differs")
    refuse_difference(outside(*target), outside(*source), "what is not dumped differs")
    assert rows(*target, schemas) == rows(*source, schemas)
    events = "SELECT id, topic FROM events.outbox WHERE incarnation = 1 ORDER BY id"
    with databases.connect(*source) as admin:
        pending = admin.execute(events).fetchall()
        audited = admin.execute("SELECT max(id), count(*) FROM audit.audit_logs").fetchone()
    assert len(pending) > 100
    server, database = target
    trade(server, database, owner, 2, 150)
    with databases.connect(server, database, owner) as session:
        assert violations(session) == []
        branches = "SELECT incarnation, min(id), max(id), count(*) FROM audit.audit_logs GROUP BY 1 ORDER BY 1"
        (first, _, upto, many), (second, next_one, *_) = session.execute(branches).fetchall()
        assert (first, second, (upto, many)) == (1, 2, audited)
        # Drawn from where the sequence was.
        assert next_one > upto
        said = session.execute("SELECT detail FROM ops.job_runs WHERE job = 'ops.begin_incarnation'").fetchall()
        assert [detail["incarnation"] for (detail,) in said] == [2]
        assert said[0][0]["reason"].startswith("Import of tradebase-")
    cursor_goes_on(server, database, owner, pending)


ALL = [*exports.SCHEMAS, *exports.STAND_INS]


def test_an_export_comes_back(source, exported: Export, keys, target: Server) -> None:
    """Into an empty database of another cluster: its rows, its catalog, and life goes on."""
    report = exports.restore(exported, keys[0], at(target, BACK, databases.OWNER))
    assert report["rows"] > 1000
    prove(source, (target, BACK), databases.OWNER, ALL)


def test_an_export_comes_back_into_18(request: pytest.FixtureRequest, source, exported: Export, keys) -> None:
    """The way to upgrade: the same into the newest PostgreSQL, where with --full each change verifies."""
    inside = Path(source[0].home)
    assert version_of(Path(source[0].binaries)) <= 18
    with temporary_server(binaries_of(18), inside) as server:
        databases.prepare(server, BACK, test_tools=False)
        exports.restore(exported, keys[0], at(server, BACK, databases.OWNER))
        if request.config.option.full:
            databases.sqitch(server, BACK, "verify")
        prove(source, (server, BACK), databases.OWNER, ALL)


def test_a_hosted_project_comes_back(template, keys, open_folder: Path) -> None:
    """By its owner, who is no superuser, into a new project, once its people are there; nothing of Supabase's own."""
    binaries, inside = Path(template.server.binaries), Path(template.server.home)
    with (
        hosted_project(binaries, inside, gives_away=True) as old,
        hosted_project(binaries, inside, gives_away=True) as new,
    ):
        databases.sqitch(old, "postgres", "deploy", "--no-verify", user="postgres")
        with databases.connect(old, "postgres", "postgres") as owner:
            owner.execute("SELECT events.add_consumer('cache')")
            set_up(owner)
        trade(old, "postgres", "postgres", 1, 200)
        with databases.connect(old) as platform:
            platform.execute("UPDATE auth.users SET encrypted_password = 'canary of a password'")
            platform.execute("INSERT INTO auth.refresh_tokens (token) VALUES ('canary of a token')")
            platform.execute("INSERT INTO vault.secrets (name, secret) VALUES ('canary', 'canary of the vault')")
        made = exports.export(at(old, "postgres", "postgres"), open_folder / "hosted", keys[1])
        listed = exports.converted(made, keys[0], programs_of(18), "--list").decode()
        named = {line.split()[4] for line in listed.splitlines() if re.match(r"\d+; 1259 \d+ TABLE ", line)}
        assert named <= set(exports.SCHEMAS)
        opened = exports.converted(made, keys[0], programs_of(18)).decode()
        assert "STORM1" in opened
        assert "canary" not in opened
        assert "@project.example" not in opened
        where = at(new, "postgres", "postgres")
        with pytest.raises(Problem, match=r"people of the export are not in auth\.users"):
            exports.restore(made, keys[0], where)
        with databases.connect(old) as there, databases.connect(new) as here:
            # What the platform brings back of its own, before ours.
            people = there.execute("SELECT to_jsonb(u) FROM auth.users AS u").fetchall()
            for (person,) in people:
                here.execute(
                    "INSERT INTO auth.users SELECT * FROM jsonb_populate_record(NULL::auth.users, %s)",
                    [json.dumps(person)],
                )
        exports.restore(made, keys[0], where)
        assert exports.rehearse(made, keys[0], None)["checks"] > 20
        prove((old, "postgres"), (new, "postgres"), "postgres", list(exports.SCHEMAS))


# Refused, and nothing is changed.


def empty(server: Server) -> bool:
    """Say whether nothing of ours is in the database."""
    with databases.connect(server, BACK) as admin:
        return not admin.execute(exports.EMPTY, [list(exports.SCHEMAS)]).fetchall()


def altered(exported: Export, folder: Path) -> Export:
    """Return a copy of an export, to be damaged."""
    copy = folder / exported.folder.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(exported.folder, copy)
    return Export(copy)


def sums(made: Export) -> None:
    """Have the sums of an export be those of its files: as whoever means harm would."""
    said = "".join(f"{exports.sum_of(made.folder / name)}  {name}\n" for name in exports.FILES)
    (made.folder / "SHA256SUMS").write_text(said)


def flipped(file: Path, place: float) -> None:
    """Change a bit of a file."""
    content = bytearray(file.read_bytes())
    content[int(len(content) * place)] ^= 1
    file.write_bytes(content)


def test_what_is_damaged_is_refused(exported: Export, keys, target: Server, tmp_path: Path) -> None:
    """A bit, an end that is missing, rows that are others, another key: refused by name, and the database is empty."""
    where = at(target, BACK, databases.OWNER)
    for file in exports.FILES:
        for place in (0.001, 0.5, 0.999):
            flipped((made := altered(exported, tmp_path)).folder / file, place)
            with pytest.raises(Problem, match=f"is damaged \\({file} is not what was written\\)"):
                exports.restore(made, keys[0], where)
            sums(made)
            with pytest.raises(Problem, match=r"cannot be read|Nothing was imported"):
                exports.restore(made, keys[0], where)
            assert empty(target), (file, place)
    # Whole chunks are cut off: each of those that are left is genuine.
    made = altered(exported, tmp_path)
    whole = (made.folder / "dump.age").read_bytes()
    (made.folder / "dump.age").write_bytes(whole[: len(whole) // 2])
    sums(made)
    with pytest.raises(Problem, match=r"cannot be read|Nothing was imported"):
        exports.restore(made, keys[0], where)
    # A row less than there was, by who has the recipients.
    made = altered(exported, tmp_path)
    manifest = exports.manifest_of(made, keys[0])
    next(table for table in manifest["tables"] if table["name"] == "portfolio.transfers")["rows"] += 1
    (made.folder / "manifest.age").unlink()
    exports.encrypt(made.folder / "manifest.age", keys[1], json.dumps(manifest).encode())
    sums(made)
    with pytest.raises(Problem, match=r"not as they were exported: portfolio\.transfers \("):
        exports.restore(made, keys[0], where)
    other = tmp_path / "other"
    subprocess.run(["age-keygen", "-o", other], check=True, capture_output=True)
    with pytest.raises(Problem, match="cannot be read with"):
        exports.restore(exported, other, where)
    with pytest.raises(Problem, match="cannot be read"):
        exports.restore(exported, tmp_path / "none", where)
    with pytest.raises(Problem, match="There is no export"):
        exports.restore(Export(tmp_path / "tradebase-20010101T000000Z"), keys[0], where)
    with pytest.raises(Problem, match="belongs to tradebase: connect as that role"):
        exports.restore(exported, keys[0], at(target, BACK, SUPERUSER))
    assert empty(target)


def test_what_is_there_is_not_written_over(source, exported: Export, keys) -> None:
    """A database with the package in it is no place for another one."""
    with pytest.raises(Problem, match="has schema api already"):
        exports.restore(exported, keys[0], at(*source, databases.OWNER))


def test_a_part_is_not_exported(source, keys, tmp_path: Path) -> None:
    """Whoever is under row level security, the tables' owner too, would export what they see: refused."""
    server, name = source
    with pytest.raises(Problem, match="under row level security"):
        exports.export(at(server, name, databases.OWNER), tmp_path / "part", keys[1])
    # pg_dump itself says so, and leaves out nothing.
    dumped = subprocess.run(
        [programs_of(18) / "pg_dump", "-t", "portfolio.ledger_entries", "-t", "partitions.ledger_entries_*"],
        env=databases.environment(server, databases.OWNER, name),
        capture_output=True,
        text=True,
        check=False,
    )
    assert dumped.returncode == 1
    assert "would be affected by row-level security policy" in dumped.stderr
    with pytest.raises(Problem, match="has no Tradebase in it"):
        exports.export(at(server, "postgres", SUPERUSER), tmp_path / "part", keys[1])
    with pytest.raises(Problem, match="cannot be read"):
        exports.export(at(server, name, SUPERUSER), tmp_path / "part", tmp_path / "none")
    bad = tmp_path / "bad"
    bad.write_text("age1nobody\n")
    with pytest.raises(Problem, match="age did not encrypt"):
        exports.export(at(server, name, SUPERUSER), tmp_path / "part", bad)
    assert [*(tmp_path / "part").iterdir()] == []


def test_it_is_what_stock_tools_read(exported: Export, keys) -> None:
    """Only its owner reads its files, sha256sum knows them, and age and pg_restore need nothing of ours."""
    assert stat.S_IMODE(exported.folder.stat().st_mode) == 0o700
    for file in exported.folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=exported.folder, check=True, capture_output=True)
    programs = programs_of(18)
    said = subprocess.run(
        ["sh", "-c", f"age -d -i {keys[0]} {exported.folder}/dump.age | {programs}/pg_restore -l"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert " TABLE DATA partitions orders_open " in said


def test_thirty_days_are_kept(source, exported: Export, keys, tmp_path: Path) -> None:
    """Of 45 nights: how it was at any moment of 30 days; who is older goes, but for the newest, if it is whole."""
    server, name = source
    now = datetime(2026, 3, 15, 2, tzinfo=UTC)
    kept = tmp_path / "kept"
    for night in range(1, 46):
        shutil.copytree(exported.folder, kept / f"tradebase-{now - timedelta(days=night):%Y%m%dT%H%M%SZ}")
    (kept / "notes").write_text("not ours")
    (kept / ".tradebase-20260101T020000Z.partial").mkdir()
    flipped(kept / f"tradebase-{now - timedelta(days=31):%Y%m%dT%H%M%SZ}" / "dump.age", 0.5)
    # One that fails takes nothing away.
    with pytest.raises(Problem, match="under row level security"):
        exports.export(at(server, name, databases.OWNER), kept, keys[1], now)
    assert len(exports.exports(kept)) == 45
    made = exports.export(at(server, name, SUPERUSER), kept, keys[1], now)
    ages = [(now - one.made_at).days for one in exports.exports(kept)]
    # 31 is damaged: 32 stands for it, and 31 is gone with the next.
    assert ages == [32, *range(31, -1, -1)]
    assert made.damage() is None
    assert (kept / "notes").exists()
    assert not (kept / ".tradebase-20260101T020000Z.partial").exists()
    with exports.locked(kept), pytest.raises(Problem, match="Somebody else exports"):
        exports.export(at(server, name, SUPERUSER), kept, keys[1], now + timedelta(days=1))
    # Whoever has not exported for long keeps the last.
    assert len(exports.prune(kept, now + timedelta(days=400))) == 32
    assert exports.exports(kept) == [made]


def test_by_its_commands(source, keys, target: Server, tmp_path: Path) -> None:
    """`tradebase backup export` and `tradebase backup import` answer with what they did, and say what is wrong."""
    command = [f"{Path(sys.executable).parent}/tradebase", "backup"]
    made = subprocess.run(
        [
            *command,
            "export",
            "--json",
            "--to",
            tmp_path / "out",
            "--recipients",
            keys[1],
            "--dsn",
            at(*source, SUPERUSER),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    said = json.loads(made.stdout)
    assert said["bytes"] > 100_000
    back = [*command, "import", said["export"], "--key", keys[0], "--dsn", at(target, BACK, databases.OWNER)]
    assert "are as they were at" in subprocess.run(back, check=True, capture_output=True, text=True).stdout
    # The newest of the folder.
    rehearsed = [*command, "rehearse", tmp_path / "out", "--key", keys[0], "--dsn", at(*source, SUPERUSER), "--json"]
    came = json.loads(subprocess.run(rehearsed, check=True, capture_output=True, text=True).stdout)
    assert came["seconds"] > 0
    assert came["rows"] > 1000
    again = subprocess.run(back, check=False, capture_output=True, text=True)
    assert (again.returncode, "has schema api already" in again.stderr) == (1, True)


def test_it_is_on_record(source, keys, tmp_path: Path) -> None:
    """An export is a row of ops.backups, and so is one that failed."""
    server, name = source
    query = (
        "SELECT label, kind, status, bytes > 0, detail FROM ops.backups WHERE kind = 'export' ORDER BY id DESC LIMIT 1"
    )
    made = exports.export(at(server, name, SUPERUSER), tmp_path / "out", keys[1])
    with databases.connect(server, name) as admin:
        assert admin.execute(query).fetchone()[:4] == (made.folder.name, "export", "succeeded", True)
    bad = tmp_path / "bad"
    bad.write_text("age1nobody\n")
    with pytest.raises(Problem):
        exports.export(at(server, name, SUPERUSER), tmp_path / "other", bad)
    with databases.connect(server, name) as admin:
        assert admin.execute(query).fetchone()[2] == "failed"


def test_a_rehearsal_is_on_record(source, exported: Export, keys, tmp_path: Path) -> None:
    """A good one with what a disaster would have cost, a bad one with why, in ops.recovery_drills."""
    server, name = source
    query = "SELECT target, kind, status, rpo, rto, detail FROM ops.recovery_drills ORDER BY id DESC LIMIT 1"
    exports.rehearse(exported, keys[0], at(server, name, SUPERUSER))
    with databases.connect(server, name) as admin:
        target, kind, status, rpo, rto, _ = admin.execute(query).fetchone()
    assert (target, kind, status) == (exported.folder.name, "export", "succeeded")
    assert rpo > timedelta(0)
    assert rto > timedelta(0)
    flipped((made := altered(exported, tmp_path)).folder / "dump.age", 0.5)
    with pytest.raises(Problem, match="is damaged"):
        exports.rehearse(made, keys[0], at(server, name, SUPERUSER))
    with databases.connect(server, name) as admin:
        _, _, status, *_, detail = admin.execute(query).fetchone()
    assert (status, "is damaged" in detail["problem"]) == ("failed", True)
