"""The systemd units that docs/operations.md shows are such as systemd takes, and start what there is."""

import os
import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from tradebase import PROJECT, postgrest

SHOWN = re.compile(
    r"^    # /etc/systemd/system/(\S+)\n((?:    .*\n|\n)+?)(?=\n*    # /|\n*(?!    |\n)|\Z)", re.MULTILINE
)
# Where an operator has them, and where they are here.
HERE = {
    "/opt/tradebase/bin/postgrest": str(postgrest.program()),
    "/opt/tradebase": str(PROJECT),
    "/srv/leaves": "/tmp",  # noqa: S108
}


def units() -> dict[str, str]:
    """Return by name the text of each unit that is shown, for this machine."""
    found = {}
    for name, text in SHOWN.findall((PROJECT / "docs/operations.md").read_text()):
        found[name] = re.sub("^    ", "", text, flags=re.MULTILINE)
        for there, here in HERE.items():
            found[name] = found[name].replace(there, here)
    return found


def test_units_are_shown_whole() -> None:
    """Each has sections, each section has settings, and what is started is there."""
    shown = units()
    assert {"tradebase-maintain.service", "tradebase-maintain.timer", "tradebase-postgrest@.service"} < {*shown}
    for name, text in shown.items():
        unit = ConfigParser(interpolation=None, strict=False, delimiters=("=",))
        unit.optionxform = str
        unit.read_string(text)
        assert set(unit.sections()) <= {"Unit", "Service", "Timer", "Install"}, name
        assert all(unit.items(section) for section in unit.sections()), name
        for section in unit.sections():
            for setting, value in unit.items(section):
                if setting.startswith("Exec"):
                    assert shutil.which(value.split()[0]), f"{name}: {value}"
                    assert name.endswith(".service")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd")
def test_systemd_takes_them(tmp_path: Path) -> None:
    """systemd-analyze verify has nothing to say of any, drop-ins with the units of their packages."""
    for name, text in units().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    names = {name.split(".d/")[0].replace("@.", "@people.") for name in units()}
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *sorted(names)],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")
