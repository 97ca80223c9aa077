"""PostgREST of the stack, once for people and once for services, on Unix sockets, and haproxy, which ends TLS."""

import signal
import socket
import ssl
from pathlib import Path

import httpx

from tradebase import Problem, postgrest
from tradebase import up as ups
from tradebase.postgrest import Door
from tradebase.stack import certificates, parts
from tradebase.stack.parts import Part
from tradebase.stack.place import Member, Stack, found, member_of, needed

# The doors, each with its login in the database.
DOORS = {"people": "authenticator", "services": "service_authenticator"}
QUESTION = "/markets?select=symbol&limit=1"


def door(stack: Stack, name: str) -> Door:
    """Return a door of the stack as clients see it, with what its tokens are signed with."""
    audience = postgrest.LOGINS[DOORS[name]][1]
    url = f"https://localhost:{stack.ports[name]}"
    return Door(url, rest_part(stack, name).log, stack.password(f"{name}-tokens"), audience)


def rest_part(stack: Stack, name: str) -> Part:
    """Return the PostgREST of a door."""
    home = stack.home / name
    return Part(
        f"postgrest-{name}",
        home,
        (str(postgrest.program()), str(home / postgrest.CONFIGURATION.name)),
        (("PGPASSFILE", str(home / "pgpass")),),
    )


def ask_door(stack: Stack, name: str, http: httpx.Client) -> None:
    """Ask for something that the database alone can answer; Problem when it does not."""
    made = door(stack, name)
    # A service that asks for what people read is refused by PostgreSQL: that is an answer of its too.
    headers = {"Authorization": f"Bearer {made.token('service_role')}"} if name == "services" else {}
    answer = http.get(QUESTION, headers=headers)
    if answer.status_code not in (200, 403):
        raise Problem(f"PostgREST for {name} answers {answer.status_code} ({answer.text[:200]}).")


def rest(stack: Stack, name: str) -> Member:
    """Return the PostgREST of a door as a member."""
    part = rest_part(stack, name)
    at = part.home / postgrest.SOCKET

    def configure() -> None:
        server = stack.primary
        database = {"database": ups.DATABASE, "socket": server.socket, "port": server.port}
        postgrest.configure(DOORS[name], part.home, stack.password(f"{name}-tokens"), database)
        (part.home / "pgpass").write_text(stack.pass_file(DOORS[name]).read_text())
        parts.give(part.home / "pgpass")

    def ask() -> str:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(at)), base_url="http://localhost", timeout=10) as http:
            ask_door(stack, name, http)
        return "answers"

    return member_of(part, ask, postgrest.program, configure, socket=at)


def people(stack: Stack) -> Member:
    """Return the PostgREST for people."""
    return rest(stack, "people")


def services(stack: Stack) -> Member:
    """Return the PostgREST for services."""
    return rest(stack, "services")


def member(stack: Stack) -> Member:
    """Return haproxy, in front of both."""
    home = stack.home / "haproxy"
    # SIGUSR1: nobody new, whoever is there may end.
    part = Part("haproxy", home, (found("haproxy"), "-db", "-f", str(home / "haproxy.cfg")), end=signal.SIGUSR1)
    pem = stack.certificates / "haproxy.pem"

    def configure() -> None:
        places = {name: stack.ports[name] for name in DOORS}
        places |= {f"{name}_socket": stack.home / name / postgrest.SOCKET for name in DOORS}
        parts.render("haproxy.cfg", home / "haproxy.cfg", places | {"home": home, "certificates": stack.certificates})

    def ask() -> str:
        trusting = ssl.create_default_context(cafile=str(stack.authority))
        for name in DOORS:
            with httpx.Client(verify=trusting, base_url=door(stack, name).url, timeout=10, trust_env=False) as http:
                ask_door(stack, name, http)
        told = dict(line.split(": ", 1) for line in command(home, "show info").splitlines() if ": " in line)
        return f"haproxy {told['Version'].split('-')[0]}, {told['CurrConns']} connections"

    def reload() -> None:
        for line in (f"set ssl cert {pem} <<\n{pem.read_text()}\n", f"commit ssl cert {pem}"):
            said = command(home, line)
            if not any(word in said for word in ("Transaction", "Success")):
                raise Problem(f"haproxy does not take its new certificate: {said.strip()}.")

    return member_of(
        part,
        ask,
        needed("haproxy", "haproxy"),
        configure,
        ports=tuple(DOORS),
        certificate="haproxy",
        reload=reload,
        shown=lambda: certificates.shown(stack.ports["people"], stack.authority),
    )


def command(home: Path, line: str) -> str:
    """Give haproxy a command over its own socket and return what it says."""
    with socket.socket(socket.AF_UNIX) as admin:
        admin.settimeout(5)
        admin.connect(str(home / "admin.sock"))
        admin.sendall(f"{line}\n".encode())
        with admin.makefile() as answer:
            return answer.read()
