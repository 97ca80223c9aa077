"""Commands of the platform as data, sent as whoever may send them: in a role, with claims, as PostgREST would."""

import json
from dataclasses import dataclass

import psycopg


@dataclass(frozen=True)
class Command:
    """A function, its arguments by name and as text, and who calls it: a role, and the user who is signed in."""

    function: str
    arguments: dict[str, str | bool | None]
    role: str = "service_role"
    user: str | None = None

    @property
    def kind(self) -> str:
        """The function's name, the same for a user and for a service that acts for one."""
        return self.function.partition(".")[2].removesuffix("_for")


def of_user(user: str, function: str, by_service: bool, **arguments: str | bool | None) -> Command:
    """Return a command of a user: sent by themselves, or by a service for them."""
    if by_service:
        return Command(f"api.{function}_for", {"user_id": user} | arguments)
    return Command(f"api.{function}", arguments, "authenticated", user)


def send(connection: psycopg.Connection, command: Command) -> object:
    """Send a command in a transaction of its own (in a savepoint inside one) and return its answer."""
    claims = json.dumps({"sub": command.user, "role": command.role}) if command.user else ""
    arguments = ", ".join(f"{name} => %({name})s" for name in command.arguments)
    with connection.transaction():
        connection.execute(
            "SELECT set_config('role', %s, TRUE), set_config('request.jwt.claims', %s, TRUE)", [command.role, claims]
        )
        return connection.execute(f"SELECT {command.function}({arguments})", command.arguments).fetchone()[0]
