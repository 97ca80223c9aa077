"""A logical dump that only the holder of a key reads, kept for 30 days; and its way back into an empty database.

An export is a folder, made under another name and renamed when all of it is there: `dump.age` is pg_dump's custom
format, `manifest.age` has the rows and a checksum of each table, and `sha256sum -c SHA256SUMS` needs no key.
Without us: `age -d -i KEY dump.age | pg_restore -l`.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb

from tradebase import ENVIRONMENT, PROJECT, Problem
from tradebase.bench import disk_folder
from tradebase.database import connect, psql
from tradebase.embedded import binaries_of, programs_of
from tradebase.hosted import DATABASE, hosted_project
from tradebase.server import installed_binaries, temporary_server, version_of

FORMAT = "tradebase export 1"
KEPT = timedelta(days=30)
NAME = re.compile(r"tradebase-(\d{8}T\d{6}Z)")
FILES = ("dump.age", "manifest.age")
# Ours, and sqitch's registry, so that a release goes on from where it was. Of Supabase's schemas nothing is dumped.
SCHEMAS = (
    "core", "identity", "market", "trading", "portfolio", "system", "audit", "events", "ops", "monitoring", "api",
    "partitions", "attic", "sqitch",
)  # fmt: skip
STAND_INS = ("auth", "realtime")
# A row is summed as it is printed: everywhere the same way.
SETTINGS = """
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET lock_timeout = '30s'
"""
WHO = """
SELECT
    current_user, r.rolsuper OR r.rolbypassrls, n.nspowner::regrole::text,
    coalesce(obj_description(to_regnamespace('auth'), 'pg_namespace') = 'made by tradebase', FALSE)
FROM pg_roles AS r LEFT JOIN pg_namespace AS n ON n.nspname = 'ops'
WHERE r.rolname = current_user
"""
TABLES = """
SELECT format('%%I.%%I', n.nspname, c.relname), d.rows, d.checksum
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL ops.row_digest(c.oid::regclass, ops.leaf_columns(c.oid::regclass)) AS d
WHERE c.relkind = 'r' AND n.nspname = ANY (%s)
ORDER BY 1
"""
# What is ours and pg_dump leaves out, since it hangs on what is not dumped: default privileges of the whole database,
# members of a publication, and on Supabase's own tables our triggers and policies.
OUTSIDE = """
WITH owner AS (SELECT nspowner AS oid FROM pg_namespace WHERE nspname = 'ops'),

theirs AS (
    SELECT c.oid, c.oid::regclass::text AS name
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('auth', 'realtime', 'storage') AND NOT n.nspname = ANY (%(schemas)s)
),

defaults AS (
    SELECT k.word, a.is_given, e.*
    FROM pg_default_acl AS d
    JOIN owner AS o ON o.oid = d.defaclrole
    JOIN (VALUES
        ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'FUNCTIONS'), ('T', 'TYPES'), ('n', 'SCHEMAS')
    ) AS k (type, word) ON k.type = d.defaclobjtype::text
    -- What is given beside what PostgreSQL gives by itself: what is in both is no change.
    CROSS JOIN LATERAL (VALUES
        (FALSE, acldefault(CASE k.type WHEN 'S' THEN 's' ELSE k.type END::"char", d.defaclrole)), (TRUE, d.defaclacl)
    ) AS a (is_given, acl)
    CROSS JOIN LATERAL aclexplode(a.acl) AS e
    WHERE d.defaclnamespace = 0
)

