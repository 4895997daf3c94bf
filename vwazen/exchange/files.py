"""Opens what is given (files, folders, archives) and cuts it into single JSON texts.

Nothing is unpacked to disk, nothing larger than the limits is read, and no path of this machine is
told: a place is the name that was given, and what follows it.
"""

import hashlib
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, cast

import msgspec

from vwazen.exchange import strict
from vwazen.exchange.incoming import FileProblem, Limits, NotTakenError, Progress, SkippedIn
from vwazen.exchange.segments import LONGEST_CODE, codes_in

LINES = (".ndjson", ".jsonl")
TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
# What the standard library raises for a damaged archive, depending on where the damage is.
ARCHIVE_FAULTS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError,
    IndexError,
)  # fmt: skip
_UNMARKED = (b"{\x00", b"[\x00", b"\x00{", b"\x00[")  # UTF-16 or UTF-32 without its mark
Sort = Literal["json", "ndjson", "zip", "csv", "xlsx", "folder", "unknown"]


class Text(NamedTuple):
    """One JSON text: a line, or a document that was looked through."""

    where: str
    data: bytes


class TooLong(NamedTuple):
    """A line beyond the limit: its size and sha256, its beginning, and the codes seen anywhere in it."""

    where: str
    size: int
    sha256: str
    start: bytes
    codes: frozenset[str]


class Member(NamedTuple):
    """A file on disk or in an archive."""

    where: str
    size: int
    open: Callable[[], BinaryIO]


Part = Text | TooLong | FileProblem | SkippedIn


def size_in_words(size: int) -> str:
    return f"{size / 1_000_000:.0f} MB" if size >= 1_000_000 else f"{size / 1000:.0f} kB"


def problem(code: str, where: str, *, read: bool = False, **values: object) -> FileProblem:
    return FileProblem(code=code, reason=NotTakenError(code, **values).reason, where=where, read=read)


def sniff(path: Path) -> Sort:
    """What a path holds, by what is in it rather than by its name where the two can differ."""
    if path.is_dir():
        return "folder"
    try:
        with path.open("rb") as file:
            start = file.read(65_536)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return "xlsx" if any(name.startswith("xl/") for name in archive.namelist()) else "zip"
    except ARCHIVE_FAULTS:
        return "unknown"
    if path.suffix.lower() in TABLES:
        return "csv"
    return _json_sort(path.name, start)


def _json_sort(name: str, start: bytes) -> Literal["json", "ndjson", "unknown"]:
    """One document, or one a line. `start`: the first bytes of the file."""
    try:
        text = start.decode(strict.encoding_of(start), "ignore").lstrip("\ufeff \t\r\n")
    except UnicodeError:
        text = ""
    if name.lower().endswith(LINES):
        # a document laid out over many lines, under the wrong name
        return "json" if re.match(r"[{\[]\s*\n", text) else "ndjson"
    if not text.startswith(("{", "[")):
        return "unknown"
    first, newline, rest = text.partition("\n")
    if not newline or not rest.lstrip().startswith("{"):
        return "json"
    try:
        strict.check(first)
    except strict.UnsoundError:
        return "json"
    return "ndjson"


