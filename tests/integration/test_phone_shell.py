"""The app at /phone/: as it was built, or a page that says what to do."""

import gzip
from pathlib import Path

import pytest
from django.test import Client

from vwazen.server.sync import shell

pytestmark = pytest.mark.django_db


def test_where_it_was_not_built_the_page_says_so_and_nothing_else_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "FOLDER", tmp_path)
    answer = Client().get("/phone/")
    page = answer.content.decode()
    assert answer.status_code == 200 and "The phone app is not built yet" in page
    assert "./dev up" in page and "installed package" in page
    assert Client().get("/phone/sw.js").status_code == 404, "no worker that would keep this page"


def test_what_was_built_is_given_to_anybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "FOLDER", tmp_path)
    (tmp_path / "index.html").write_text("<html >the app", "utf-8")
    answer = Client().get("/phone/")
    assert answer.content.startswith(b"<html") and answer["Cache-Control"] == "no-cache"
    assert "blob:" in answer["Content-Security-Policy"].partition("media-src")[2], (
        "a recording plays from what was kept"
    )


def test_it_comes_in_the_fewest_bytes_that_the_browser_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server in front of it nobody else would compress it: over 2G it would take four times as long."""
    monkeypatch.setattr(shell, "FOLDER", tmp_path)
    (tmp_path / "assets").mkdir()
    for end in ("", ".br", ".gz"):
        (tmp_path / "assets" / f"app.js{end}").write_text(f"the app{end}", "utf-8")

    def told(accepted: str) -> tuple[str, str]:
        answer = Client().get("/phone/assets/app.js", headers={"accept-encoding": accepted})
        assert answer["Content-Type"] == "text/javascript; charset=utf-8" and "Accept-Encoding" in answer["Vary"]
        return answer.content.decode(), answer.get("Content-Encoding", "")

    assert told("gzip, deflate, br, zstd") == ("the app.br", "br")
    assert told("gzip, deflate") == ("the app.gz", "gzip")
    assert told("br;q=0, identity") == ("the app", ""), "what is refused is not sent"
    assert Client().get("/phone/assets/app.js.br").status_code == 404, "it is no file of the app by itself"
    (tmp_path / "assets" / "app.js.br").unlink()
    assert told("br, gzip") == ("the app.gz", "gzip")


def test_the_build_packs_every_text_of_the_shell() -> None:
    if not (shell.FOLDER / "index.html").exists():
        pytest.skip("the phone is not built")
    texts = [one for one in shell.FOLDER.rglob("*") if one.suffix in (".js", ".css", ".html", ".svg", ".webmanifest")]
    for one in texts:
        gzipped = one.with_name(one.name + ".gz").read_bytes()
        assert gzip.decompress(gzipped) == one.read_bytes(), one.name
        assert one.with_name(one.name + ".br").stat().st_size < len(gzipped), one.name