SELECT x.statement
FROM (
    SELECT 1 AS n, format(
        'ALTER DEFAULT PRIVILEGES %%s %%s ON %%s %%s %%s', CASE WHEN d.is_given THEN 'GRANT' ELSE 'REVOKE' END,
        d.privilege_type, d.word, CASE WHEN d.is_given THEN 'TO' ELSE 'FROM' END, d.who
    ) AS statement
    FROM (
        SELECT
            d.word, d.privilege_type, CASE d.grantee WHEN 0 THEN 'PUBLIC' ELSE d.grantee::regrole::text END AS who,
            bool_or(d.is_given) AS is_given, count(*) AS times
        FROM defaults AS d
        GROUP BY d.word, d.privilege_type, d.grantee
    ) AS d
    WHERE d.times = 1
    UNION ALL
    SELECT 2, format('CREATE PUBLICATION %%I', p.pubname)
    FROM pg_publication AS p WHERE obj_description(p.oid, 'pg_publication') = 'made by tradebase'
    UNION ALL
    SELECT 3, format('COMMENT ON PUBLICATION %%I IS %%L', p.pubname, 'made by tradebase')
    FROM pg_publication AS p WHERE obj_description(p.oid, 'pg_publication') = 'made by tradebase'
    UNION ALL
    SELECT 4, format('ALTER PUBLICATION %%I ADD TABLE %%s', p.pubname, r.prrelid::regclass)
    FROM pg_publication_rel AS r
    JOIN pg_publication AS p ON p.oid = r.prpubid
    JOIN pg_class AS c ON c.oid = r.prrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = ANY (%(schemas)s)
    UNION ALL
    SELECT 5, pg_get_triggerdef(g.oid)
    FROM pg_trigger AS g
    JOIN theirs AS t ON t.oid = g.tgrelid
    JOIN pg_proc AS p ON p.oid = g.tgfoid
    JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = ANY (%(schemas)s)
    WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 6, format(
        'CREATE POLICY %%I ON %%s AS %%s FOR %%s TO %%s%%s%%s', p.polname, t.name,
        CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
        CASE p.polcmd
            WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL'
        END,
        (
            SELECT string_agg(CASE r.r WHEN 0 THEN 'PUBLIC' ELSE r.r::regrole::text END, ', ')
            FROM unnest(p.polroles) AS r (r)
        ),
        ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
        ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'
    )
    FROM pg_policy AS p JOIN theirs AS t ON t.oid = p.polrelid
    WHERE p.polname LIKE '%%tradebase%%'
) AS x
ORDER BY x.n, x.statement
"""
EMPTY = """
SELECT n.nspname FROM pg_namespace AS n WHERE n.nspname = ANY (%s) ORDER BY 1
"""
# Nobody but the owner is there yet, and row level security is not on: what was copied is read whole, and compared.
COMPARE = """
DO $do$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(w.name || ' (' || d.rows || ' of ' || w.rows || ' rows)', ', ' ORDER BY w.name) INTO wrong
    FROM jsonb_to_recordset({manifest}) AS w (name text, rows bigint, checksum text)
    CROSS JOIN LATERAL ops.row_digest(w.name::regclass, ops.leaf_columns(w.name::regclass)) AS d
    WHERE (d.rows, d.checksum) IS DISTINCT FROM (w.rows, w.checksum);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'these tables are not as they were exported: %', wrong USING ERRCODE = 'TR903';
    END IF;
    SELECT count(*) || ' people of the export' INTO wrong
    FROM identity.users AS u
    WHERE u.auth_user_id IS NOT NULL AND NOT EXISTS (SELECT FROM auth.users AS a WHERE a.id = u.auth_user_id)
    HAVING count(*) > 0;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '% are not in auth.users: bring back Supabase''s own first', wrong USING ERRCODE = 'TR012';
    END IF;
