"""What a position is after some fills, computed in the plainest way."""

from decimal import ROUND_HALF_UP, Decimal


def fold(position: list[Decimal], quantity: Decimal, quote: Decimal) -> None:
    """Change quantity, entry cost and realized profit by one signed fill, by weighted average cost (18 decimals)."""
    held, cost, _ = position
    places = Decimal("1e-18")
    if held == 0 or (held > 0) == (quantity > 0):  # opens, or adds
        position[1] += quote
    elif abs(quantity) <= abs(held):  # takes from it in proportion
        part = (cost * abs(quantity) / abs(held)).quantize(places, ROUND_HALF_UP)
        position[1] -= part
        position[2] += -quote - part
    else:  # closes it, and the rest opens the other way
        closing = (quote * abs(held) / abs(quantity)).quantize(places, ROUND_HALF_UP)
        position[2] += -closing - cost
        position[1] = quote - closing
    position[0] += quantity
