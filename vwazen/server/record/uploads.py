"""Files that arrive on the import page: streamed to this node's own folder, never into memory, up to a limit."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from vwazen.exchange.files import size_in_words

# What must stay free beside an upload: as much again for what is made of it, and room for everybody else's work.
RESERVE = 200_000_000
A_DAY = 24 * 3600.0
PREFIX = "arriving-"


class Arriving(TemporaryUploadedFile):
    """A file in the imports folder, gone when it is closed. Only this node's account can read it."""

    def __init__(self, folder: Path, name: str, content_type: str) -> None:
        file = tempfile.NamedTemporaryFile(prefix=PREFIX, dir=folder)  # noqa: SIM115  it lives as long as the request
        UploadedFile.__init__(self, file, name, content_type, 0, None, {})


class Uploads(FileUploadHandler):
    """Keeps files while they fit. `refusal` says why one did not; the rest of it is then read and thrown away."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.folder = Path(settings.IMPORTS_FOLDER)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.left = int(settings.IMPORT_LIMIT)
        self.refusal = ""
        self.file: Arriving
        _sweep(self.folder)

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *rest: Any) -> None:  # noqa: N803
        """Look at the disk before the first byte."""
        free, needed = shutil.disk_usage(self.folder).free, 2 * content_length + RESERVE
        if needed > free:
            self.refusal = (
                f"There is {size_in_words(free)} free on this node's disk, and these files need about "
                f"{size_in_words(needed)}. Nothing was kept. Free some space, or send them in parts."
            )

    def new_file(self, *arguments: Any, **options: Any) -> None:
        super().new_file(*arguments, **options)
        if self.refusal:
            raise SkipFile
        self.file = Arriving(self.folder, self.file_name or "", self.content_type or "")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.left -= len(raw_data)
        if self.left < 0:
            limit = size_in_words(int(settings.IMPORT_LIMIT))
            self.refusal = (
                f"Together these files are larger than {limit}, the most this page takes. Nothing was kept. Send them "
                "in parts or as a zip, or import them on the server itself: vwazen import."
            )
            raise SkipFile
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> Arriving | None:
        if self.refusal:
            return None
        self.file.seek(0)
        self.file.size = file_size
        return self.file


def _sweep(folder: Path) -> None:
    """Take away what a power cut left of an upload, a day later."""
    for one in folder.glob(f"{PREFIX}*"):
        if one.is_file() and time.time() - one.stat().st_mtime > A_DAY:
            one.unlink(missing_ok=True)