END
$do$;
"""


@dataclass(frozen=True)
class Export:
    """An export as it lies there."""

    folder: Path

    @property
    def made_at(self) -> datetime:
        """When it was begun: what it holds was so then."""
        return datetime.strptime(NAME.fullmatch(self.folder.name)[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    @property
    def bytes(self) -> int:
        """What it takes."""
        return sum(file.stat().st_size for file in self.folder.iterdir())

    def damage(self) -> str | None:
        """Return what is wrong with its files; None when they are as they were written."""
        try:
            wanted = dict(line.split("  ")[::-1] for line in (self.folder / "SHA256SUMS").read_text().splitlines())
            if sorted(wanted) != sorted(FILES):
                return "SHA256SUMS does not name its files"
            for name in FILES:
                if sum_of(self.folder / name) != wanted[name]:
                    return f"{name} is not what was written"
        except (OSError, ValueError) as why:
            return str(why)
        return None


def sum_of(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def exports(folder: Path) -> list[Export]:
    """Return the exports of a folder, the oldest first; whatever else lies there is not ours."""
    return [Export(one) for one in sorted(folder.iterdir()) if NAME.fullmatch(one.name) and one.is_dir()]


def newest(folder: Path) -> Export:
    """Return an export, or the newest of a folder of them; REFUSED where there is none."""
    if NAME.fullmatch(folder.name):
        return Export(folder)
    if not folder.is_dir() or not (there := exports(folder)):
        raise Problem(f"There is no export in {folder}: make one with tradebase backup export.")
    return there[-1]


def age() -> str:
    """Return the path of age; ENVIRONMENT where it is missing."""
    if not (found := shutil.which("age")):
        raise Problem("age is missing: install age (Debian, Ubuntu), then try again.", ENVIRONMENT)
    return found


def readable(file: Path, what: str) -> Path:
    """Return a file of a key; REFUSED where there is none."""
    if not file.is_file() or not os.access(file, os.R_OK):
        raise Problem(
            f"{what} {file} cannot be read. Keys are made by: age-keygen -o KEY; age-keygen -y KEY > RECIPIENTS. "
            "The key is kept where the exports are not."
        )
    return file


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only one who exports into the folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Problem(f"Somebody else exports into {folder}: wait until they are done.") from None
    else:
        yield
    finally:
        os.close(handle)


def export(conninfo: str, folder: Path, recipients: Path, now: datetime | None = None) -> Export:
    """Write an encrypted export of what is committed now, put it on record, remove what is older than 30 days.

    Nothing is removed before the new one is whole.
    """
    age(), readable(recipients, "The file of recipients")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = now or datetime.now(UTC)
    made = Export(folder / f"tradebase-{now:%Y%m%dT%H%M%SZ}")
    if made.folder.exists():
        raise Problem(f"{made.folder} is there already: wait a second, and export again.")
    with locked(folder), psycopg.connect(conninfo, application_name="tradebase export", autocommit=True) as session:
        for left in folder.glob(".tradebase-*.partial"):
            shutil.rmtree(left)
        partial = folder / f".{made.folder.name}.partial"
        partial.mkdir(mode=0o700)
        begun_at = datetime.now(UTC)
        try:
            write(session, conninfo, partial, recipients)
            partial.rename(made.folder)
            sync(folder)
        except BaseException as why:
            shutil.rmtree(partial, ignore_errors=True)
            with suppress(psycopg.Error):
                record(session, begun_at, None, str(why))
            raise
        record(session, begun_at, made, None)
        prune(folder, now)
    return made


def write(session: psycopg.Connection, conninfo: str, into: Path, recipients: Path) -> None:
    """Write the files of an export into a folder, all of one snapshot, and to the disk."""
    session.execute(SETTINGS)
    who, sees_all, owner, has_stand_ins = session.execute(WHO).fetchone()
    if owner is None:
        raise Problem(f"Database {session.info.dbname} has no Tradebase in it: name another with --dsn.")
    if not sees_all:
        raise Problem(
            f"{who} is under row level security and would export a part: connect as a superuser, or as an owner who "
            "has BYPASSRLS, as postgres has on Supabase."
        )
    schemas = [*SCHEMAS, *(STAND_INS if has_stand_ins else ())]
    programs = programs_of(session.info.server_version // 10000)
    with session.transaction():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # Whatever would be left out is an error: the checksums are of every row, as the dump is.
        session.execute("SET LOCAL row_security = off")
        snapshot, version, system = session.execute(
            "SELECT pg_export_snapshot(), version(), system_identifier::text FROM pg_control_system()"
        ).fetchone()
        command = [
            programs / "pg_dump", "--format=custom", f"--snapshot={snapshot}", "--no-password",
            "--lock-wait-timeout=30s", *(f"--schema={schema}" for schema in schemas),
        ]  # fmt: skip
        with subprocess.Popen(
            command, env=environment(conninfo), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as dump:
            encrypt(into / "dump.age", recipients, dump.stdout)
            said = dump.stderr.read().decode(errors="replace").strip()
        if dump.returncode != 0:
            raise Problem(f"pg_dump failed; nothing was exported: {said}")
        tables = session.execute(TABLES, [schemas]).fetchall()
        manifest = {
            "format": FORMAT, "owner": owner, "database": session.info.dbname, "server": version,
            "major": session.info.server_version // 10000, "system_identifier": system, "stand_ins": has_stand_ins,
            "outside": [said for (said,) in session.execute(OUTSIDE, {"schemas": schemas})],
            "tables": [{"name": name, "rows": rows, "checksum": checksum} for name, rows, checksum in tables],
        }  # fmt: skip
    encrypt(into / "manifest.age", recipients, json.dumps(manifest).encode())
    sums = into / "SHA256SUMS"
    sums.touch(mode=0o600)
    sums.write_text("".join(f"{sum_of(into / name)}  {name}\n" for name in FILES))
    for file in into.iterdir():
        sync(file)
    sync(into)


def encrypt(file: Path, recipients: Path, content: object) -> None:
    """Write what a pipe or a text holds into a file that only the holders of the recipients' keys read."""
    given = {"input": content} if isinstance(content, bytes) else {"stdin": content}
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as out:  # noqa: PTH123 (a handle, so that it never is anybody else's)
        done = subprocess.run(
            [age(), "--encrypt", "-R", recipients], **given, stdout=out, stderr=subprocess.PIPE, check=False
        )
    if done.returncode != 0:
        raise Problem(f"age did not encrypt {file.name}: {done.stderr.decode(errors='replace').strip()}")


