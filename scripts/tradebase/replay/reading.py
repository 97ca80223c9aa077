"""Lines and numbers of a recording, exact, and what to say of those that are wrong."""

import csv
import io
from collections.abc import Callable, Iterator
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from pathlib import Path

from tradebase import Problem, load

# A number that it would have to round is refused.
EXACT = Context(prec=40, traps=[Inexact, InvalidOperation, Overflow])


def lines_of(file: Path) -> Iterator[str]:
    """Yield the whole lines of a plain, .gz or .xz file; what is cut off or damaged ends as a Problem."""
    rest = b""
    for chunk in load.chunks(file, lambda _: None):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
    if rest:
        raise Problem("the line is cut off: expected a line end")


def read(file: Path, columns: list[str], take: Callable[[list[str]], None]) -> str | None:
    """Give every row to `take` as far as the file can be read; return what ended it early, with its line."""
    taken, line = 0, 1
    try:
        lines = lines_of(file)
        header = next(lines, "").rstrip("\r")
        if header != ",".join(columns):
            raise Problem(f"expected the header {','.join(columns)}, found {header[:120]!r}")
        for line, content in enumerate(lines, 2):  # noqa: B007 (said when it is wrong)
            row = next(csv.reader(io.StringIO(content)), []) if '"' in content else content.rstrip("\r").split(",")
            if len(row) != len(columns):
                raise Problem(f"expected {len(columns)} columns, found {len(row)}")
            take(row)
            taken += 1
    except Problem as problem:
        said = str(problem)
        if said.startswith("File "):  # cut off or damaged as a whole: the line that never came is the next one
            return f"{line_of(file, taken)}: expected another line. {said}"
        return f"{line_of(file, taken) if 'cut off' in said else f'{file}, line {line}'}: {said}."
    return None


def line_of(file: Path, row: int) -> str:
    """Say where a row is: the first line is the header."""
    return f"{file}, line {row + 2}"


def scaled(text: str, decimals: int, name: str, least: int = 0) -> int:
    """Return a decimal number as a whole number of its smallest step, of which there must be `least`."""
    try:
        value = EXACT.scaleb(Decimal(text), decimals)
        fits = least <= value < 1 << 62 and value == int(value)
    except (ArithmeticError, ValueError):
        raise Problem(f"expected a number for {name}, found {text!r}") from None
    if not fits:
        bound = "above 0" if least else "from 0"
        raise Problem(f"expected {name} {bound} with at most {decimals} decimals, found {text!r}")
    return int(value)


def whole(text: str, name: str) -> int:
    """Return an id or a time."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 19):
        raise Problem(f"expected a whole number for {name}, found {text!r}")
    return int(text)


def word(text: str, words: dict[str, int], name: str) -> int:
    """Return the number of a word."""
    if text not in words:
        raise Problem(f"expected {name} {', '.join(words)}, found {text!r}")
    return words[text]
