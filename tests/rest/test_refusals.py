"""What is refused comes back as the SQLSTATE it had, under the HTTP status of its kind, and tells nothing else."""

import json
import uuid

import pytest
from world import BTC, FORTUNE, STAFF, World, ask_raw, call_raw

pytestmark = pytest.mark.xdist_group("rest")
ORDER = {"market": BTC, "side": "buy", "type": "limit", "quantity": "1", "price": "1"}
VIEWS = "SELECT relname FROM pg_class WHERE relnamespace = 'api'::regnamespace AND relkind = 'v' ORDER BY 1"
# How PostgREST says "no such thing" about a view that takes no change.
UNCHANGED = {"42501", "55000", "PGRST105"}


@pytest.fixture(scope="module")
def person(world: World) -> str:
    """Give the token of a user with a thousand of everything."""
    return world.rest.people.token("authenticated", world.user())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"market": "NO-SUCH"}, "TR001"),
        ({"price": "1000000"}, "TR101"),
        ({"price": None}, "TR010"),
        ({"quantity": "NaN"}, "TR010"),
        ({"quantity": "Infinity"}, "TR010"),
        ({"quantity": "-1"}, "TR010"),
        ({"quantity": "0"}, "TR010"),
        ({"quantity": "0.0000000001"}, "TR004"),
        ({"quantity": "many"}, "22P02"),
        ({"client_order_id": "\u0000"}, "22P05"),
        ({"client_order_id": "x" * 1000}, "TR010"),
        ({"side": "x" * 100_000}, "TR010"),
    ],
)
def test_a_bad_order_is_400(world: World, person: str, change: dict, code: str) -> None:
    """The SQLSTATE of the command is the code of the answer; its DETAIL is JSON."""
    answer = call_raw(world.rest.people, "place_order", ORDER | change, person)
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text
    if code.startswith("TR"):
        assert isinstance(json.loads(answer.json()["details"]), dict)


def test_both_clients_tell_the_code(world: World) -> None:
    """The client raises or returns the SQLSTATE, with words and details."""
    refused = world.person().refused("place_order", **ORDER | {"market": "NO-SUCH"})
    assert (refused.code, refused.message) == ("TR001", "unknown market")
    assert json.loads(refused.details) == {"market": "NO-SUCH"}


def test_statuses(world: World, person: str) -> None:
    """Not signed in is 401, not allowed 403, not there 404, a changed repetition its own code, a write by GET 405."""
    people = world.rest.people
    assert call_raw(people, "place_order", ORDER).status_code == 401
    assert (
        call_raw(
            people, "deposit", {"user_id": None, "asset": "", "amount": 1, "idempotency_key": ""}, person
        ).status_code
        == 403
    )
    assert call_raw(people, "no_such_function", {}, person).status_code == 404
    assert ask_raw(people, "/no_such_view", person).status_code == 404
    # GET runs read only, so a command is refused even where its user may call it.
    by_get = ask_raw(people, "/rpc/place_order?" + "&".join(f"{k}={v}" for k, v in ORDER.items()), person)
    assert (by_get.status_code, by_get.json()["code"]) == (405, "25006"), by_get.text
    call_raw(people, "place_order", ORDER | {"client_order_id": "same"}, person)
    other = call_raw(people, "place_order", ORDER | {"client_order_id": "same", "price": "2"}, person)
    assert (other.status_code, other.json()["code"]) == (400, "TR204"), other.text


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE", "UPSERT"])
def test_no_view_takes_a_change(world: World, person: str, method: str) -> None:
    """Insert, update, upsert and delete, of one row or many, by whoever asks, in every view (A02 to A09)."""
    people, services = world.rest.people, world.rest.services
    askers = [(people, None), (people, person), (services, services.token("service_role"))]
    askers += [(people, people.token(role)) for role in STAFF]
    for (view,) in world.owner.execute(VIEWS).fetchall():
        columns = [
            name
            for (name,) in world.owner.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = ('api.' || %s)::regclass AND attnum > 0", [view]
            )
        ]
        first = columns[0]
        row = {first: None}
        verb, body, prefer, path = {
            "POST": ("POST", [row, row], "return=minimal", f"/{view}"),
            "UPSERT": ("POST", [row], "resolution=merge-duplicates", f"/{view}?on_conflict={first}"),
            "PATCH": ("PATCH", row, "return=representation", f"/{view}?{first}=not.is.null"),
            "PUT": ("PUT", row, "return=minimal", f"/{view}?{first}=eq.{uuid.UUID(int=0)}"),
            "DELETE": ("DELETE", None, "return=representation", f"/{view}?{first}=not.is.null"),
        }[method]
        for door, token in askers:
            answer = ask_raw(door, path, token, verb, body, Prefer=prefer)
            assert answer.status_code >= 400, f"{method} {view}: {answer.text}"
            assert answer.json()["code"] in UNCHANGED, f"{method} {view}: {answer.text}"