def sync(path: Path) -> None:
    """Have a file or a folder on the disk."""
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def environment(conninfo: str) -> dict[str, str]:
    """Return the environment in which programs go where `conninfo` says: a list of processes shows no password."""
    given = {
        option.envvar.decode(): option.val.decode()
        for option in pq.Conninfo.parse(conninfo.encode())
        if option.envvar and option.val is not None
    }
    return os.environ | given | {"TZ": "UTC", "LC_ALL": "C.UTF-8"}


def record(session: psycopg.Connection, begun_at: datetime, made: Export | None, problem: str | None) -> None:
    """Put an export on record in ops.backups, where that is."""
    if session.closed or session.execute("SELECT to_regclass('ops.backups')").fetchone()[0] is None:
        return
    session.execute(
        "SELECT ops.record_backup(repository => NULL, label => %s, kind => 'export', started_at => %s, bytes => %s, "
        "repository_bytes => %s, status => %s, detail => %s)",
        [
            made.folder.name if made else None, begun_at, made.bytes if made else None, made.bytes if made else None,
            "succeeded" if made else "failed", Jsonb({"problem": problem} if problem else {"folder": str(made.folder)}),
        ],
    )  # fmt: skip


def prune(folder: Path, now: datetime) -> list[Export]:
    """Remove what is not needed to have how it was at any moment of the last 30 days, and return it.

    The newest of those that are older stays, and whatever stays must be whole: one that is damaged counts for nothing.
    """
    old = [one for one in exports(folder) if one.made_at < now - KEPT]
    while old and old[-1].damage():
        old.pop()
    gone = old[:-1]
    for one in gone:
        shutil.rmtree(one.folder)
    return gone


