"""A short sound for tests of recordings: none is shipped, and a tone says nothing in any language."""

import array
import io
import math
import wave
from pathlib import Path

import yaml

from vwazen.content.clips import digest_of, spoken
from vwazen.content.load import content

HEAD = "id: voices\ntitle: Invented recordings for a test\nlicences: [Apache-2.0, free-with-credit]\n"


def tone(pitch: int = 440, seconds: float = 0.4) -> bytes:
    """A WAV file: one channel, 8,000 samples a second."""
    samples = (round(9000 * math.sin(math.tau * pitch * n / 8000)) for n in range(round(8000 * seconds)))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(array.array("h", samples).tobytes())
    return file.getvalue()


def clip(instrument: str, item: str, file: str, code: str = "en", **more: object) -> dict[str, object]:
    """An entry of clips.yaml for the wording of now."""
    know = content()
    (one,) = (one for one in know.instrument(instrument).items if one.id == item)
    return {"file": file, "says": digest_of(spoken(know.instrument(instrument), one, code)), **more}


def pack(
    folder: Path, instruments: dict[str, object], screens: dict[str, object] | None = None, *, code: str = "en",
    head: str = HEAD, **more: object,
) -> Path:  # fmt: skip
    """A pack with recordings in one language; `files` beside it are the caller's."""
    here = folder / "languages" / code
    here.mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(head, "utf-8")
    said = {"speaker": "An invented voice", "licence": "Apache-2.0", "source": ["vwazen"], "reviewed": "nobody yet"}
    body = {**said, "instruments": instruments, "screens": screens or {}, **more}
    (here / "clips.yaml").write_text(yaml.safe_dump(body, sort_keys=False), "utf-8")
    return folder
