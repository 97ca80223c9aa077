"""Who comes in: a token that is good, for a role of that door; everything else is refused before it reads a row."""

import base64
import json
import time

import psycopg
import pytest
from world import BTC, SERVICES, STAFF, World, ask_raw, call_raw

from tradebase.postgrest import Door, sign

pytestmark = pytest.mark.xdist_group("rest")
USER = "11111111-0000-4000-8000-000000000001"
PATHS = ("/trades?limit=1", "/balances", "/rpc/order_book?market=" + BTC)


def claims(door: Door, **different: object) -> dict[str, object]:
    """Return the claims of a user's good token, and what is different in them."""
    good = {"role": "authenticated", "sub": USER, "aud": door.audience, "exp": int(time.time()) + 3600}
    return {name: value for name, value in (good | different).items() if value is not None}


def tampered(token: str, **different: object) -> str:
    """Return a token with other claims under the signature of those that it had."""
    head, body, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) | different
    body = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    return ".".join((head, body, signature))


BAD_TOKENS = {
    "expired": lambda door: sign(claims(door, exp=int(time.time()) - 60), door.secret),
    "not yet good": lambda door: sign(claims(door, nbf=int(time.time()) + 3600), door.secret),
    "wrong secret": lambda door: sign(claims(door), "another secret of thirty-two letters"),
    "unsigned": lambda door: sign(claims(door), None, "none"),
    "unsigned, as service_role": lambda door: sign(claims(door, role="service_role"), None, "none"),
    "unsigned, without the last dot": lambda door: sign(claims(door), None, "none").rstrip("."),
    "other claims, old signature": lambda door: tampered(sign(claims(door), door.secret), sub=USER[::-1]),
    "made for somebody else": lambda door: sign(claims(door, aud="somewhere-else"), door.secret),
    "no token": lambda _: "let me in",
    "an empty one": lambda _: "..",
}


@pytest.mark.parametrize("what", BAD_TOKENS)
def test_a_bad_token_is_401(world: World, what: str) -> None:
    """Nothing is public to who shows a bad token, not even what is public (A87, A88)."""
    door = world.rest.people
    for path in PATHS:
        answer = ask_raw(door, path, BAD_TOKENS[what](door))
        assert (answer.status_code, answer.json()["code"]) == (401, "PGRST301"), f"{what}: {answer.text}"


def test_a_good_token_is_let_in(world: World) -> None:
    """The same claims, signed, come in: what is refused above is refused for what is bad in it."""
    door = world.rest.people
    for path in PATHS:
        assert ask_raw(door, path, sign(claims(door), door.secret)).status_code == 200, path


@pytest.mark.parametrize(
    "role",
    [
        "service_role",
        "service_authenticator",
        "tradebase_engine",
        "tradebase_kernel",
        "tradebase_worker",
        "tradebase",
        "postgres",
        "pg_read_all_data",
        "nobody_has_this_name",
        'authenticated"; RESET ROLE; --',
        "none",
    ],
)
def test_people_become_no_service_and_no_owner(world: World, role: str) -> None:
    """A well signed token does not make the login for people what it cannot become (A51, A88)."""
    door = world.rest.people
    for path in PATHS:
        answer = ask_raw(door, path, door.token(role, USER))
        assert answer.status_code in (401, 403, 400), f"{role}: {answer.text}"
        assert answer.json()["code"] in ("42501", "22023", "PGRST301"), f"{role}: {answer.text}"


@pytest.mark.parametrize("role", ["authenticator", "", None])
def test_a_token_without_a_role_is_nobody(world: World, role: str | None) -> None:
    """No role is anon at the door for people; the login itself has no right of its own."""
    door = world.rest.people
    answer = ask_raw(door, "/balances", door.token(role, USER))
    assert answer.status_code in (400, 401, 403), answer.text
    assert answer.json()["code"] in ("42501", "22023"), answer.text


@pytest.mark.parametrize("role", ["anon", "authenticated", *STAFF, "tradebase_kernel", "tradebase", "postgres"])
def test_services_become_no_user(world: World, role: str) -> None:
    """The login for services is service_role or the engine and nobody else."""
    door = world.rest.services
    answer = ask_raw(door, "/trades", door.token(role, USER))
    assert (answer.status_code, answer.json()["code"]) == (403, "42501"), answer.text