def test_one_foreign_row_refuses_the_bulk(world: World) -> None:
    """Of many orders one that is somebody else's refuses all; of many placed one that is wrong places none (A92)."""
    mine, other = world.person(), world.person()
    own = mine.call("place_order", **ORDER)["order"]["id"]
    foreign = other.call("place_order", **ORDER)["order"]["id"]
    assert mine.refused("cancel_orders", order_ids=[own, foreign]).code == "TR201"
    assert mine.refused("place_orders", orders=[ORDER, ORDER | {"user_id": "x", "market": "NO-SUCH"}]).code is not None
    assert mine.read("open_orders", "id").data == [{"id": own}]
    assert other.read("open_orders", "id").data == [{"id": foreign}]


@pytest.mark.parametrize(
    "media", ["", "+json", "+text", '+json; for="application/json"; options=analyze|verbose|buffers']
)
def test_no_plan(world: World, person: str, media: str) -> None:
    """Nobody is shown a plan, and with it how many rows others have (A36)."""
    answer = ask_raw(world.rest.people, "/fills", person, Accept=f"application/vnd.pgrst.plan{media}")
    assert (answer.status_code, answer.json()["code"]) == (415, "PGRST107"), answer.text
    assert "cost" not in answer.text.lower()


@pytest.mark.parametrize("function", ["place_orders", "settle_trades"])
def test_json_without_a_floor(world: World, person: str, function: str) -> None:
    """A body as deep as it likes ends in an error of the parser, and the server goes on (A47)."""
    door = world.rest.people if function == "place_orders" else world.rest.services
    token = person if function == "place_orders" else door.token("service_role")
    name = "orders" if function == "place_orders" else "batches"
    depth = 200_000
    before = world.value("SELECT pg_postmaster_start_time()")
    answer = ask_raw(door, f"/rpc/{function}", token, "POST", f'{{"{name}": {"[" * depth}{"]" * depth}}}')
    assert answer.status_code in (400, 413, 500), answer.text[:500]
    assert answer.json()["code"] in ("54001", "PGRST102"), answer.text[:500]
    assert world.value("SELECT pg_postmaster_start_time()") == before
    assert ask_raw(door, "/rpc/list_trades?market=" + BTC, token).status_code in (200, 403)


def test_more_than_anybody_needs(world: World, person: str) -> None:
    """Text and lists beyond their size are refused, not stored (A48)."""
    people = world.rest.people
    huge = "x" * 4_000_000
    for arguments in ({"client_order_id": huge}, {"market": huge}, {"side": huge}):
        answer = call_raw(people, "place_order", ORDER | arguments, person)
        assert (answer.status_code, answer.json()["code"][:2]) == (400, "TR"), answer.text[:300]
    many = call_raw(people, "place_orders", {"orders": [ORDER] * 20_000}, person)
    assert (many.status_code, many.json()["code"]) == (400, "TR010"), many.text[:300]
    withdrawal = {"asset": "RUSD", "amount": "1", "idempotency_key": "huge", "destination": huge}
    answer = call_raw(people, "request_withdrawal", withdrawal, person)
    assert (answer.status_code, answer.json()["code"]) in ((400, "TR010"), (400, "23514")), answer.text[:300]


def test_a_list_is_never_longer_than_a_page(world: World) -> None:
    """Whatever a client asks for, a thousand rows are what it gets."""
    user = world.user(RUSD="1000000", RBTC="1")
    mine = world.person(user)
    for _ in range(11):
        mine.call("place_orders", orders=[ORDER | {"quantity": "0.5"}] * 100)
    rows = ask_raw(world.rest.people, "/open_orders?select=id&limit=100000", mine.token)
    assert len(rows.json()) == 1000
    counted = ask_raw(world.rest.people, "/open_orders?select=id", mine.token, Prefer="count=exact")
    assert (counted.status_code, counted.headers["Content-Range"]) == (206, "0-999/1100")


def test_openapi_lists_what_a_role_may_use(world: World, person: str) -> None:
    """Who has not signed in is told of what is public, a user of their own commands, nobody of another schema (A93)."""
    people, services = world.rest.people, world.rest.services
    lists = {
        "anon": ask_raw(people, "/"),
        "authenticated": ask_raw(people, "/", person),
        "service_role": ask_raw(services, "/", services.token("service_role")),
        "tradebase_engine": ask_raw(services, "/", services.token("tradebase_engine")),
        "tradebase_support": ask_raw(people, "/", people.token("tradebase_support")),
    }
    for role, listed in lists.items():
        allowed = {
            path
            for (path,) in world.owner.execute(
                """
                SELECT '/' || relname FROM pg_class
                WHERE relnamespace = 'api'::regnamespace AND relkind = 'v'
                AND has_table_privilege(%(role)s, oid, 'SELECT')
                UNION
                -- What has no named argument is embedded, not called.
                SELECT '/rpc/' || proname FROM pg_proc
                WHERE pronamespace = 'api'::regnamespace AND (pronargs = 0 OR proargnames IS NOT NULL)
                AND has_function_privilege(%(role)s, oid, 'EXECUTE')
                """,
                {"role": role},
            )
        }
        assert set(listed.json()["paths"]) - {"/"} == allowed, role
        for schema in ("trading.", "portfolio.", "identity.", "partitions.", "market.markets_exact"):
            assert schema not in json.dumps(sorted(listed.json()["paths"]))


