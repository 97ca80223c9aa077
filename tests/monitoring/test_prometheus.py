"""Prometheus and its exporters in a stack that is up: what they may, what they tell, when they alarm."""

import json
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
import yaml
from psycopg import errors
from redis.exceptions import ResponseError
from stacked import Stacked

from tradebase import PROJECT, Problem
from tradebase import database as databases
from tradebase.stack import commands, monitoring, parts, redis

pytestmark = pytest.mark.xdist_group("stack")
TESTS = Path(__file__).parent / "prometheus"
DASHBOARD = parts.CONFIGURATIONS / "grafana-dashboard.json"
RULES = [rule for group in yaml.safe_load(monitoring.RULES.read_text())["groups"] for rule in group["rules"]]
ALERTS = [rule["alert"] for rule in RULES if "alert" in rule]


def promtool(*arguments: object) -> None:
    """Run promtool; it must have nothing to complain of."""
    ran = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def soon(what: Callable[[], object], seconds: float = 60) -> object:
    """Return what it gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)
    return found


# The rules by themselves.


def test_rules_are_rules() -> None:
    """Promtool reads them; each alert says how bad it is, what is wrong and what to do."""
    promtool("check", "rules", monitoring.RULES)
    for rule in RULES:
        if "alert" in rule:
            assert rule["labels"]["severity"] in ("critical", "warning"), rule
            assert [*rule["annotations"]] == ["summary", "description"], rule
    chapter = (PROJECT / "docs/monitoring.md").read_text()
    assert [alert for alert in ALERTS if f"`{alert}`" not in chapter] == []


@pytest.mark.parametrize("alert", ALERTS)
def test_alert(alert: str) -> None:
    """It fires when it should, with what it says, and at other times it does not."""
    file = TESTS / f"{alert}.yml"
    cases = [case for test in yaml.safe_load(file.read_text())["tests"] for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in cases} == {alert}
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}
    promtool("test", "rules", file)


def test_every_test_has_its_alert() -> None:
    """No test is left of an alert that is no more."""
    assert {file.stem for file in TESTS.iterdir()} == {*ALERTS}


# What runs in the stack.


def test_configuration_is_understood(stacked: Stacked) -> None:
    """Promtool reads what the stack's Prometheus reads."""
    home = stacked.stack.home / "prometheus"
    promtool("check", "config", home / "prometheus.yml")
    promtool("check", "web-config", home / "web.yml")


def test_loopback_and_tls_only(stacked: Stacked) -> None:
    """They listen on loopback alone, with TLS 1.3 and nothing older."""
    for member in commands.members(stacked.stack):
        if member.name not in monitoring.PORTS:
            continue
        listening = [c.laddr for c in psutil.Process(member.pid()).net_connections() if c.status == psutil.CONN_LISTEN]
        port = stacked.stack.ports[member.name]
        assert [(where.ip, where.port) for where in listening] == [("127.0.0.1", port)]
        with pytest.raises((httpx.HTTPError, AssertionError)):
            assert httpx.get(f"http://localhost:{port}/metrics", trust_env=False).status_code == httpx.codes.OK
        older = ssl.create_default_context(cafile=str(stacked.stack.authority))
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        with (
            socket.create_connection(("localhost", port)) as plain,
            pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"),
        ):
            older.wrap_socket(plain, server_hostname="localhost").close()


def exporter(stacked: Stacked, **options: object) -> psycopg.Connection:
    """Open a session as the exporter, where it reads."""
    return psycopg.connect(stacked.stack.conninfo(monitoring.LOGIN, **options), autocommit=True)


