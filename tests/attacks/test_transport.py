"""In transit: A95, against every server of the stack."""

import re
import socket
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from stacked import Stacked

from tradebase import database as databases
from tradebase.stack import backup, certificates, haproxy, monitoring
from tradebase.stack import redis as redis_of_the_stack
from tradebase.stack.place import Stack

pytestmark = pytest.mark.xdist_group("stack")
# Every server of the stack that listens: the name of its port, and what it speaks. A new one is a line here.
SERVERS = {
    "primary": "postgres", "replica": "postgres", "pgbouncer": "postgres", "redis": "redis", "people": "http",
    "services": "http", "backup": "pgbackrest", "receiver": "pgbackrest",
} | dict.fromkeys(monitoring.PORTS, "metrics")  # fmt: skip
ELSEWHERE = "elsewhere.example"
KNOWN = "known"
OLD = ssl.TLSVersion.TLSv1_2
# What the attempts find: refused for this reason and no other.
FOREIGN_CA = "certificate verify failed"
FOREIGN_HOST = f"does not match host name|[Hh]ostname mismatch.*{ELSEWHERE}"
TLS_1_2 = "alert protocol version"


@dataclass(frozen=True)
class Attempt:
    """A way in that must not be one: what is tried, and the reason for which it is refused."""

    what: str
    reason: str
    enter: Callable[[], object]


def postgres(stack: Stack, port: str, foreign: Path) -> list[Attempt]:
    """Return what is tried on PostgreSQL, and on what speaks its protocol."""
    login = "authenticator"

    def enter(**options: object) -> Callable[[], object]:
        return lambda: psycopg.connect(stack.conninfo(login, port, **options)).close()

    refused = f'password authentication failed for user "{login}"|SASL authentication failed'
    no_tls = "no encryption|SSL required"
    nothing = str(foreign.parent / "nothing")
    return [
        Attempt("plaintext", no_tls, enter(sslmode="disable")),
        Attempt("TLS 1.2", TLS_1_2, enter(ssl_min_protocol_version="TLSv1.2", ssl_max_protocol_version="TLSv1.2")),
        Attempt("another host's name", FOREIGN_HOST, enter(host=ELSEWHERE, hostaddr="127.0.0.1")),
        Attempt("another authority", FOREIGN_CA, enter(sslrootcert=foreign)),
        Attempt("no authority to check by", "does not exist", enter(sslrootcert=nothing)),
        Attempt("a wrong password", refused, enter(password="guessed")),  # noqa: S106
        Attempt("no password", "no password supplied", enter(passfile=nothing)),
        Attempt(
            "a login that is stored as md5",
            'for user "md5_login"|SASL authentication failed|no such user',
            enter(user="md5_login", password=KNOWN),
        ),
        Attempt("a client that wants md5", "server requested SASL", enter(require_auth="md5")),
        Attempt("a client that wants trust", "server requested SASL", enter(require_auth="none")),
        Attempt("a superuser", "pg_hba.conf rejects|no such user", enter(user="postgres", password="guessed")),  # noqa: S106
    ]


def encrypted(port: int, trusting: ssl.SSLContext, host: str) -> Callable[[], object]:
    """Return what opens a TLS connection to a port as a client that checks by this context, and believes this name."""

    def enter() -> None:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
            trusting.wrap_socket(plain, server_hostname=host) as inside,
        ):
            inside.sendall(b"\r\n")
            inside.recv(1)

    return enter


def any_tls(port: int, authority: Path, foreign: Path) -> list[Attempt]:
    """Return what is tried on whatever begins with TLS."""
    old = ssl.create_default_context(cafile=str(authority))
    old.minimum_version = old.maximum_version = OLD
    ours, theirs = (ssl.create_default_context(cafile=str(file)) for file in (authority, foreign))
    return [
        Attempt("TLS 1.2", TLS_1_2, encrypted(port, old, "localhost")),
        Attempt("another host's name", FOREIGN_HOST, encrypted(port, ours, ELSEWHERE)),
        Attempt("another authority", FOREIGN_CA, encrypted(port, theirs, "localhost")),
        Attempt("no authority to check by", FOREIGN_CA, encrypted(port, ssl.create_default_context(), "localhost")),
    ]


def redis(stack: Stack, port: str, foreign: Path) -> list[Attempt]:
    """Return what is tried on Redis."""

    def enter(user: str = "reader", **options: object) -> Callable[[], object]:
        return lambda: redis_of_the_stack.client(stack, user, **options).ping()

    def in_plaintext() -> None:
        Redis("127.0.0.1", stack.ports[port], socket_timeout=5, retry=Retry(NoBackoff(), 0)).ping()

    return [
        Attempt("plaintext", "Connection closed by server|Connection reset", in_plaintext),
        *any_tls(stack.ports[port], stack.authority, foreign),
        Attempt("a wrong password", "invalid username-password", enter(password="guessed")),  # noqa: S106
        Attempt("no password", "Authentication required|already authenticated", enter(username=None, password=None)),
        Attempt("the default user", "invalid username-password", enter(username="default")),
    ]


def http(stack: Stack, port: str, foreign: Path) -> list[Attempt]:
    """Return what is tried on a door of PostgREST."""
    door = haproxy.door(stack, port)
    trusting = ssl.create_default_context(cafile=str(stack.authority))
    role = "service_role" if port == "services" else "authenticated"
    other = haproxy.door(stack, "people" if port == "services" else "services")

    def ask(url: str, token: str | None = None) -> Callable[[], object]:
        def enter() -> None:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            with httpx.Client(verify=trusting, trust_env=False) as client:
                client.get(f"{url}/balances", headers=headers).raise_for_status()

        return enter

    return [
        Attempt("plaintext", "disconnected|reset", ask(door.url.replace("https", "http"))),
        *any_tls(stack.ports[port], stack.authority, foreign),
        Attempt("a token that somebody else has signed", "401 Unauthorized", ask(door.url, other.token(role))),
        Attempt("no token", "401 Unauthorized", ask(door.url)),
    ]