class Files:
    """The JSON texts in some paths, in a fixed order. They can be gone through more than once.

    The first time, each document is looked through and told to be unsound if it is; later it is passed over.
    """

    def __init__(self, paths: Sequence[Path], limits: Limits, progress: Progress | None) -> None:
        self._paths = paths
        self._limits = limits
        self._progress = progress
        self._read = 0
        self._total = 2 * sum(_size(path) for path in paths)
        self._unsound: set[str] = set()
        self._first = True

    def parts(self) -> Iterator[Part]:
        for path in self._paths:
            yield from self._path(path, path.name or str(path))
        self._first = False
        if self._progress:
            self._progress(self._read, self._total)

    def _told(self, size: int) -> None:
        before = self._read
        self._read += size
        if self._progress and before // 1_000_000 != self._read // 1_000_000:
            self._progress(self._read, self._total)

    def _path(self, path: Path, where: str) -> Iterator[Part]:
        if path.is_dir():
            for inner in sorted(path.rglob("*")):
                if inner.is_file():
                    yield from self._file(inner, inner.relative_to(path).as_posix(), listed=True)
        elif path.is_file():
            yield from self._file(path, where, listed=False)
        elif self._first:
            yield problem("file.missing", where)

    def _file(self, path: Path, where: str, *, listed: bool) -> Iterator[Part]:
        member = Member(where, path.stat().st_size, lambda: path.open("rb"))
        try:
            if zipfile.is_zipfile(path):
                yield from self._archive(path, member)
            else:
                yield from self._member(member, listed=listed)
        except OSError as fault:
            if self._first:
                yield problem("file.unreadable", where, detail=fault.strerror or "no reason given")

    def _archive(self, path: Path, whole: Member) -> Iterator[Part]:
        try:
            with zipfile.ZipFile(path) as archive:
                listed = [info for info in archive.infolist() if not info.is_dir()]
                if any(info.filename.startswith("xl/") for info in listed):
                    if self._first:
                        yield SkippedIn(kind="table (import it with a map)", count=1, where=whole.where)
                    return
                refused = self._bomb(listed, whole)
                if refused:
                    if self._first:
                        yield refused
                    return
                for info in listed:
                    yield from self._archived(archive, info, f"{whole.where}/{info.filename}")
        except ARCHIVE_FAULTS as fault:
            if self._first:
                yield problem("archive.damaged", whole.where, detail=type(fault).__name__)

    def _bomb(self, listed: list[zipfile.ZipInfo], whole: Member) -> FileProblem | None:
        """The sizes that the archive declares are held to: no more than them is ever unpacked."""
        size = sum(info.file_size for info in listed)
        times = size // max(1, whole.size)
        steep = size > 10_000_000 and times > self._limits.ratio
        if size > self._limits.unpacked or steep or len(listed) > self._limits.members:
            limit = f"{size_in_words(self._limits.unpacked)}, {self._limits.ratio} times, {self._limits.members} files"
            return problem("archive.large", whole.where, size=size_in_words(size), times=times, limit=limit)
        return None

    def _archived(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> Iterator[Part]:
        outside = info.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", info.filename)
        if outside or info.flag_bits & 1:
            if self._first:
                code = "archive.path" if outside else "archive.locked"
                yield problem(code, where, name=info.filename)
            return
        member = Member(where, info.file_size, lambda: cast(BinaryIO, archive.open(info)))
        try:
            yield from self._member(member, listed=True)
        except ARCHIVE_FAULTS as fault:
            if self._first:
                yield problem("archive.damaged", where, read=True, detail=type(fault).__name__)

    def _member(self, member: Member, *, listed: bool) -> Iterator[Part]:
        suffix = Path(member.where).suffix.lower()
        if listed and suffix not in (".json", *LINES):
            if self._first:
                yield SkippedIn(kind="file that is no JSON", count=1, where=member.where)
            return
        with member.open() as stream:
            start = stream.read(65_536)
        sort = _json_sort(member.where, start)
        if not start.strip():
            found: FileProblem | None = problem("file.empty", member.where)
        elif start[:2] in _UNMARKED and strict.encoding_of(start) == "utf-8":
            found = problem("file.encoding", member.where, position=start.index(b"\x00"), encoding="UTF-8", advice="")
        elif sort == "unknown":
            found = problem("file.kind", member.where, detail="it does not begin as JSON does")
        else:
            found = self._large(member, sort)
        if found:
            if self._first:
                yield found
        elif sort == "ndjson":
            yield from self._lines(member)
        else:
            yield from self._document(member)

    def _large(self, member: Member, sort: str) -> FileProblem | None:
        limit = self._limits.stream if sort == "ndjson" else self._limits.document
        if member.size <= limit:
            return None
        advice = "Split it." if sort == "ndjson" else "Split it, or export it as NDJSON (one resource a line)."
        size, most = size_in_words(member.size), size_in_words(limit)
        return problem("file.large", member.where, size=size, limit=most, advice=advice)

    def _document(self, member: Member) -> Iterator[Part]:
        with member.open() as stream:
            data = stream.read(self._limits.document + 1)
        self._told(len(data))
        if member.where in self._unsound:
            return
        try:
            encoding = strict.encoding_of(data)
            text = data.decode(encoding)
            if self._first:
                strict.check(text)
        except UnicodeError as fault:
            self._unsound.add(member.where)
            at = fault.start if isinstance(fault, UnicodeDecodeError) else 0
            yield problem("file.encoding", member.where, position=at, encoding=encoding.upper(), advice="")
        except strict.UnsoundError as fault:
            self._unsound.add(member.where)
            if fault.ends:
                yield problem("file.cut", member.where, line=fault.line, column=fault.column)
            else:
                yield problem("file.syntax", member.where, detail=fault)
        else:
            yield Text(member.where, data if encoding == "utf-8" else text.encode("utf-8"))

    def _lines(self, member: Member) -> Iterator[Part]:
        with member.open() as stream:
            encoding = strict.encoding_of(stream.read(4))
        narrow = encoding.startswith("utf-8")
        with member.open() as stream:
            lines = (
                _utf8_lines(stream, self._limits.line) if narrow else _wide_lines(stream, encoding, self._limits.line)
            )
            try:
                for number, line in enumerate(lines, 1):
                    where = f"{member.where}:{number}"
                    if isinstance(line, TooLong):
                        self._told(line.size)
                        yield line._replace(where=where)
                    else:
                        self._told(len(line))
                        if line.strip():
                            yield Text(where, line.strip())
            except UnicodeError:
                if self._first:
                    yield problem(
                        "file.encoding", member.where, read=True, position=self._read, encoding=encoding, advice=""
                    )


def _utf8_lines(stream: BinaryIO, limit: int) -> Iterator[bytes | TooLong]:
    first = True
    while line := stream.readline(limit + 1):
        if first and line.startswith(b"\xef\xbb\xbf"):
            line = line[3:]
        first = False
        yield line if len(line) <= limit or line.endswith(b"\n") else _long(line, lambda: stream.readline(1 << 20))


def _wide_lines(stream: BinaryIO, encoding: str, limit: int) -> Iterator[bytes | TooLong]:
    with io.TextIOWrapper(stream, encoding, newline="\n") as text:
        while line := text.readline(limit + 1):
            data = line.encode("utf-8")
            if len(line) <= limit or line.endswith("\n"):
                yield data
            else:
                yield _long(data, lambda: text.readline(1 << 20).encode("utf-8"))


def _long(start: bytes, more: Callable[[], bytes]) -> TooLong:
    """Go to the end of a line without keeping it. Its size and sha256 are without the line break."""
    whole, size, codes = hashlib.sha256(start), len(start), codes_in(start)
    tail = start[-LONGEST_CODE:]
    ended = False
    while not ended and (piece := more()):
        ended = piece.endswith(b"\n")
        piece = piece.rstrip(b"\r\n") if ended else piece
        whole.update(piece)
        size += len(piece)
        codes |= codes_in(tail + piece)
        tail = piece[-LONGEST_CODE:]
    return TooLong("", size, whole.hexdigest(), start, codes)


def _size(path: Path) -> int:
    """Bytes to read, unpacked."""
    try:
        if path.is_dir():
            return sum(_size(inner) for inner in path.rglob("*") if inner.is_file())
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return sum(info.file_size for info in archive.infolist())
        return path.stat().st_size
    except ARCHIVE_FAULTS:
        return 0


class _Link(msgspec.Struct):
    relation: str = ""


class _Entry(msgspec.Struct):
    full_url: str | None = msgspec.field(default=None, name="fullUrl")
    resource: msgspec.Raw = msgspec.Raw()


class _Bundle(msgspec.Struct):
    entry: list[_Entry] | None = None
    link: list[_Link] | None = None


_bundle = msgspec.json.Decoder(_Bundle)


class Entry(NamedTuple):
    """One entry of a bundle; `data` is empty where the entry holds no resource."""

    where: str
    full_url: str
    data: bytes


def entries(where: str, data: bytes) -> tuple[list[Entry], bool]:
    """The entries of a bundle, unparsed, and whether it is one page of several. Raises NotTakenError."""
    try:
        bundle = _bundle.decode(data)
    except msgspec.ValidationError as fault:
        raise NotTakenError("input.shape", field=str(fault).partition("`$")[2].strip("`.") or "Bundle") from None
    except (msgspec.DecodeError, RecursionError):
        raise NotTakenError("input.syntax", detail="it is damaged") from None
    found = [
        Entry(f"{where} entry {number}", entry.full_url or "", bytes(entry.resource))
        for number, entry in enumerate(bundle.entry or [], 1)
    ]
    return found, any(link.relation == "next" for link in bundle.link or [])
