"""What a layer costs an order's commands, beside the same commands in a clone without it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg
from rich.progress import Progress

from tradebase import Problem, bench
from tradebase import database as databases
from tradebase.bench import DATABASE, conditions_of, exchange, growth, pgbench, spread
from tradebase.bench.pgbench import Slice
from tradebase.server import GIB, Server

COMMANDS = {"place": "place-over-8", "cancel": "cancel-over-8", "settle": "settle-1-over-8"}
LEAVES = 60
FIRST_GUESS = 2000  # commands a second, which a first supply is made for

# Around today; nothing is older in the clone.
SPREAD = """
SELECT ops.ensure_partitions(
    p.parent,
    (date_trunc(p.period, now(), 'UTC') - %(before)s * ('1 ' || p.period)::interval)::date,
    (date_trunc(p.period, now(), 'UTC') + %(after)s * ('1 ' || p.period)::interval)::date
)
FROM ops.partition_policies AS p
"""
# Every leaf by time, but the open book: today's, and what begins while we measure.
NOT_NOW = """
SELECT p.parent::text, b.leaf::text
FROM ops.partition_policies AS p
CROSS JOIN LATERAL ops.partition_bounds(p.parent) AS b
WHERE b.to_at IS NOT NULL AND NOT tstzrange(b.from_at, b.to_at) && tstzrange(now(), now() + INTERVAL '2 hours', '[]')
"""
COUNT = """
SELECT p.parent::text, count(*)
FROM ops.partition_policies AS p
CROSS JOIN LATERAL ops.partition_bounds(p.parent) AS b
WHERE b.to_at IS NOT NULL
GROUP BY p.parent
"""
# Ours that refuse or compare: not the audit's, and not what only sets updated_at.
INTEGRITY = """
SELECT g.tgrelid::regclass::text, g.tgname
FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid
WHERE NOT g.tgisinternal AND g.tgname !~ '_audit_|_touch$' AND g.tgparentid = 0
AND c.relnamespace IN ('trading'::regnamespace, 'portfolio'::regnamespace, 'market'::regnamespace)
"""


@dataclass(frozen=True)
class Layer:
    """What is measured: how a clone is made to be without it and with it, and how much more a command may cost."""

    name: str
    without: Callable[[psycopg.Connection], None]
    within: Callable[[psycopg.Connection], None]
    most: float


def one_leaf(owner: psycopg.Connection) -> None:
    """Take away every leaf that this run does not write to."""
    for parent, leaf in owner.execute(NOT_NOW).fetchall():
        owner.execute(f"ALTER TABLE {parent} DETACH PARTITION {leaf}; DROP TABLE {leaf}")
    refuse_unless(owner, 1)


def many_leaves(owner: psycopg.Connection) -> None:
    """Give every partitioned table so many leaves, half of them past."""
    one_leaf(owner)
    owner.execute(SPREAD, {"before": LEAVES // 2, "after": LEAVES - LEAVES // 2 - 1})
    refuse_unless(owner, LEAVES)


def refuse_unless(owner: psycopg.Connection, leaves: int) -> None:
    """Raise when a table has another number of leaves by time; a period that ends while we measure adds one."""
    wrong = {parent: n for parent, n in owner.execute(COUNT) if n not in (leaves, leaves + (leaves == 1))}
    if wrong:
        raise Problem(f"{leaves} leaves were wanted: {wrong}.")


def without_triggers(owner: psycopg.Connection) -> None:
    """Disable the integrity triggers, which are only ever off in a clone that is measured and dropped."""
    found = owner.execute(INTEGRITY).fetchall()
    for table, trigger in found:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    if not found:
        raise Problem("there is no integrity trigger to disable.")


def silent(owner: psycopg.Connection) -> None:
    """Have commands tell nothing: what they would write to the outbox is not even made."""
    owner.execute("CREATE RULE silent AS ON INSERT TO events.outbox DO INSTEAD NOTHING")


def as_it_is(_: psycopg.Connection) -> None:
    """Leave the clone as it is."""


LAYERS = {
    layer.name: layer
    for layer in (
        Layer("leaves", one_leaf, many_leaves, 1.05),
        Layer("triggers", without_triggers, as_it_is, 1.10),
    )
}
OUTBOX = Layer("outbox", silent, as_it_is, 1.10)  # tradebase bench live


def overhead(
    names: list[str], commands: list[str], rounds: int, seconds: float, users: int, progress: Progress
) -> dict[str, object]:
    """Run each command of an order in a clone without a layer, one with it and one more without it, turn by turn."""
    layers = [LAYERS[name] for name in names or LAYERS]
    subjects = {name: exchange.SUBJECTS[COMMANDS[name]] for name in commands or COMMANDS}
    task = progress.add_task("Bench overhead", total=len(layers) * len(subjects) * rounds, note="deploying")
    figures, bare = [], []
    # Vacuum at a moment of its own choosing would be taken for one side's cost.
    with bench.deployed(exchange.ROOM if rounds > 1 else GIB, exchange.SETTINGS | {"autovacuum": "off"}) as server:
        progress.update(task, note="filling")
        exchange.prepare(server, DATABASE, users)

        def advance(words: str) -> None:
            progress.update(task, advance=1, note=words)

        for layer in layers:
            for name, subject in subjects.items():
                found = slices(server, layer, name, subject, rounds, seconds, users, advance)
                figures += told(layer, name, found)
                bare += [first.cpu_us for first, _, _ in found]
        with databases.connect(server, DATABASE) as admin:
            conditions = conditions_of(admin) | {
                "clients": exchange.CLIENTS, "users": users, "rounds": rounds, "seconds": seconds, "leaves": LEAVES,
                "triggers": [f"{trigger} on {table}" for table, trigger in admin.execute(INTEGRITY)],
                "protocol": "prepared", "role": exchange.ROLE, "cpu": "of the server, without autovacuum",
            }  # fmt: skip
    return {
        "bench": "overhead",
        "conditions": conditions,
        "yardstick": {
            "name": "the same command in a clone without the layer (one leaf, or no integrity trigger), by CPU",
            "rate": spread(bare, "µs of CPU"),
        },
        "figures": figures,
    }


def slices(
    server: Server, layer: Layer, name: str, subject: exchange.Subject, rounds: int, seconds: float, users: int,
    advance: Callable[[str], None],
) -> list[list[Slice]]:  # fmt: skip
    """Return for each round a slice of a command without a layer, one with it, and one without it again."""
    with ExitStack() as stack:
        runners = [
            stack.enter_context(clone_for(server, f"bench_{side}", make, subject, seconds, users))
            for side, make in (("without", layer.without), ("within", layer.within), ("again", layer.without))
        ]
        found = []
        for _ in range(rounds + 1):  # the first warms, and what it wrote is analyzed
            found.append([runner.slice() for runner in runners])
            if len(found) == 1:
                for runner in runners:
                    analyze(server, runner.clone)
            else:
                advance(f"{layer.name}: {name} {found[-1][1].rate:,.0f}/s")
    return found[1:]


@contextmanager
def clone_for(
    server: Server,
    name: str,
    make: Callable[[psycopg.Connection], None],
    subject: exchange.Subject,
    seconds: float,
    users: int,
) -> Iterator[exchange.Runner]:
    """Yield what runs slices of a command in a clone that was made with or without a layer."""
    with databases.temporary_clone(server, DATABASE, name) as clone:
        with databases.connect(server, clone, databases.OWNER) as owner:
            make(owner)
        runner = exchange.Runner(server, clone, subject, seconds, users=users)
        runner.fastest = FIRST_GUESS / subject.size
        yield runner
        if make in (one_leaf, many_leaves):
            with databases.connect(server, clone, databases.OWNER) as owner:
                # The checks look into every leaf for each row, and call it a violation when leaves run out.
                one_leaf(owner)
                owner.execute("SELECT ops.ensure_partitions((now() + INTERVAL '1 year')::date)")
        analyze(server, clone)
        exchange.refuse_violations(server, clone, subject)


def analyze(server: Server, clone: str) -> None:
    """Do what autovacuum would."""
    with databases.connect(server, clone) as admin:
        admin.execute("VACUUM ANALYZE")


def told(layer: Layer, command: str, found: list[list[Slice]]) -> list[dict[str, object]]:
    """Return the figures of a command: what the layer adds, and what two clones without it differ."""
    costs = [[one.cpu_us for one in slices] for slices in found]
    return [
        {"name": f"{layer.name}: {command}{label}"}
        | spread([sides[at] for sides in costs], "µs of CPU")
        | growth([sides[at] / sides[0] for sides in costs], most)
        | pgbench.told([slices[at] for slices in found])
        for at, label, most in ((1, "", layer.most), (2, ", without it again", None))
    ]