def test_errors_name_nothing_that_is_hidden(world: World, person: str) -> None:
    """A hint helps with the spelling of what api has; no table, column or role of another schema is in it (A94)."""
    people = world.rest.people
    hidden = {
        name
        for (name,) in world.owner.execute(
            """
            SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('identity', 'trading', 'portfolio', 'market', 'system', 'ops', 'audit', 'partitions')
            AND c.relkind IN ('r', 'p')
            EXCEPT SELECT relname FROM pg_class WHERE relnamespace = 'api'::regnamespace
            """
        )
    }
    assert "client_orders" in hidden
    for token in (None, person):
        for path in (
            "/client_order", "/clientorders", "/order", "/orders_open", "/user", "/profiles", "/rpc/place_order_fo",
            "/rpc/post_journal", "/rpc/settle", "/fills?select=client_order(*)", "/fills?select=user(*)",
            "/fills?select=market_stat(*)", "/fills?user_i=eq.1", "/trades?select=maker_order", "/balances?select=user",
        ):  # fmt: skip
            answer = ask_raw(people, path, token)
            assert answer.status_code >= 400, f"{path}: {answer.text}"
            told = " ".join(str(answer.json()[part]) for part in ("message", "details", "hint"))
            asked = path.replace("?", " ").replace("/", " ")
            assert [name for name in hidden if name in told and name not in asked] == [], f"{path}: {told}"
    for schema in ("trading", "identity", "public", "pg_catalog", "partitions"):
        answer = ask_raw(people, "/orders", person, Accept_Profile=schema)
        assert (answer.status_code, answer.json()["code"]) == (406, "PGRST106"), answer.text


def test_a_refusal_says_nothing_of_others(world: World) -> None:
    """Money of somebody else, by its id or its amount, is in no error and no header, whatever is asked for."""
    victim, person = world.user(RUSD=FORTUNE), world.person().token
    rich = world.person(victim)
    theirs = rich.call("place_order", **ORDER | {"client_order_id": "canary-7f3a", "quantity": "0.777777777"})["order"]
    people = world.rest.people
    attempts = [
        call_raw(people, "cancel_order", {"order_id": theirs["id"]}, person),
        call_raw(people, "cancel_order", {"client_order_id": "canary-7f3b"}, person),
        call_raw(people, "amend_order", {"order_id": theirs["id"], "quantity": "0.5"}, person),
        ask_raw(people, f"/open_orders?id=eq.{theirs['id']}", person),
        ask_raw(people, "/open_orders?select=id,price::int&quantity=gt.0", person, Prefer="count=exact"),
        ask_raw(people, "/balances?available=gt.1e10", person, Prefer="count=exact"),
        ask_raw(people, "/balances?select=available::uuid", person),
        ask_raw(people, "/fills?select=order_id::int", person),
        call_raw(people, "transfer_for", {"user_id": str(victim), "to_user_id": str(victim), "asset": "RUSD",
                                          "amount": "1", "idempotency_key": "t"}, person),
    ]  # fmt: skip
    for answer in attempts:
        whole = answer.text + str(answer.headers)
        for canary in (FORTUNE, "12345678901", "canary-7f3a", "0.777777777"):
            assert canary not in whole
    assert attempts[4].headers["Content-Range"].endswith("/0")
    assert attempts[5].headers["Content-Range"].endswith("/0")
    for door in (people, world.rest.services):
        assert "canary-7f3a" not in door.log.read_text()


def test_requests_cannot_steer_their_transaction(world: World, person: str) -> None:
    """No header ends a transaction otherwise, changes its settings or who asks."""
    people = world.rest.people
    kept = ask_raw(
        people, "/rpc/place_order", person, "POST", ORDER | {"client_order_id": "kept"}, Prefer="tx=rollback"
    )
    assert kept.status_code == 200
    assert ask_raw(people, "/open_orders?select=id&client_order_id=eq.kept", person).json() != []
    for header in ("Role", "X-Role", "PGRST-Role", "X-Hasura-Role", "request.jwt.claims"):
        assert ask_raw(people, "/balances", None, **{header: "service_role"}).json()["code"] == "42501"