def test_the_login_may_little(stacked: Stacked) -> None:
    """It reads how the server is, and no row of a customer; it writes nothing, takes long for nothing, comes rarely."""
    with exporter(stacked) as session:
        assert session.execute("SELECT count(*) > 0 FROM monitoring.health()").fetchone() == (True,)
        for query in ("TABLE portfolio.balances", "TABLE identity.users", "SELECT * FROM api.profile"):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(query)
        for command in ("DELETE FROM ops.job_runs", "CREATE TEMP TABLE mine (n integer)"):
            with pytest.raises(errors.ReadOnlySqlTransaction):
                session.execute(command)
        session.execute("SET default_transaction_read_only = off")
        for command in ("DELETE FROM ops.job_runs", "CREATE TEMP TABLE mine (n integer)", "CREATE SCHEMA mine"):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(command)
        for name, value in (("statement_timeout", "5s"), ("lock_timeout", "500ms"), ("jit", "off")):
            assert session.execute(f"SHOW {name}").fetchone() == (value,)
        (roles,) = session.execute(
            "SELECT array_agg(r.rolname::text ORDER BY r.rolname) FROM pg_roles AS r "
            "WHERE pg_has_role(r.oid, 'MEMBER') AND r.rolname !~ '^pg_(read|stat)_'"
        ).fetchone()
        assert roles == ["pg_monitor", "tradebase_exporter", "tradebase_monitor"]
    with ExitStack() as crowd, pytest.raises(psycopg.OperationalError, match="too many connections for role"):
        for _ in range(5):
            crowd.enter_context(exporter(stacked))


def test_redis_user_may_little(stacked: Stacked) -> None:
    """Redis' exporter asks how it is; it reads no key."""
    with redis.client(stacked.stack, monitoring.REDIS_USER) as session:
        assert session.info()["redis_version"]
        for command in ("GET cache:x", "KEYS *", "CONFIG GET *", "SET x 1", "CLIENT LIST", "MONITOR"):
            with pytest.raises(ResponseError, match="has no permissions"):
                session.execute_command(*command.split())


@pytest.fixture(scope="module")
def kept(stacked: Stacked) -> Stacked:
    """Give the stack with what a day brings: a backup, a drill, a sample of yesterday, and room that is known."""
    with databases.connect(stacked.stack.primary, "tradebase") as admin:
        admin.execute(
            """
            INSERT INTO ops.backups (
                repository, label, kind, started_at, finished_at, bytes, repository_bytes, status, detail
            ) VALUES (1, '20261130-000000F', 'full', now(), now(), 1000, 100, 'succeeded', '{}');
            INSERT INTO ops.recovery_drills (kind, repository, target, started_at, finished_at, status, rpo, rto)
            VALUES ('archive', 1, 'end', now(), now(), 'succeeded', '1 second', '2 seconds');
            SELECT monitoring.sample_storage();
            INSERT INTO monitoring.storage_samples (relation, sampled_on, kind, of_table, bytes)
            SELECT relation, sampled_on - 1, kind, of_table, bytes - 1 FROM monitoring.storage_samples
            WHERE relation = 'database' ON CONFLICT DO NOTHING;
            """
        )
    with databases.connect(stacked.stack.primary, "tradebase", databases.OWNER) as owner:
        owner.execute("SELECT system.set_config_value('storage_capacity_gib', '100', 'a test')")
    # It keeps some answers for minutes.
    member = next(one for one in commands.members(stacked.stack) if one.name == "exporter-primary")
    member.stop()
    stacked.up()
    return stacked


def told_by(stacked: Stacked, name: str) -> dict[str, str]:
    """Return the metrics of an exporter, each with what it says that it is."""
    with monitoring.http(stacked.stack, name) as client:
        return dict(re.findall(r"^# HELP (\S+) (.*)$", client.get("/metrics").text, re.MULTILINE))


def test_every_query_answers(kept: Stacked) -> None:
    """No query of the exporter fails on either server, and each metric of it says what it is."""
    stacked = kept
    asked = yaml.safe_load(monitoring.QUERIES.read_text())
    for cluster in ("primary", "replica"):
        figures = monitoring.metrics(stacked.stack, f"exporter-{cluster}")
        assert figures["pg_exporter_last_scrape_error"] == 0
        assert figures["pg_up"] == 1
        assert [value for name, value in figures.items() if name.startswith("pg_exporter_user_queries_load_error")] == [
            0
        ]
    told = told_by(stacked, "exporter-primary")
    for query, how in asked.items():
        for metric in how["metrics"]:
            ((column, what),) = metric.items()
            if what["usage"] != "LABEL":
                assert told.get(f"{query}_{column}") == what["description"], f"{query}_{column}"
    assert [name for name, what in told.items() if what.startswith("Unknown metric")] == []


