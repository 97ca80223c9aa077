"""Prometheus of the stack and its exporters: who watches both clusters and Redis, and when that alarms.

PgBouncer is watched by the database: Debian's exporter for it (1.7) ends with KeyError at what its PgBouncer says.
"""

import json
import os
import signal
import ssl
from pathlib import Path

import httpx

from tradebase import Problem
from tradebase import database as databases
from tradebase import up as ups
from tradebase.server import Server
from tradebase.stack import certificates, parts
from tradebase.stack.parts import Part
from tradebase.stack.place import Member, Stack, found, give_passwords, member_of, needed

LOGIN = "tradebase_exporter"  # of config/exporter.sql
REDIS_USER = "monitor"  # of config/redis-users.acl
EXPORTER = parts.CONFIGURATIONS / "exporter.sql"
QUERIES = parts.CONFIGURATIONS / "exporter-queries.yml"
RULES = parts.CONFIGURATIONS / "prometheus-rules.yml"
# By the names of their ports; each is a member too.
EXPORTERS = ("exporter-primary", "exporter-replica", "exporter-redis")
PORTS = (*EXPORTERS, "prometheus")
SCRAPE = "15s"
TIMEOUT = "10s"  # for one answer of an exporter


def http(stack: Stack, name: str) -> httpx.Client:
    """Return a client of Prometheus or of an exporter, who verifies whom he talks to."""
    trusting = ssl.create_default_context(cafile=str(stack.authority))
    url = f"https://localhost:{stack.ports[name]}"
    return httpx.Client(base_url=url, verify=trusting, timeout=10, trust_env=False)


def metrics(stack: Stack, name: str) -> dict[str, float]:
    """Return what an exporter tells, by metric with its labels."""
    with http(stack, name) as client:
        answer = client.get("/metrics")
    if answer.status_code != httpx.codes.OK:
        raise Problem(f"it answers {answer.status_code}")
    lines = (line for line in answer.text.splitlines() if not line.startswith("#"))
    return {metric: float(value) for metric, _, value in (line.rpartition(" ") for line in lines)}


def ask(stack: Stack, question: str, **parameters: str) -> object:
    """Ask Prometheus' API and return its data; Problem with what it complains of."""
    with http(stack, "prometheus") as client:
        answer = client.get(f"/api/v1/{question}", params=parameters)
    try:
        told = answer.json()
    except ValueError:
        raise Problem(f"Prometheus answers {answer.status_code}.") from None
    if told["status"] != "success":
        raise Problem(f"Prometheus refuses {question}: {told['error']}")
    return told["data"]


def alerts(stack: Stack) -> list[dict[str, object]]:
    """Return the alerts that fire."""
    return [alert for alert in ask(stack, "alerts")["alerts"] if alert["state"] == "firing"]


def make_login(server: Server, database: str) -> None:
    """Make the exporter's login as a DBA would."""
    for file in (databases.MONITORING, EXPORTER):
        databases.run_file(server, database, file)


def exporter_command(home: Path, port: int, *more: str) -> tuple[str, ...]:
    """Return the exporter of PostgreSQL as it is started, its queries in `home`."""
    return (
        found("prometheus-postgres-exporter"),
        # Its own queries are of before PostgreSQL 17, and ask for more than anybody looks at.
        *(
            "--disable-default-metrics",
            "--disable-settings-metrics",
            "--no-collector.database",
            "--no-collector.bgwriter",
        ),
        f"--extend.query-path={home / QUERIES.name}",
        f"--web.listen-address=127.0.0.1:{port}",
        *more,
    )


def secret(file: Path, text: str) -> Path:
    """Write a file that only the servers' user may read."""
    parts.give(file.parent)
    file.touch(mode=0o600)
    file.write_text(text)
    parts.give(file)
    return file


def web(stack: Stack, home: Path) -> Path:
    """Write how Prometheus or an exporter is reached; its certificate has the name that all of them share."""
    values = {"certificates": stack.certificates, "name": "monitoring"}
    return parts.render("exporter-web.yml", home / "web.yml", values)


def certified(stack: Stack, name: str) -> dict[str, object]:
    """Return what a member is made with that shows the certificate, and reads it again by itself."""
    return {
        "ports": (name,),
        "certificate": "monitoring",
        "reload": lambda: None,
        "shown": lambda: certificates.shown(stack.ports[name], stack.authority),
    }


