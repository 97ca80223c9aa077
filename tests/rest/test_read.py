"""Both clients read what is theirs: filtered, ordered, embedded, page by page, and money to its last digit."""

import pytest
from clients import CLIENTS
from world import BTC, FORTUNE, STAFF, World

pytestmark = [
    pytest.mark.xdist_group("rest"),
    pytest.mark.parametrize("client", CLIENTS, indirect=True, scope="session"),
]

PRICE, QUANTITY = "123.123456789", "0.987654321"


@pytest.fixture(scope="module")
def traded(world: World) -> tuple:
    """Give a buyer and a seller who traded once, and their orders."""
    buyer, seller = world.person(), world.person()
    return buyer, seller, *world.trade(buyer, seller, PRICE, QUANTITY)


def test_money_keeps_its_last_digit(world: World) -> None:
    """Read as text, and sent as text, eighteen decimals arrive as they are; a JSON number would not have them."""
    rich, poor = world.user(RUSD=FORTUNE), world.user(RBTC="1")
    mine = world.person(rich)
    text = mine.read("balances", "available::text, total::text")
    assert text.data == [{"available": FORTUNE, "total": FORTUNE}]
    number = mine.read("balances", "available").data[0]["available"]
    assert isinstance(number, float), "what the clients make of a number"
    assert number != FORTUNE
    assert f"{number:.18f}" != FORTUNE

    sent = mine.call("transfer", to_user_id=str(poor), asset="RUSD", amount="0.000000000000000001", idempotency_key="k")
    assert sent["amount"] == "0.000000000000000001"
    assert mine.call("statement", asset="RUSD")[0]["available_after"] == "12345678901.123456789012345677"
    theirs = world.person(poor).read("balances", "available::text", ["eq", "asset", "RUSD"])
    assert theirs.data == [{"available": "0.000000000000000001"}]


def test_each_sees_their_own(world: World, traded: tuple) -> None:
    """A trade is two users' fills, one each; nobody else has any."""
    buyer, seller, bought, sold = traded
    columns = "order_id, side, price::text, quantity::text"
    common = {"price": PRICE, "quantity": QUANTITY}
    assert buyer.read("fills", columns).data == [{"order_id": bought, "side": "buy"} | common]
    assert seller.read("fills", columns).data == [{"order_id": sold, "side": "sell"} | common]
    assert world.person().read("fills", columns).data == []
    # Asking for somebody else's by name is no different from asking for nothing.
    assert seller.read("fills", columns, ["eq", "order_id", bought]).data == []
    either = seller.read("fills", "order_id", ["or", f"order_id.eq.{bought},order_id.eq.{sold}"])
    assert either.data == [{"order_id": sold}]


@pytest.mark.parametrize("view", ["balances", "fills", "ledger_entries", "open_orders", "positions", "transfers"])
def test_who_has_not_signed_in_reads_nothing_private(world: World, view: str) -> None:
    """Refused with the server's own code, not with an empty list."""
    assert world.nobody().read(view).code == "42501"
    assert world.service().read(view).code == "42501"
    assert world.engine().read(view).code == "42501"


def test_everybody_reads_what_is_public(world: World, traded: tuple) -> None:  # noqa: ARG001
    """Markets, assets and the tape need nobody to sign in; staff reads the first two."""
    for asker in (world.nobody(), world.person()):
        assert [row["market"] for row in asker.read("trades", "market", ["eq", "market", BTC], ["limit", 1]).data] == [
            BTC
        ]
    for asker in (world.nobody(), world.person(), *(world.staff(role) for role in STAFF)):
        assert asker.read("assets", "code", ["eq", "code", "RUSD"]).data == [{"code": "RUSD"}]
        assert asker.read("markets", "tick_size::text", ["eq", "symbol", BTC]).data == [{"tick_size": "0.000000001"}]


def test_filters(world: World) -> None:
    """Numbers compare as numbers, although they are read as text; lists, patterns and nulls work."""
    mine = world.person()
    order = {"market": BTC, "side": "buy", "type": "limit", "quantity": "0.5"}
    for price in ("9", "10", "100"):
        mine.call("place_order", **order, price=price, client_order_id=f"p{price}")

    def names(*filters: list) -> list[str]:
        rows = mine.read("open_orders", "client_order_id", *filters, ["order", "price", {"ascending": False}])
        return [row["client_order_id"] for row in rows.data]

    assert names() == ["p100", "p10", "p9"]
    assert names(["gte", "price", "10"]) == ["p100", "p10"]
    assert names(["lt", "price", "10"]) == ["p9"]
    assert names(["in", "client_order_id", ["p9", "p100"]]) == ["p100", "p9"]
    assert names(["like", "client_order_id", "p1%"]) == ["p100", "p10"]
    assert names(["is", "cancel_requested_at", None]) == ["p100", "p10", "p9"]
    assert names(["eq", "market", "RETH-RUSD"]) == []