def test_nothing_of_anybody_is_told(stacked: Stacked) -> None:
    """No text of a statement, no id of a user, no password is in what exporters tell."""
    with databases.connect(stacked.stack.primary, "tradebase") as admin:
        users = [str(user) for (user,) in admin.execute("SELECT id FROM identity.users").fetchall()]
    secrets = [file.read_text() for file in (stacked.stack.home / "passwords").iterdir() if not file.suffix]
    for name in monitoring.EXPORTERS:
        with monitoring.http(stacked.stack, name) as client:
            text = client.get("/metrics").text
        assert [word for word in (*users, *secrets, "SELECT", "INSERT", "example.org") if word in text] == []


# Prometheus at work: it asks every two seconds, and alarms have the patience of one. (An exporter says only after a
# second that its server is away.)


@pytest.fixture(scope="module")
def hurried(stacked: Stacked) -> Iterator[Stacked]:
    """Give the stack with a Prometheus in a hurry; afterwards it has its own patience again."""
    stack = stacked.stack
    rules = re.sub(r"\bfor: \w+", "for: 1s", monitoring.RULES.read_text())
    monitoring.configure_prometheus(stack, scrape="2s", timeout="2s", rules=rules)
    monitoring.reload_prometheus(stack)
    soon(lambda: all(target["health"] == "up" for target in targets(stacked)))
    yield stacked
    monitoring.configure_prometheus(stack)
    monitoring.reload_prometheus(stack)


def targets(stacked: Stacked) -> list[dict[str, object]]:
    """Return whom Prometheus asks, once it asks them in a hurry."""
    found = monitoring.ask(stacked.stack, "targets", state="active")["activeTargets"]
    return found if all(target["scrapeInterval"] == "2s" for target in found) else [{"health": "not yet"}]


def firing(stacked: Stacked) -> set[tuple[str, str]]:
    """Return which alerts fire, and about whom."""
    return {
        (alert["labels"]["alertname"], alert["labels"].get("replica") or alert["labels"].get("instance", ""))
        for alert in monitoring.alerts(stacked.stack)
    }


def test_a_replica_that_stops_alarms(hurried: Stacked) -> None:
    """Stopped, it is missed by its name, by the primary and by its own exporter; when it is back that is over."""
    missed = {("ReplicaAway", "replica"), ("ServerDown", "replica")}
    assert not missed & firing(hurried)
    replica = next(member for member in commands.members(hurried.stack) if member.name == "replica")
    replica.stop()
    try:
        soon(lambda: missed <= firing(hurried))
        assert "alerts" in hurried.parts()["prometheus"]["says"]
    finally:
        hurried.up()
    soon(lambda: not missed & firing(hurried))


def queries() -> list[tuple[str, str]]:
    """Return every query of the dashboard, with the panel that asks it."""
    return [
        (panel["title"], target["expr"])
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel.get("targets", [])
    ]


def test_panels_say_what_they_show() -> None:
    """Each has a title of its own, a description, a unit and a place of its own."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    shown = [panel for panel in panels if panel["type"] != "row"]
    for panel in shown:
        assert panel["title"], panel
        assert panel["description"], panel
        assert panel["fieldConfig"]["defaults"]["unit"], panel
        assert panel["targets"], panel
    assert len({panel["title"] for panel in panels}) == len(panels)
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (place["x"] + x, place["y"] + y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    assert len({*cells}) == len(cells)
    assert {x for x, _ in cells} == {*range(24)}


@pytest.mark.usefixtures("kept")
def test_dashboard_shows_something(hurried: Stacked) -> None:
    """Every query of every panel returns data from the running stack: numbers, not only unknowns."""
    missing = {}

    def empty() -> dict[str, str]:
        nonlocal missing
        missing = {expr: title for title, expr in queries() if not numbers(hurried, expr)}
        return missing

    try:
        soon(lambda: not empty())
    except AssertionError:
        pytest.fail(f"no data: {missing}")


def numbers(stacked: Stacked, expr: str) -> list[str]:
    """Return the numbers that a query finds now."""
    found = monitoring.ask(stacked.stack, "query", query=expr)
    assert found["resultType"] == "vector", expr
    return [series["value"][1] for series in found["result"] if series["value"][1] != "NaN"]


def test_a_mistaken_question_is_refused(hurried: Stacked) -> None:
    """What Prometheus complains of is said."""
    with pytest.raises(Problem, match="parse error"):
        monitoring.ask(hurried.stack, "query", query="sum(")
