"""A server whose clock a test moves: libfaketime under the real PostgreSQL, no setting of ours."""

from datetime import UTC, datetime
from pathlib import Path

from tradebase import ENVIRONMENT, Problem


class Clock:
    """The time of a server that was started with `environment`: it runs on from what it was set to.

    It must be ahead of the real one. While a server waits, libfaketime has its signal handlers read the real clock:
    behind it every alarm rings with the first, ahead of it none does, no lock_timeout and no statement_timeout.
    """

    def __init__(self, file: Path) -> None:
        """Keep the clock in a file that the server's user can read."""
        self.file = file

    def set(self, to: datetime) -> None:
        """Set the clock; every process of the server follows at once."""
        ahead = (to - datetime.now(UTC)).total_seconds()
        assert ahead > 0, "behind the real clock locks are given up too early"
        new = self.file.with_suffix(".new")
        new.write_text(f"{ahead:+.3f}")
        new.replace(self.file)

    @property
    def environment(self) -> dict[str, str]:
        """Return what a server is started with; timeouts go by the monotonic clock, which is left alone."""
        return {
            "LD_PRELOAD": str(libfaketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
        }


def libfaketime() -> Path:
    """Return the library; ENVIRONMENT when it is not installed."""
    for folder in ("/usr/lib", "/usr/lib64", "/usr/local/lib"):
        for found in sorted([*Path(folder).glob("faketime/*.so.1"), *Path(folder).glob("*/faketime/libfaketime.so.1")]):
            return found
    raise Problem("libfaketime is missing: install faketime, then try again.", ENVIRONMENT)
