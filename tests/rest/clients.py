"""The two clients, supabase-py and supabase-js, behind one way of asking: a chain of calls as supabase-js writes it."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx
import postgrest
import supabase
from yarl import URL

from tradebase.registries import NODE, npm_package

SUPABASE_JS = "@supabase/supabase-js@2.119.1"
# What supabase-py calls by other names.
METHODS = {"from": "table", "in": "in_", "is": "is_", "or": "or_"}
# What they are given is no option.
BODIES = ("rpc", "insert", "update", "upsert")


@dataclass(frozen=True)
class Answer:
    """What came back: rows or a value and how many there are, or the SQLSTATE (PGRST…: PostgREST's) and its words."""

    data: object = None
    count: int | None = None
    code: str | None = None
    message: str | None = None
    details: str | None = None


class Python:
    """supabase-py, in this process."""

    def __init__(self) -> None:
        """Keep one client per token."""
        self.clients: dict[str, supabase.Client] = {}
        self.http = httpx.Client(timeout=60)

    def ask(self, url: str, token: str, steps: list[list]) -> Answer:
        """Chain the calls and return what came of it."""
        query = self.client(url, token)
        for method, *given in steps:
            options = given.pop() if method not in BODIES and given and isinstance(given[-1], dict) else {}
            if "ascending" in options:
                options = options | {"desc": not options["ascending"]}
                del options["ascending"]
            query = getattr(query, METHODS.get(method, method))(*given, **options)
        try:
            answer = query.execute()
        except postgrest.APIError as error:
            return Answer(code=error.code, message=error.message, details=error.details)
        return Answer(answer.data, answer.count)

    def client(self, url: str, token: str) -> supabase.Client:
        """Return the client of a token."""
        if token not in self.clients:
            options = supabase.ClientOptions(schema="api", httpx_client=self.http, auto_refresh_token=False)
            made = supabase.create_client(url, token, options)
            # A project has PostgREST under /rest/v1, behind its gateway; here it stands alone.
            made.rest_url = URL(url)
            self.clients[token] = made
        return self.clients[token]

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


class JavaScript:
    """supabase-js, in a node of its own."""

    def __init__(self) -> None:
        """Start node, with the library where it finds it."""
        script = Path(__file__).with_name("supabase_js.cjs")
        self.node = subprocess.Popen(
            [str(NODE), str(script)],
            env=os.environ | {"NODE_PATH": str(npm_package(SUPABASE_JS))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, url: str, token: str, steps: list[list]) -> Answer:
        """Have node chain the calls and return what came of it."""
        self.node.stdin.write(json.dumps({"url": url, "token": token, "steps": steps}) + "\n")
        self.node.stdin.flush()
        answer = json.loads(self.node.stdout.readline())
        error = answer["error"] or {}
        return Answer(
            answer["data"], answer["count"], error.get("code"), error.get("message"), error.get("details") or None
        )

    def close(self) -> None:
        """End node."""
        self.node.stdin.close()
        self.node.wait(timeout=30)
        self.node.stdout.close()


CLIENTS = {"supabase-py": Python, "supabase-js": JavaScript}
