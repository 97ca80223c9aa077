"""What lies around: exports are closed, and whoever reads all of a dump still gets in nowhere."""

import base64
import re
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tradebase import database as databases
from tradebase.backup import export as exports
from tradebase.backup.export import Export
from tradebase.embedded import pg_dump, programs_of
from tradebase.server import SUPERUSER, Server
from tradebase.storm import USERS, set_up

pytestmark = pytest.mark.xdist_group("export")
DATABASE = "leaked"
LOGINS = ("authenticator", "service_authenticator", "tradebase")


@dataclass(frozen=True)
class Secrets:
    """What somebody is after: tokens of sessions by their ids, passwords of logins."""

    tokens: dict[str, str]
    passwords: dict[str, str]


@dataclass(frozen=True)
class Leaked:
    """A database with secrets, all that a superuser's pg_dump gives away of it, and an export."""

    server: Server
    secrets: Secrets
    dump: str
    export: Export
    key: Path


@pytest.fixture(scope="module")
def leaked(template, cluster_starter, open_folder: Path) -> Iterator[Leaked]:
    """Give it, in a cluster of its own: passwords belong to all of it."""
    with cluster_starter() as server, databases.temporary_clone(template.server, template.name, "of_leaked") as clone:
        databases.prepare(server, "roles", test_tools=False)
        databases.sqitch(server, "roles", "deploy", "--to-change", "platform")
        databases.copy(pg_dump(template.server), template.server, clone, server, DATABASE)
        with databases.connect(server, DATABASE, databases.OWNER) as owner:
            set_up(owner)
            tokens = {token: secrets.token_urlsafe(32) for token in USERS}
            started = "SELECT api.start_session(%s, %s, '203.0.113.7', sha256('a device')) ->> 'session_id'"
            given = {owner.execute(started, [user, token]).fetchone()[0]: token for user, token in tokens.items()}
            owner.execute("UPDATE identity.profiles SET display_name = 'Canary Canaria'")
        passwords = {login: secrets.token_urlsafe(24) for login in LOGINS}
        with databases.connect(server) as admin:
            for login, password in passwords.items():
                admin.execute(f"ALTER ROLE {login} LOGIN PASSWORD '{password}'")
        dumped = subprocess.run(
            [pg_dump(server), DATABASE],
            env=databases.environment(server, server.superuser),
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        key, recipients = open_folder / "leaked.key", open_folder / "leaked.recipients"
        subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
        recipients.write_bytes(subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True).stdout)
        where = f"host={server.socket} port={server.port} dbname={DATABASE} user={SUPERUSER}"
        made = exports.export(where, open_folder / "leaks", recipients)
        yield Leaked(server, Secrets(given, passwords), dumped, made, key)


def test_an_export_is_closed(leaked: Leaked) -> None:
    """Its files are age's, and no name and no id can be read in them; for the holder of the key all of it is there."""
    canaries = ["Canary Canaria", USERS[0], "STORM1", "identity.users", *leaked.secrets.tokens]
    for name in exports.FILES:
        content = (leaked.export.folder / name).read_bytes()
        assert content.startswith(b"age-encryption.org/v1\n")
        assert [canary for canary in canaries if canary.encode() in content] == []
    sums = (leaked.export.folder / "SHA256SUMS").read_text()
    assert re.fullmatch(r"([0-9a-f]{64}  (dump|manifest)\.age\n){2}", sums)
    opened = exports.converted(leaked.export, leaked.key, programs_of(18)).decode()
    assert [canary for canary in canaries if canary not in opened and canary != "identity.users"] == []


def test_a_leaked_dump_opens_no_session(leaked: Leaked) -> None:
    """No word of it is a token, in any of the ways to write one, and neither is what is kept of a token."""
    words = set(re.findall(r"[^\s'\",;(){}]{22,512}", leaked.dump))
    assert len(words) > 1000
    hashes = [bytes.fromhex(word) for word in re.findall(r"\\x([0-9a-f]{64})\b", leaked.dump)]
    assert len(hashes) >= 2 * len(USERS)
    for kept in hashes:
        words |= {
            kept.hex(),
            f"\\x{kept.hex()}",
            base64.b64encode(kept).decode(),
            base64.urlsafe_b64encode(kept).decode(),
        }
    assert not words & set(leaked.secrets.tokens.values())
    touch = "SELECT api.touch_session(%s, %s)"
    with databases.connect(leaked.server, DATABASE, databases.OWNER) as owner:
        matching = owner.execute(
            """
            SELECT count(*) FROM unnest(%s::text[]) AS w (word)
            JOIN identity.user_sessions AS s ON s.token_hash = sha256(convert_to(w.word, 'UTF8'))
            """,
            [sorted(words)],
        )
        assert matching.fetchone() == (0,)
        owner.execute("SELECT set_config('role', 'service_role', FALSE)")
        for session, token in leaked.secrets.tokens.items():
            assert session in leaked.dump
            assert token not in leaked.dump
            assert owner.execute(touch, [session, token]).fetchone()[0]["session_id"] == session
            for kept in hashes[:12]:
                with pytest.raises(psycopg.Error) as refused:
                    owner.execute(touch, [session, kept.hex()])
                assert refused.value.sqlstate == "TR501"


def test_a_leaked_dump_opens_no_login(leaked: Leaked) -> None:
    """There is no password in it, and nothing that is made of one."""
    server = leaked.server
    with databases.connect(server) as admin:
        verifiers = [
            verifier for (verifier,) in admin.execute("SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL")
        ]
    assert len(verifiers) == len(LOGINS)
    assert "SCRAM-SHA-256$" not in leaked.dump
    assert re.search(r"\bmd5[0-9a-f]{32}\b", leaked.dump) is None
    assert not re.search(r"CREATE ROLE|ALTER ROLE|rolpassword", leaked.dump)
    for login, password in leaked.secrets.passwords.items():
        assert password not in leaked.dump

        def log_in(word: str, login: str = login) -> None:
            psycopg.connect(
                host="127.0.0.1", port=server.port, dbname=DATABASE, user=login, password=word, connect_timeout=20
            ).close()

        log_in(password)
        for word in (login, login.upper(), "postgres", *re.findall(r"\\x([0-9a-f]{64})\b", leaked.dump)[:5]):
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                log_in(word)
