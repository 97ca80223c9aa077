"""portfolio.performance() is what empyrical-reloaded makes of the same returns, to 1e-9, or NULL where there is none.

| empyrical                                   | here                                                                 |
| ------------------------------------------- | -------------------------------------------------------------------- |
| NaN, where a ratio is not defined           | NULL                                                                 |
| infinite Sortino where no return fell       | NULL: there is nothing to divide by                                  |
| infinite annual return past 1.8e308         | NULL, and so is Calmar; empyrical's is NaN                           |
| no deviation: below a bound that it derives | below 1e-12, for Sharpe, Sortino and Calmar alike                    |
| rates are of a period                       | rates are of a year; of a period is (1 + rate) ^ (1 / N) - 1         |
| a NaN counts in the length of the series    | a period without a return is none                                    |
| N of a name, daily 252                      | N of a setting, 365                                                  |
| no win rates, profit factor, payoff         | as in tests/portfolio/performance.sql and compute_analytics.sql      |
"""

import csv
import datetime
import math
import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import empyrical
import numpy as np
import pytest

from tradebase import load
from tradebase.up import source_of

BARS = source_of("bars", None)[0]
DAY = datetime.timedelta(days=1)
RATIOS = ("cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar")
QUERY = f"SELECT n_periods, {', '.join(RATIOS)} FROM portfolio.performance(%s, %s, %s, %s)"


def empyrical_says(returns: list[float], periods: float, risk_free: float, acceptable: float) -> dict[str, float]:
    """Return empyrical's ratios, with rates of a year made into rates of a period."""
    series = np.array(returns)
    of_period = {rate: (1 + rate) ** (1 / periods) - 1 for rate in (risk_free, acceptable)}
    with np.errstate(over="ignore"):
        return {
            "cagr": empyrical.annual_return(series, annualization=periods),
            "volatility": empyrical.annual_volatility(series, annualization=periods),
            "sharpe": empyrical.sharpe_ratio(series, of_period[risk_free], annualization=periods),
            "sortino": empyrical.sortino_ratio(series, of_period[acceptable], annualization=periods),
            "max_drawdown": empyrical.max_drawdown(series),
            "calmar": empyrical.calmar_ratio(series, annualization=periods),
        }


def differences(ours: dict[str, float | None], theirs: dict[str, float]) -> list[str]:
    """Return which ratios are not the same to 1e-9, of themselves where they are above one."""
    return [
        f"{ratio}: {ours[ratio]}, empyrical {theirs[ratio]}"
        for ratio in RATIOS
        if (ours[ratio] is None) == math.isfinite(theirs[ratio])
        or (ours[ratio] is not None and abs(ours[ratio] - theirs[ratio]) > 1e-9 * max(1, abs(theirs[ratio])))
    ]


def compare(connection, name: str, returns: list[float], periods: float, risk_free: float, acceptable: float) -> int:
    """Compare both on a series; return how many ratios there were to compare."""
    n, *ours = connection.execute(QUERY, [returns, periods, risk_free, acceptable]).fetchone()
    assert n == len(returns)
    ours = dict(zip(RATIOS, ours, strict=True))
    assert differences(ours, empyrical_says(returns, periods, risk_free, acceptable)) == [], name
    return sum(value is not None for value in ours.values())


def random_series(dice: random.Random) -> Iterator[tuple[str, list[float]]]:
    """Yield series of every length and temper, with days without a move and days that lose all."""
    for length in (1, 2, 3, 7, 30, 365, 2000):
        # Below it Calmar is what 1 + r has rounded away divided by itself, there as here.
        for scale in (1e-5, 1e-3, 0.01, 0.3):
            for kind in ("mixed", "gains", "losses", "quiet"):
                series = [dice.gauss(0, scale) for _ in range(length)]
                series = {
                    "mixed": series,
                    "gains": [abs(value) for value in series],
                    "losses": [-abs(value) for value in series],
                    "quiet": [value * dice.choice((0, 0, 1)) for value in series],
                }[kind]
                yield f"{kind}, {length} of {scale}", [max(value, -1.0) for value in series]
    yield "a total loss", [0.1, -0.2, -1.0, 0.5]


def test_random_series(database, seed: int, tally) -> None:
    """On random series both say the same, whatever the rates."""
    dice = random.Random(seed)  # noqa: S311
    with database.connect() as owner:
        for name, returns in random_series(dice):
            for periods, risk_free, acceptable in ((252, 0, 0), (365, 0.04, 0.1), (12, -0.01, 0)):
                compared = compare(owner, f"{name}, {periods}", returns, periods, risk_free, acceptable)
                tally("ratios", compared, "equal to empyrical's")


