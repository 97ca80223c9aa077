"""Recorded order flow for a machine that has no file of it: PyPI's copy of the real one, else one that is made up."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tradebase import ENVIRONMENT, Problem, sample

# Half an hour of Bitstamp's BTC/USD lies in this package, as an example. It is not installed: only these files are
# taken out of its wheel, and they must be the ones that we know.
PACKAGE = "ob-analytics==0.1.0"
FOLDER = "ob_analytics/_sample_data"
FILES = {
    "orders.csv.gz": "880501e94fb43942b7f98cbc37bab421d72703d85898aae8de5da117bf62cdfc",
    "trades.csv": "9fd0dd86023b71eed49026b9b8e8a45d06d2578ced69393ad696f37233e9c795",
}
PATIENCE = 120  # seconds for a download of 3 MB


def sha256(content: bytes) -> str:
    """Return the digest in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def fetch(folder: Path) -> Path:
    """Return the file of orders from PyPI, fetched once into the folder; ENVIRONMENT where it cannot be had."""
    if not all((folder / name).is_file() and sha256((folder / name).read_bytes()) == FILES[name] for name in FILES):
        with tempfile.TemporaryDirectory() as scratch:
            content = taken_out(downloaded(Path(scratch)))
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in content.items():
            (folder / name).write_bytes(data)
    return folder / "orders.csv.gz"


def downloaded(folder: Path) -> Path:
    """Let pip download the wheel; ENVIRONMENT with pip's last line when it cannot."""
    options = ["--no-deps", "--only-binary=:all:", "--quiet", "--disable-pip-version-check", "--no-input"]
    command = [sys.executable, "-m", "pip", "download", *options, "--retries=1", "--timeout=10", "-d", str(folder)]
    try:
        ran = subprocess.run(
            [*command, PACKAGE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Problem(f"pip took longer than {PATIENCE} seconds to download {PACKAGE}", ENVIRONMENT) from None
    wheels = list(folder.glob("*.whl"))
    if ran.returncode != 0 or not wheels:
        said = [line for line in ran.stderr.splitlines() if line.startswith("ERROR")] or ran.stderr.splitlines()
        raise Problem(said[-1] if said else f"pip did not download {PACKAGE}", ENVIRONMENT)
    return wheels[0]


def taken_out(wheel: Path) -> dict[str, bytes]:
    """Return the files out of the wheel; ENVIRONMENT when one is not as we know it."""
    try:
        with zipfile.ZipFile(wheel) as packed:
            content = {name: packed.read(f"{FOLDER}/{name}") for name in FILES}
    except (zipfile.BadZipFile, KeyError) as why:
        raise Problem(f"{wheel.name} is not what it was: {why}", ENVIRONMENT) from None
    for name, data in content.items():
        if sha256(data) != FILES[name]:
            raise Problem(f"{name} in {wheel.name} is not what it was: its sha256 is {sha256(data)}", ENVIRONMENT)
    return content


def make_up(folder: Path) -> Path:
    """Write a small recording that is the same every time; return its file of orders."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in zip(("orders.csv", "trades.csv"), sample.recording(), strict=True):
        (folder / name).write_text(text)
    return folder / "orders.csv"


def without_a_file(folder: Path) -> tuple[Path, str]:
    """Return a file of orders and how to call it, where neither the user nor the machine has one."""
    try:
        return fetch(folder / "pypi"), f"a real half hour of BTC/USD from PyPI ({PACKAGE})"
    except Problem as problem:
        why = str(problem).removeprefix("ERROR: ")
        return make_up(folder / "made-up"), f"a small recording that was made up (PyPI has not helped: {why})"