def test_services_have_no_anonymous(world: World) -> None:
    """Without a token nobody comes in by the door for services."""
    for path in PATHS:
        answer = ask_raw(world.rest.services, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "PGRST302"), answer.text


def test_a_token_opens_one_door(world: World) -> None:
    """What is signed for one door is a bad signature at the other."""
    people, services = world.rest.people, world.rest.services
    for door, token in ((services, people.token("service_role")), (people, services.token("authenticated", USER))):
        answer = ask_raw(door, PATHS[0], token)
        assert (answer.status_code, answer.json()["code"]) == (401, "PGRST301"), answer.text


@pytest.mark.parametrize("extra", ["user_id", "request.jwt.claims", "app_metadata", "user_metadata", "is_admin"])
def test_other_claims_change_nothing(world: World, extra: str) -> None:
    """Whose rows they are is the claim sub and nothing beside it (A90)."""
    victim, thief = world.user(), world.user()
    door = world.rest.people
    lie = {"user_id": str(victim), "sub": str(victim), "role": "service_role", "admin": True}
    token = door.token("authenticated", thief, **{extra: lie if extra != "user_id" else str(victim)})
    mine = {row["ref_id"] for row in ask_raw(door, "/ledger_entries?select=ref_id", token).json()}
    whole = ask_raw(door, "/ledger_entries?select=ref_id", door.token("authenticated", thief)).json()
    assert mine == {row["ref_id"] for row in whole}
    refused = call_raw(
        door, "deposit", {"user_id": str(thief), "asset": "RUSD", "amount": "1", "idempotency_key": "x"}, token
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")


@pytest.mark.parametrize("sub", ["", None, "alice", "' OR TRUE --", 7, ["a"], USER + "0"])
def test_a_subject_that_is_no_id_owns_nothing(world: World, sub: object) -> None:
    """It reads nothing and places nothing, and the answer says so."""
    door = world.rest.people
    token = sign(claims(door, sub=sub), door.secret)
    read = ask_raw(door, "/balances", token)
    assert read.status_code in (200, 400, 401), read.text
    assert read.json() == [] or read.json()["code"] in ("22P02", "PGRST301"), read.text
    order = {"market": BTC, "side": "buy", "type": "limit", "quantity": "1", "price": "1"}
    placed = call_raw(door, "place_order", order, token)
    assert placed.status_code in (400, 401, 403), placed.text
    assert placed.json()["code"] in ("22P02", "42501", "PGRST301", "TR010"), placed.text


def test_claims_end_with_their_request(world: World) -> None:
    """Connections are shared: after somebody's request, who has no token is still nobody, each of many times."""
    door = world.rest.people
    token = door.token("authenticated", world.user())
    for _ in range(20):
        assert ask_raw(door, "/balances?select=asset", token).json() != []
        assert ask_raw(door, "/balances?select=asset").json()["code"] == "42501"
        assert ask_raw(door, "/balances", door.token("authenticated", USER)).json() == []


OUT_OF_REACH = {
    "authenticator": ("service_role", "service_authenticator", "tradebase_engine", "tradebase_kernel",
                      "tradebase_worker", "tradebase", "postgres"),
    "service_authenticator": ("anon", "authenticated", *STAFF, "tradebase_kernel", "tradebase_worker", "tradebase",
                              "authenticator", "postgres"),
}  # fmt: skip
BECOMING = (
    "SET ROLE {0}",
    "SET LOCAL ROLE {0}",
    "SELECT set_config('role', '{0}', TRUE)",
    "SET SESSION AUTHORIZATION {0}",
)


@pytest.mark.parametrize("login", OUT_OF_REACH)
def test_whoever_has_the_login_itself_becomes_no_other(rest_database, login: str) -> None:
    """With raw SQL as the login, and from each role that it may take, the other door's roles are out of reach (A51)."""
    within = {"authenticator": ("anon", "authenticated", *STAFF), "service_authenticator": SERVICES}[login]
    with rest_database.connect(login) as raw:
        for role in within:
            for target in OUT_OF_REACH[login]:
                for becoming in BECOMING:
                    raw.execute("BEGIN")
                    raw.execute(f"SET LOCAL ROLE {role}")
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        raw.execute(becoming.format(target))
                    raw.execute("ROLLBACK")
        # By itself it reads nothing and calls nothing.
        for attempt in ("SELECT FROM api.trades", "SELECT api.order_book('x')", "SELECT FROM identity.users"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(attempt)