def test_pages_and_counts(world: World) -> None:
    """A page is a range, the count is exact and counts one's own; cursors of the list functions go on where one was."""
    mine, seller = world.person(), world.person()
    for _ in range(3):
        world.trade(mine, seller, "10", "0.1")
    counted = ["select", "trade_seq", {"count": "exact"}]
    page = mine.ask(["from", "fills"], counted, ["order", "trade_seq"], ["range", 1, 2])
    assert page.count == 3
    seqs = [row["trade_seq"] for row in page.data]
    assert len(seqs) == 2
    first = mine.call("list_fills", max_rows=2)
    assert [row["trade_seq"] for row in first] == [seqs[1], seqs[0]]
    rest = mine.call("list_fills", before_executed_at=first[-1]["executed_at"], before_id=first[-1]["id"])
    assert [row["trade_seq"] for row in rest] == [seqs[0] - 1]
    beyond = mine.ask(["from", "fills"], counted, ["range", 5, 9])
    assert beyond.code == "PGRST103", "a page behind the last row is an error, not an empty list"


EMBEDS = {
    "balances": {"assets": "code"},
    "ledger_entries": {"assets": "code"},
    "transfers": {"assets": "code"},
    "fills": {"markets": "symbol"},
    "positions": {"markets": "symbol"},
    "open_orders": {"markets": "symbol", "fills": "id"},
    "order_history": {"markets": "symbol", "fills": "id"},
    "markets": {"base": "code", "quote": "code"},
}


def test_every_relation_is_embedded(world: World, traded: tuple) -> None:
    """Each function of a view's row, as the catalog has them, is embedded by its name, in one row or a list."""
    relations = world.owner.execute(
        """
        SELECT c.relname, p.proname, p.prorows = 1
        FROM pg_proc AS p
        JOIN pg_class AS c ON c.reltype = p.proargtypes[0]
        WHERE p.pronamespace = 'api'::regnamespace AND p.pronargs = 1
        """
    ).fetchall()
    assert {view: set(names) for view, names in EMBEDS.items()} == {
        view: {name for of, name, _ in relations if of == view} for view, _, _ in relations
    }
    buyer = traded[0]
    buyer.call("place_order", market=BTC, side="buy", type="limit", quantity="0.5", price="1")
    for view, name, is_one in relations:
        rows = buyer.read(view, f"{name}({EMBEDS[view][name]})", ["limit", 1000])
        assert rows.code is None, f"{view} does not embed {name}: {rows}"
        assert rows.data, f"{view} is empty: nothing is shown"
        kinds = {type(row[name]) for row in rows.data}
        assert kinds == ({dict} if is_one else {list}), f"{view} embeds {name} as {kinds}"


def test_embedded_rows_are_those_that_belong(world: World, traded: tuple) -> None:
    """An order comes with its market, that with its assets, and with its own fills alone."""
    buyer, seller, bought, _ = traded
    world.trade(buyer, seller, "5", "0.25")
    order = buyer.read(
        "order_history",
        "price::text, markets(symbol, base(code), quote(code, scale)), fills(order_id, quantity::text)",
        ["eq", "id", bought],
    )
    assert order.data == [
        {
            "price": PRICE,
            "markets": {"symbol": BTC, "base": {"code": "RBTC"}, "quote": {"code": "RUSD", "scale": 18}},
            "fills": [{"order_id": bought, "quantity": QUANTITY}],
        }
    ]


def test_nothing_hidden_is_embedded(traded: tuple) -> None:
    """A table behind a view, or a column that the view has not got, is not there (A91)."""
    buyer = traded[0]
    for hidden in ("users(*)", "orders(*)", "market_state(*)", "counterparty:users(*)", "profiles(*)"):
        assert buyer.read("fills", f"id, {hidden}").code == "PGRST200", hidden
    # The tape says nothing of whose orders they were.
    for column in ("maker_order_id", "taker_order_id", "id"):
        assert buyer.read("trades", column).code == "42703", column
    assert buyer.read("balances", "user_id").code == "42703"
    for row in buyer.read("order_history", "*, fills(*), markets(*)").data:
        assert "user_id" not in row


def test_no_client_writes_a_row(world: World) -> None:
    """Update, insert, one row or many, upsert and delete of what one reads oneself: refused, and nothing is changed."""
    user, other = world.user(), world.user()
    mine, theirs = world.person(user), world.person(other)
    mine.call("edit_profile", changes={"display_name": "Zoë"})
    rows = [{"user_id": str(who), "display_name": "x"} for who in (user, other)]
    for whose in (user, other):
        at = ["eq", "user_id", str(whose)]
        assert mine.ask(["from", "profile"], ["update", {"display_name": "x"}], at).code == "42501"
        assert mine.ask(["from", "profile"], ["delete"], at).code == "42501"
    for method in ("insert", "upsert"):
        for given in (rows, rows[0]):
            assert mine.ask(["from", "profile"], [method, given]).code == "42501"
    assert mine.read("profile", "user_id, display_name").data == [{"user_id": str(user), "display_name": "Zoë"}]
    assert theirs.read("profile", "user_id, display_name").data == [{"user_id": str(other), "display_name": None}]
    assert world.nobody().read("profile").code == "42501"
    support = world.staff("tradebase_support", world.employee("tradebase_support"))
    assert support.read("profile").data == []
    support.call("support_open", user_id=str(user), reason="ticket 9")
    assert support.read("profile", "display_name").data == [{"display_name": "Zoë"}]