@pytest.mark.parametrize("returns", [[], [0.0, 0.0, 0.0], [0.01] * 50, [0.1] * 7, [-0.02] * 9, [1 / 3] * 365])
def test_nothing_and_no_variance(database, returns: list[float]) -> None:
    """Where empyrical has NaN, or infinity, there is NULL; what is left is equal."""
    with database.connect() as owner:
        compare(owner, str(returns[:3]), returns, 365, 0.01, 0.02)


def closes(seconds: int) -> dict[str, list[Decimal]]:
    """Return the last close of every bucket of so many seconds, by instrument."""
    last: dict[str, dict[int, tuple[int, Decimal]]] = {}
    lines = b"".join(load.chunks(BARS, lambda _: None)).decode().splitlines()
    for bar in csv.DictReader(lines):
        buckets = last.setdefault(f"{bar['venue']} {bar['symbol']} {bar['price_kind']}", {})
        at = int(bar["ts_utc"])
        bucket = at // seconds
        if bucket not in buckets or buckets[bucket][0] <= at:
            buckets[bucket] = (at, Decimal(bar["close"]))
    return {name: [close for _, (_, close) in sorted(buckets.items())] for name, buckets in last.items()}


@pytest.mark.skipif(BARS is None, reason="the real files are not beside the project")
@pytest.mark.parametrize(
    ("seconds", "periods"), [(86400, 252), (3600, 8760), (60, 525600)], ids=["day", "hour", "minute"]
)
def test_real_series(database, seconds: int, periods: int, tally) -> None:
    """On the returns of real instruments both say the same."""
    compared = 0
    with database.connect() as owner:
        for name, prices in closes(seconds).items():
            returns = [float(price / before - 1) for before, price in pairwise(prices)]
            if returns:
                compared += compare(owner, name, returns, periods, 0.02, 0.05)
    tally("ratios", compared, "equal to empyrical's")
    assert compared >= 50


def test_analytics_of_snapshots(database, seed: int) -> None:
    """What compute_analytics makes of snapshots with flows is empyrical's of the returns without them."""
    dice = random.Random(seed)  # noqa: S311
    last_day = datetime.datetime(2019, 6, 30, tzinfo=datetime.UTC)
    days = [last_day - DAY * n for n in range(120, -1, -1)]
    expected = {}
    with database.connect() as owner:
        owner.execute("SELECT ops.ensure_partitions('portfolio.portfolio_snapshots', '2019-01-01', '2019-06-30')")
        owner.execute("UPDATE system.system_config SET value = '0.03' WHERE key = 'risk_free_rate'")
        owner.execute("UPDATE system.system_config SET value = '0.08' WHERE key = 'minimum_acceptable_return'")
        (asset,) = owner.execute(
            "INSERT INTO market.assets (code, name, kind, scale, display_scale) "
            "VALUES ('P1USD', 'Dollar', 'fiat', 2, 2) RETURNING id"
        ).fetchone()
        for _ in range(5):
            (user,) = owner.execute("INSERT INTO auth.users (id) VALUES (gen_random_uuid()) RETURNING id").fetchone()
            equity, flow, returns, rows = Decimal(1000), Decimal(0), [], []
            for day in days:
                if rows:
                    came = Decimal(dice.choice((0, 0, 0, 250, -100, "-0.37")))
                    base = equity + came
                    equity = round(base * (1 + Decimal(str(dice.gauss(0.001, 0.02)))), 10)
                    returns.append(float(equity / base - 1))
                    flow += came
                rows.append((user, day, asset, equity, equity, flow))
            expected[user] = returns
            with owner.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO portfolio.portfolio_snapshots (user_id, kind, taken_at, reporting_asset_id, equity, "
                    "cash, positions_value, unrealized_pnl, realized_pnl_cum, fees_cum, net_flow_cum, holdings) "
                    "VALUES (%s, 'daily', %s, %s, %s, %s, 0, 0, 0, 0, %s, '{}')",
                    rows,
                )
        owner.execute("SET ROLE tradebase_worker")
        assert owner.execute("SELECT portfolio.compute_analytics(as_of => %s)", [last_day.date()]).fetchone() == (25,)
        owner.execute("RESET ROLE")
        found = owner.execute(
            f"SELECT user_id, span, n_periods, {', '.join(RATIOS)} FROM portfolio.analytics WHERE as_of = %s",
            [last_day.date()],
        ).fetchall()
    assert len(found) == 25
    for user, span, n, *ours in found:
        length = {"7d": 7, "30d": 30, "90d": 90}.get(span, 120)
        assert n == length
        theirs = empyrical_says(expected[user][-length:], 365, 0.03, 0.08)
        assert differences(dict(zip(RATIOS, ours, strict=True)), theirs) == [], span
