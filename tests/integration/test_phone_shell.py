"""The app at /phone/: as it was built, or a page that says what to do."""

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