def decrypted(file: Path, key: Path) -> subprocess.Popen:
    """Return what decrypts a file into a pipe."""
    return subprocess.Popen(
        [age(), "--decrypt", "-i", key, file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    )


def manifest_of(made: Export, key: Path) -> dict[str, object]:
    """Return what an export says of itself; REFUSED where the key is another one, or it is no export."""
    with decrypted(made.folder / "manifest.age", key) as reading:
        content, said = reading.communicate()
    if reading.returncode != 0:
        raise Problem(f"{made.folder} cannot be read with {key}: {said.decode(errors='replace').splitlines()[0]}")
    manifest = json.loads(content)
    if manifest.get("format") != FORMAT:
        raise Problem(f"{made.folder} is of another format than {FORMAT!r}: import it by the release that made it.")
    return manifest


def restore(made: Export, key: Path, conninfo: str) -> dict[str, object]:
    """Bring an export into an empty database of its owner's, all or nothing, and return what is in it.

    Roles and the stand-ins for Supabase's schemas are made before, by deploy/platform.sql, and stay.
    """
    age(), readable(key, "The key")
    if not made.folder.is_dir():
        raise Problem(f"There is no export {made.folder}: name the folder that tradebase backup export has made.")
    if wrong := made.damage():
        raise Problem(f"{made.folder} is damaged ({wrong}): nothing was changed; import another one.")
    manifest = manifest_of(made, key)
    with psycopg.connect(conninfo, autocommit=True, application_name="tradebase import") as session:
        refuse_target(session, manifest)
        major = session.info.server_version // 10000
    run_psql(conninfo, "-q", "-f", str(PROJECT / "deploy/platform.sql"))
    with psycopg.connect(conninfo, autocommit=True) as session:
        _, _, _, has_stand_ins = session.execute(WHO).fetchone()
    if has_stand_ins != manifest["stand_ins"]:
        raise Problem("An export of Supabase goes back to Supabase, and one of plain PostgreSQL to plain PostgreSQL.")
    # Of the one who wrote it, or newer: an older pg_restore does not read it.
    load(made, key, conninfo, manifest, programs_of(manifest["major"]))
    rows = sum(table["rows"] for table in manifest["tables"])
    return {
        "from": manifest["server"], "major": major, "tables": len(manifest["tables"]), "rows": rows,
        "made_at": made.made_at.isoformat(),
    }  # fmt: skip


def rehearse(made: Export, key: Path, conninfo: str | None) -> dict[str, object]:
    """Import an export into a cluster of its own, which is deleted, and return how that went: REFUSED when badly.

    Where `conninfo` leads to a database, it is on record there.
    """
    begun_at, begun = datetime.now(UTC), time.monotonic()
    try:
        manifest = manifest_of(made, readable(key, "The key"))
        with scratch(made, key, manifest) as where:
            report = restore(made, key, where)
            took = time.monotonic() - begun
            with psycopg.connect(where, autocommit=True) as session:
                checks = session.execute("SELECT check_name, bad_count FROM ops.verify_integrity()").fetchall()
        if not checks or (bad := [name for name, count in checks if count]):
            raise Problem(
                f"What comes back of {made.folder} is not sound: {', '.join(bad if checks else ['no checks'])}."
            )
    except (Problem, psycopg.Error) as why:
        record_drill(conninfo, made, begun_at, None, {"problem": str(why)})
        raise
    report |= {"seconds": took, "checks": len(checks)}
    record_drill(conninfo, made, begun_at, took, report)
    return report


@contextmanager
def scratch(made: Export, key: Path, manifest: dict[str, object]) -> Iterator[str]:
    """Yield where an empty database like that of an export is, in a cluster that is gone afterwards."""
    installed = version_of(installed_binaries())
    binaries = binaries_of(max(installed, manifest["major"]))
    owner = manifest["owner"]
    if manifest["stand_ins"]:
        with temporary_server(binaries, disk_folder()) as server, connect(server) as admin:
            name = sql.Identifier(owner)
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(name))
            admin.execute(sql.SQL("CREATE DATABASE rehearsal OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(name))
            yield make_conninfo(host=server.socket, port=server.port, dbname="rehearsal", user=owner)
        return
    with hosted_project(binaries, disk_folder(), gives_away=True) as server:
        with connect(server) as platform, platform.cursor().copy("COPY auth.users (id) FROM STDIN") as people:
            # Of Supabase's own an export has nothing; that somebody is there is all that is asked.
            for user in people_of(made, key, programs_of(manifest["major"])):
                people.write_row([user])
        yield make_conninfo(host=server.socket, port=server.port, dbname=DATABASE, user=owner)


def people_of(made: Export, key: Path, programs: Path) -> list[str]:
    """Return who signs in, by their ids in auth.users."""
    lines = converted(made, key, programs, "--data-only", "--schema=identity", "--table=users").decode().splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("COPY identity.users ("))
    columns = re.search(r"\((.*)\)", lines[begin])[1].split(", ")
    rows = (dict(zip(columns, line.split("\t"), strict=True)) for line in lines[begin + 1 : lines.index("\\.", begin)])
    return [row["id"] for row in rows if row["kind"] == "customer"]


def record_drill(
    conninfo: str | None, made: Export, begun_at: datetime, seconds: float | None, detail: dict[str, object]
) -> None:
    """Put on record in ops.recovery_drills, where that is, what a disaster would have cost."""
    if conninfo is None:
        return
    with psycopg.connect(conninfo, autocommit=True) as session:
        if session.execute("SELECT to_regclass('ops.recovery_drills')").fetchone()[0] is None:
            return
        session.execute(
            "SELECT ops.record_drill(kind => 'export', repository => NULL, target => %s, started_at => %s, "
            "status => %s, rpo => %s, rto => %s, detail => %s)",
            [
                made.folder.name, begun_at, "failed" if seconds is None else "succeeded",
                None if seconds is None else begun_at - made.made_at,
                None if seconds is None else timedelta(seconds=seconds), Jsonb(detail),
            ],
        )  # fmt: skip


def refuse_target(session: psycopg.Connection, manifest: dict[str, object]) -> None:
    """Raise REFUSED where the database is not an empty one of the same owner's, of the same PostgreSQL or a newer."""
    who, _, _, _ = session.execute(WHO).fetchone()
    if who != manifest["owner"]:
        raise Problem(f"What is exported belongs to {manifest['owner']}: connect as that role, not as {who}.")
    if there := [name for (name,) in session.execute(EMPTY, [list(SCHEMAS)])]:
        raise Problem(f"Database {session.info.dbname} has schema {there[0]} already: import into an empty one.")
    if session.info.server_version // 10000 < manifest["major"]:
        raise Problem(
            f"The export is of PostgreSQL {manifest['major']}, this server is older: import into a newer one."
        )


def load(made: Export, key: Path, conninfo: str, manifest: dict[str, object], programs: Path) -> None:
    """Send an export to a database in one transaction; REFUSED: nothing was changed."""
    wanted = [*SCHEMAS, *(STAND_INS if manifest["stand_ins"] else ())]
    with tempfile.TemporaryDirectory(prefix="tradebase-import-") as scratch:
        folder = Path(scratch)
        contents = converted(made, key, programs, "--list").decode()
        # The kernel is given functions, which it can be only where it may create: so the schemas are made.
        (folder / "list").write_text(re.sub(r"^(\d+; 2615 )", r";\1", contents, flags=re.MULTILINE))
        use = [f"--use-list={folder / 'list'}"]
        for section in ("pre-data", "post-data"):
            (folder / f"{section}.sql").write_bytes(converted(made, key, programs, f"--section={section}", *use))
        schemas = [name for name in wanted if re.search(rf"^\d+; 2615 \d+ SCHEMA - {name} ", contents, re.MULTILINE)]
        (folder / "before.sql").write_text(before(schemas))
        tables = sql.Literal(json.dumps(manifest["tables"])).as_string() + "::jsonb"
        (folder / "compare.sql").write_text(COMPARE.replace("{manifest}", tables))
        (folder / "after.sql").write_text(after(schemas, manifest, made))
        steps = ["before.sql", "pre-data.sql", "-", "compare.sql", "post-data.sql", "after.sql"]
        files = [part for step in steps for part in ("-f", step if step == "-" else str(folder / step))]
        # What is cut off on its way is not what was exported: compare.sql says so, and nothing is committed.
        converting = [programs / "pg_restore", "--section=data", *use, "--file=-"]
        with (
            decrypted(made.folder / "dump.age", key) as reading,
            subprocess.Popen(converting, stdin=reading.stdout, stdout=subprocess.PIPE) as writing,
        ):
            reading.stdout.close()
            try:
                run_psql(conninfo, "-q", "-1", *files, stdin=writing.stdout)
            finally:
                # Whoever still writes into a pipe that nobody reads any more ends.
                writing.stdout.close()


def before(schemas: list[str]) -> str:
    """Return what is done before the tables: the schemas, in which the kernel may be given functions."""
    lines = ["SET client_min_messages = warning;"]
    for schema in schemas:
        if schema in STAND_INS:
            # Made by platform a moment ago, and in the export with all that hangs on them.
            lines.append(f"DROP SCHEMA {schema} CASCADE;")
        lines.append(f"CREATE SCHEMA {schema};\nGRANT CREATE ON SCHEMA {schema} TO tradebase_kernel;")
    return "\n".join(lines) + "\n"


def after(schemas: list[str], manifest: dict[str, object], made: Export) -> str:
    """Return what is done at the end: what pg_dump leaves out, and that this is another cluster than before."""
    lines = [f"REVOKE CREATE ON SCHEMA {schema} FROM tradebase_kernel;" for schema in schemas]
    lines.append(
        "DO $do$ BEGIN EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database()); "
        "END $do$;"
    )
    lines += [f"{statement};" for statement in manifest["outside"]]
    reason = sql.Literal(f"Import of {made.folder.name}, of system {manifest['system_identifier']}").as_string()
    lines += ["RESET row_security;", f"SELECT ops.begin_incarnation({reason}) AS incarnation \\gset", "ANALYZE;"]
    return "\n".join(lines) + "\n"


def converted(made: Export, key: Path, programs: Path, *arguments: str) -> bytes:
    """Return what pg_restore makes of an export's dump."""
    with decrypted(made.folder / "dump.age", key) as reading:
        done = subprocess.run(
            [programs / "pg_restore", *arguments, *([] if "--list" in arguments else ["--file=-"])],
            stdin=reading.stdout,
            capture_output=True,
            check=False,
        )
    if done.returncode != 0:
        raise Problem(f"{made.folder} cannot be read: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def run_psql(conninfo: str, *arguments: str, stdin: object = subprocess.DEVNULL) -> None:
    """Run psql, which stops at the first error; REFUSED with what it says."""
    done = subprocess.run(
        [psql(), "-X", "-v", "ON_ERROR_STOP=1", *arguments],
        env=environment(conninfo),
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").splitlines()
        why = next((n for n, line in enumerate(said) if re.search("ERROR|FATAL|error:", line)), 0)
        raise Problem("\n".join(["Nothing was imported:", *(said[why : why + 4] or ["psql failed"])]))