def metrics(stack: Stack, port: str, foreign: Path) -> list[Attempt]:
    """Return what is tried on Prometheus and its exporters, which ask nobody who they are."""

    def in_plaintext() -> None:
        httpx.get(f"http://localhost:{stack.ports[port]}/metrics", trust_env=False).raise_for_status()

    return [
        Attempt("plaintext", "400 Bad Request", in_plaintext), *any_tls(stack.ports[port], stack.authority, foreign)
    ]  # fmt: skip


def pgbackrest(stack: Stack, port: str, foreign: Path) -> list[Attempt]:
    """Return what is tried on a server of pgBackRest, which lets in one certificate of its own authority."""
    made, there = backup.repositories(stack), stack.ports[port]
    own = made.folder / "certificates"

    def in_plaintext() -> None:
        with socket.create_connection(("127.0.0.1", there), timeout=10) as plain:
            plain.sendall(b"{}\r\n" * 10)
            if not plain.recv(1):
                raise OSError("closed")

    def enter(authority: Path, name: str) -> Callable[[], object]:
        def ask() -> None:
            config = foreign.parent / "pgbackrest.conf"
            # Whoever has stolen it has it as his own.
            pem = foreign.parent / "stolen.pem"
            pem.unlink(missing_ok=True)
            pem.touch(mode=0o600)
            pem.write_text((authority / f"{name}.pem").read_text())
            config.write_text(
                f"[global]\nrepo2-host=localhost\nrepo2-host-type=tls\nrepo2-host-port={there}\n"
                f"repo2-host-config={made.config('receiver')}\nrepo2-host-ca-file={own}/ca.crt\n"
                f"repo2-host-cert-file={pem}\nrepo2-host-key-file={pem}\nlog-level-file=off\nio-timeout=5\n"
            )
            command = ["pgbackrest", f"--config={config}", "--stanza=tradebase", "repo-ls", "archive"]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            if ran.returncode:
                raise OSError(ran.stdout + ran.stderr)

        return ask

    certificates.make(foreign.parent, ("database", "keeper"))
    right, other = ("keeper", "database") if port == "backup" else ("database", "keeper")
    return [
        Attempt("plaintext", "closed|reset", in_plaintext),
        *any_tls(there, own / "ca.crt", foreign)[1:],
        Attempt("the certificate of another end", "access denied", enter(own, other)),
        Attempt("a certificate of another authority", "unable to read|tls|TLS|eof", enter(foreign.parent, right)),
    ]


ATTEMPTS = {"postgres": postgres, "redis": redis, "http": http, "metrics": metrics, "pgbackrest": pgbackrest}
REFUSALS = (psycopg.OperationalError, RedisError, httpx.HTTPError, OSError)


@pytest.fixture(scope="module")
def foreign(open_folder: Path) -> Path:
    """Give the certificate of an authority that is not the stack's."""
    certificates.make(open_folder / "foreign", ())
    return open_folder / "foreign/ca.crt"


def test_a95_in_the_clear(stacked: Stacked, foreign: Path) -> None:
    """RAW, API: plaintext, TLS 1.2, md5, trust, another host, another authority, a wrong password or none.

    Each is refused by every server of the stack, each for its own reason, and who does it right comes in.
    """
    stack = stacked.stack
    with databases.connect(stack.primary) as admin:
        # As it was stored in former times: the word is known, and opens nothing.
        admin.execute(f"SET password_encryption = 'md5'; CREATE ROLE md5_login LOGIN PASSWORD '{KNOWN}'")
        try:
            let_in = [
                f"{port}: {attempt.what}: {answer}"
                for port, speaks in SERVERS.items()
                for attempt in ATTEMPTS[speaks](stack, port, foreign)
                if not re.search(attempt.reason, answer := what_comes_of(attempt.enter))
            ]
        finally:
            admin.execute("DROP ROLE md5_login")
    assert let_in == []
    comes_in = {
        "postgres": lambda port: psycopg.connect(stack.conninfo("authenticator", port)).close(),
        "redis": lambda _: redis_of_the_stack.client(stack, "reader").ping(),
        "http": lambda port: asks(stack, port),
        "metrics": lambda port: monitoring.metrics(stack, port),
        "pgbackrest": lambda port: backup.repositories(stack).ping(backup.PORTS[port]),
    }
    for port, speaks in SERVERS.items():
        comes_in[speaks](port)


def asks(stack: Stack, port: str) -> None:
    """Ask at a door, as somebody who may."""
    trusting = ssl.create_default_context(cafile=str(stack.authority))
    with httpx.Client(verify=trusting, base_url=haproxy.door(stack, port).url, trust_env=False) as client:
        haproxy.ask_door(stack, port, client)


def what_comes_of(enter: Callable[[], object]) -> str:
    """Return why an attempt was refused; that it was not, when it was not."""
    try:
        enter()
    except REFUSALS as refusal:
        return str(refusal)
    return "LET IN"


def test_nothing_listens_beside_them(stacked: Stacked) -> None:
    """The stack's processes listen on loopback, on the ports that A95 attacks, and on no other."""
    ours = {process.pid for process in stacked.processes()}
    listening = {
        (said.laddr.ip, said.laddr.port)
        for said in psutil.net_connections(kind="inet")
        if said.pid in ours and said.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)
    }
    assert listening == {("127.0.0.1", stacked.stack.ports[port]) for port in SERVERS}
