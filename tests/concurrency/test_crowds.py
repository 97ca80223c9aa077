"""Many sessions at one key, and at one balance: they queue up first, and who waits is read from the server."""

import pytest
from exchange import Exchange
from pairs import SUBMIT, Scene, codes, in_transaction, service
from schedules import ENDS, Play


@pytest.mark.parametrize("end", ENDS)
def test_fifty_submissions_of_one_key_make_one_order(exchange: Exchange, end: str) -> None:
    """Forty-nine wait for the first; whatever becomes of it, all that commit answer with the same order."""
    exchange.lengthen_waits()
    scene = Scene(exchange, 0)
    play = Play(scene, [in_transaction(SUBMIT, end), *(in_transaction(SUBMIT, "COMMIT") for _ in range(49))])
    for turn in range(50):
        play.step(turn)
    assert len(play.waiting()) == 49
    while ready := play.ready():
        play.step(ready[0])
    assert exchange.violations() == []
    answers = [told[0] for told in play.told[0 if end == "COMMIT" else 1 :]]
    made = exchange.owner.execute("SELECT id::text FROM trading.orders WHERE client_order_id = 'key'").fetchall()
    assert {(answer["order"]["id"],) for answer in answers} == set(made)
    assert len(made) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False] + [True] * (len(answers) - 1)


def test_eight_clients_spend_one_balance_once(exchange: Exchange) -> None:
    """Of sixteen orders in eight markets as many are taken as the balance covers, and the rest is left."""
    exchange.lengthen_waits()
    scene, *others = (Scene(exchange, number) for number in range(4))
    markets = [one.names[name] for one in (scene, *others) for name in ("btc", "eth")]
    # 50 and a fee of 0.1 each, of the 599.2 that her order in the first market leaves.
    orders = [service(f"place_order_for(%(a)s, '{market}', 'buy', 'limit', 1, 50)") for market in markets]
    play = Play(
        scene,
        [
            *(in_transaction(order, "COMMIT") * 2 for order in orders),
            ["BEGIN; SELECT FROM portfolio.balances WHERE user_id = %(a)s FOR NO KEY UPDATE", "COMMIT"],
        ],
    )
    holder = len(orders)
    for turn in (holder, *range(holder)):
        play.step(turn)
    assert len(play.waiting()) == 8
    play.step(holder)
    while ready := play.ready():
        # Not the same one twice in a row: whoever has waited longest.
        play.step(min(ready, key=lambda turn: (len(play.told[turn]), turn)))
    came = [code for told in play.told[:holder] for code in codes([told[0], told[2]])]
    assert sorted(came) == ["TR101"] * 5 + ["ok"] * 11
    left = exchange.owner.execute(
        """
        SELECT b.available, b.held FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
        WHERE b.user_id = %(a)s AND a.code = 'R1USD'
        """,
        scene.names,
    ).fetchone()
    assert tuple(map(float, left)) == (48.1, 951.9)
    assert exchange.violations() == []