def of_cluster(stack: Stack, cluster: str) -> Member:
    """Return the exporter beside one of the two clusters."""
    name = f"exporter-{cluster}"
    home, program = stack.home / name, "prometheus-postgres-exporter"
    where = f"localhost:{stack.ports.get(cluster, 0)}/{ups.DATABASE}"
    options = f"sslmode=verify-full&sslrootcert={stack.authority}&connect_timeout=5&application_name={LOGIN}"
    part = Part(
        name,
        home,
        exporter_command(home, stack.ports.get(name, 0), f"--web.config.file={home / 'web.yml'}"),
        (
            ("DATA_SOURCE_URI", f"{where}?{options}"),
            ("DATA_SOURCE_USER", LOGIN),
            ("DATA_SOURCE_PASS_FILE", str(home / "password")),
        ),
    )

    def configure() -> None:
        # A standby learns of it from the other.
        if cluster == stack.leader:
            make_login(stack.primary, ups.DATABASE)
            give_passwords(stack, (LOGIN,))
        secret(home / "password", stack.password(LOGIN))
        secret(home / QUERIES.name, QUERIES.read_text())
        web(stack, home)

    def answer() -> str:
        told = metrics(stack, name)
        if not told["pg_up"]:
            raise Problem(f"PostgreSQL does not let it in: see {part.log}.")
        if told["pg_exporter_last_scrape_error"]:
            raise Problem(f"a query of it fails: see {part.log}.")
        return f"{sum(metric.startswith('tradebase_') for metric in told)} figures of {cluster}"

    return member_of(part, answer, needed(program, program), configure, **certified(stack, name))


def of_primary(stack: Stack) -> Member:
    """Return the exporter beside the cluster that is made first."""
    return of_cluster(stack, "primary")


def of_replica(stack: Stack) -> Member:
    """Return the exporter beside the other cluster."""
    return of_cluster(stack, "replica")


def of_redis(stack: Stack) -> Member:
    """Return the exporter beside Redis."""
    name, program = "exporter-redis", "prometheus-redis-exporter"
    home = stack.home / name
    address = f"rediss://localhost:{stack.ports.get('redis', 0)}"
    part = Part(
        name,
        home,
        (
            found(program),
            f"--redis.addr={address}", f"--redis.user={REDIS_USER}",
            f"--redis.password-file={home / 'passwords.json'}",
            f"--tls-ca-cert-file={stack.authority}",
            # What is configured is in config/.
            "--config-command=-", "--redis-only-metrics",
            f"--tls-server-cert-file={stack.certificates / 'monitoring.crt'}",
            f"--tls-server-key-file={stack.certificates / 'monitoring.key'}",
            "--tls-server-min-version=TLS1.3",
            f"--web.listen-address=127.0.0.1:{stack.ports.get(name, 0)}",
        ),
    )  # fmt: skip

    def configure() -> None:
        secret(home / "passwords.json", json.dumps({address: stack.password(f"redis-{REDIS_USER}")}))

    def answer() -> str:
        told = metrics(stack, name)
        if not told["redis_up"]:
            raise Problem(f"Redis does not let it in: see {part.log}.")
        return f"{sum(metric.startswith('redis_') for metric in told)} figures of redis"

    return member_of(part, answer, needed(program, program), configure, **certified(stack, name))


def prometheus_part(stack: Stack) -> Part:
    """Return Prometheus' process."""
    home = stack.home / "prometheus"
    return Part(
        "prometheus",
        home,
        (
            found("prometheus"),
            f"--config.file={home / 'prometheus.yml'}",
            f"--web.config.file={home / 'web.yml'}",
            f"--storage.tsdb.path={home / 'data'}",
            "--storage.tsdb.retention.time=30d",
            f"--web.listen-address=127.0.0.1:{stack.ports.get('prometheus', 0)}",
            "--log.level=warn",
        ),
    )


def configure_prometheus(stack: Stack, scrape: str = SCRAPE, timeout: str = TIMEOUT, rules: str | None = None) -> None:
    """Write what Prometheus reads; one that runs reads it when it is told to."""
    home = stack.home / "prometheus"
    web(stack, home)
    secret(home / RULES.name, RULES.read_text() if rules is None else rules)
    ports = {name.replace("-", "_"): stack.ports[name] for name in PORTS}
    values = {"scrape": scrape, "timeout": timeout, "rules": home / RULES.name, "certificates": stack.certificates}
    parts.render("prometheus.yml", home / "prometheus.yml", ports | values)


def reload_prometheus(stack: Stack) -> None:
    """Have Prometheus read its configuration and its rules again."""
    os.kill(parts.pid_of(prometheus_part(stack)), signal.SIGHUP)


def prometheus(stack: Stack) -> Member:
    """Return Prometheus."""

    def answer() -> str:
        with http(stack, "prometheus") as client:
            if client.get("/-/ready").status_code != httpx.codes.OK:
                raise Problem("it is not ready yet")
        targets = ask(stack, "targets", state="active")["activeTargets"]
        up = sum(target["health"] == "up" for target in targets)
        return f"{up} of {len(targets)} targets up, {len(alerts(stack))} alerts"

    return member_of(
        prometheus_part(stack),
        answer,
        needed("prometheus", "prometheus"),
        lambda: configure_prometheus(stack),
        **certified(stack, "prometheus"),
    )


MEMBERS = (of_primary, of_replica, of_redis, prometheus)
