"""`tradebase backup`: backups of the stack's cluster made, told of, verified and restored; each run is recorded."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from tradebase import Problem
from tradebase import database as databases
from tradebase import up as ups
from tradebase.backup.pgbackrest import Repositories, Target, time_of
from tradebase.stack import place
from tradebase.stack.place import Stack

BOTH = (1, 2)
RECORD = "SELECT ops.record_backup(%s, %s, %s, %s, %s, %s, %s, %s)"


def of_stack() -> tuple[Stack, Repositories]:
    """Return the stack and the repositories of its cluster; REFUSED where nothing was ever started."""
    stack = place.existing()
    if stack is None or not (stack.home / "backup/state.json").exists():
        raise Problem("There is no stack here, and so no backup of it: start one with tradebase stack up.")
    return stack, Repositories(stack.home / "backup")


def run(console: Console, kind: str, repositories: tuple[int, ...]) -> bool:
    """Make a backup in each repository, record how it went, and say whether all went well: one fails for itself."""
    stack, made = of_stack()
    good = True
    for repository in repositories:
        begun = datetime.now(UTC)
        try:
            label = made.run(kind, repository)
        except Problem as why:
            good = False
            record(stack, kind, repository, None, begun, "failed", None, None, {"message": str(why)})
            console.print(f"Repository {repository}: {why}", soft_wrap=True, highlight=False, markup=False, style="red")
            continue
        backup = next(one for one in made.backups(repository) if one["label"] == label)
        size = backup["info"]
        detail = {"wal": backup["archive"], "lsn": backup["lsn"], "prior": backup["prior"]}
        record(
            stack,
            backup["type"],
            repository,
            label,
            begun,
            "succeeded",
            size["size"],
            size["repository"]["delta"],
            detail,
        )
        console.print(
            f"Repository {repository}: {label}, {backup['type']}, {size['repository']['delta'] / 1e6:,.1f} MB of "
            f"{size['size'] / 1e6:,.1f} MB in {(datetime.now(UTC) - begun).total_seconds():.1f} s",
            soft_wrap=True, highlight=False,
        )  # fmt: skip
    return good


def record(stack: Stack, kind: str, repository: int, label: str | None, begun: datetime, *facts: object) -> None:
    """Keep on record how a backup went; REFUSED where the database cannot be told, with what is true all the same."""
    status, size, in_repository, detail = facts
    given = (kind, repository, label, begun, status, size, in_repository, json.dumps(detail))
    try:
        with databases.connect(stack.primary, ups.DATABASE, databases.OWNER) as owner:
            owner.execute(RECORD, given)
    except psycopg.OperationalError as why:
        told = f"{label} was made" if label else f"the backup failed ({detail['message']})"
        raise Problem(f"In repository {repository} {told}, and the database could not be told: {why}") from None


def info() -> dict[str, object]:
    """Return what there is in each repository, and from when to when it can be restored."""
    _, made = of_stack()
    return {"repositories": [facts(made, repository) for repository in BOTH]}


def facts(made: Repositories, repository: int) -> dict[str, object]:
    """Return what there is in one repository."""
    said = made.info_of(repository)
    backups = said["backup"]
    return {
        "repository": repository,
        "path": str(made.repository(repository)),
        "cipher": said["repo"][0]["cipher"] if said["repo"] else None,
        "status": said["repo"][0]["status"]["message"] if said["repo"] else "missing stanza path",
        "restorable_from": time_of(backups[0]) if backups else None,
        "newest_segment": made.newest_segment(repository),
        "backups": [
            {
                "label": one["label"], "kind": one["type"], "finished_at": time_of(one), "bytes": one["info"]["size"],
                "repository_bytes": one["info"]["repository"]["delta"],
            }
            for one in backups
        ],
    }  # fmt: skip


def show(console: Console, told: dict[str, object]) -> None:
    """Print what there is in each repository."""
    for repository in told["repositories"]:
        console.print(
            f"Repository {repository['repository']} ({repository['path']}, {repository['cipher']}): "
            f"{repository['status']}; restorable from {repository['restorable_from']} "
            f"to segment {repository['newest_segment']}",
            soft_wrap=True, highlight=False,
        )  # fmt: skip
        table = Table(box=None, pad_edge=False)
        for title in ("backup", "kind", "complete", "MB", "MB in it"):
            table.add_column(title, overflow="fold")
        for one in repository["backups"]:
            sizes = (f"{one[name] / 1e6:,.1f}" for name in ("bytes", "repository_bytes"))
            table.add_row(one["label"], one["kind"], one["finished_at"], *sizes)
        console.print(table, highlight=False)


def verify(repositories: tuple[int, ...]) -> dict[int, list[str]]:
    """Return by repository what is wrong in it."""
    _, made = of_stack()
    return {repository: made.verify(repository) for repository in repositories}


def expire(repositories: tuple[int, ...]) -> None:
    """Remove from each repository what is older than it need be."""
    _, made = of_stack()
    for repository in repositories:
        made.expire(repository)


def restore(console: Console, into: Path, repository: int, target: Target, port: int | None) -> None:
    """Restore into a fresh folder and say how to look at it; it runs, beside the live one and apart from it."""
    _, made = of_stack()
    begun = time.monotonic()
    server = made.restore(repository, target, into.absolute(), port)
    console.print(
        f"Restored from repository {repository} to {target} in {time.monotonic() - begun:.1f} s. It runs on port "
        f"{server.port}, archives nowhere, and nothing writes to it. Look at it, and stop it:",
        soft_wrap=True, highlight=False,
    )  # fmt: skip
    for line in (
        f"psql -X -h {server.socket} -p {server.port} -U {databases.OWNER} -d {ups.DATABASE}",
        f"{server.pg_ctl} stop -D {server.data}",
    ):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def seal(every: int | None) -> int:
    """Make the keeper's what has arrived in repository 2, once, or for ever after so many seconds; return how much."""
    _, made = of_stack()
    while True:
        sealed = made.seal()
        if every is None:
            return sealed
        time.sleep(every)
