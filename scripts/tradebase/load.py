"""Files of instruments and bars into the database: COPY into the package's staging tables, then its own loader."""

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psycopg
from psycopg.rows import dict_row

from tradebase import Problem

CHUNK = 1 << 18  # bytes
# Each line of the file in one column, whatever is in it.
COPY_LINES = r"COPY pg_temp.instrument_lines (content) FROM STDIN WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"
COPY_BARS = (
    "COPY pg_temp.bar_lines (venue, symbol, asset_class, ts_utc, open, high, low, close, volume, price_kind) "
    "FROM STDIN WITH (FORMAT csv, HEADER MATCH)"
)


def open_compressed(file: Path, raw: IO[bytes]) -> IO[bytes]:
    """Return the content of `raw`, decompressed as the name of the file says."""
    if file.suffix == ".xz":
        return lzma.open(raw)
    if file.suffix == ".gz":
        return gzip.open(raw)
    return raw


def chunks(file: Path, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the content of a plain, .gz or .xz file; `on_bytes` hears how many bytes of the file itself were read."""
    lines = 0
    try:
        with file.open("rb") as raw, open_compressed(file, raw) as content:
            while chunk := content.read(CHUNK):
                lines += chunk.count(b"\n")
                yield chunk
                on_bytes(raw.tell())
    except EOFError:
        raise Problem(f"File {file} ends in the middle (after line {lines}): fetch it again.") from None
    except (lzma.LZMAError, gzip.BadGzipFile, zlib.error) as why:
        raise Problem(f"File {file} is damaged (after line {lines}: {why}): fetch it again.") from None
    except OSError as why:
        raise Problem(f"File {file} cannot be read: {why.strerror or why}.") from None


def copy(connection: psycopg.Connection, statement: str, content: Iterator[bytes]) -> None:
    """Feed a COPY … FROM STDIN."""
    with connection.cursor().copy(statement) as into:
        for chunk in content:
            into.write(chunk)


def plain(error: psycopg.Error) -> str:
    """Return what the server said without Python around it: message, detail, hint, and where COPY was."""
    told = error.diag
    where = (told.context or "").splitlines()[:1] if (told.context or "").startswith("COPY") else []
    return "\n".join(
        part
        for part in (told.message_primary or str(error).strip(), *where, told.message_detail, told.message_hint)
        if part
    )


def load(
    connection: psycopg.Connection, what: str, content: Iterator[bytes], **options: object
) -> list[dict[str, object]]:
    """Load `what` (instruments or bars) in one transaction, return the loader's report; REFUSED: nothing is loaded."""
    given = ", ".join(f"{option} => %({option})s" for option in options)
    try:
        with connection.transaction():
            connection.execute(f"SELECT market.stage_{what}()")
            copy(connection, COPY_LINES if what == "instruments" else COPY_BARS, content)
            report = connection.cursor(row_factory=dict_row)
            return report.execute(f"SELECT * FROM market.load_{what}({given})", options).fetchall()
    except psycopg.Error as error:
        raise Problem(f"Nothing was loaded: {plain(error)}") from None
