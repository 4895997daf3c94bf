"""Recordings for a phone: who may fetch them, and what is given."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.phones import Phone, enrol, read
from tests.sounds import clip, pack, tone
from tests.world import World
from vwazen.content.load import Content, content, default_packs
from vwazen.content.phone import phone_sounds
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation.actions import devices
from vwazen.server.organisation.models import Device
from vwazen.server.sync import views

pytestmark = pytest.mark.django_db


@pytest.fixture
def know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Content:
    """What is installed, and a recording of a question that a community health worker asks."""
    cache.clear()
    ours = pack(tmp_path, {"phq-9": {"1": clip("phq-9", "1", "one.wav")}})
    (ours / "languages" / "en" / "one.wav").write_bytes(tone())
    made = content([*default_packs(), ours])
    monkeypatch.setattr(views, "content", lambda: made)
    return made


def fetch(phone: Phone, name: str, token: str | None = None) -> Any:
    said = f"{phone.device}.{phone.token}" if token is None else token
    return phone.client.get(f"/sync/content/{name}", headers={"Authorization": f"Bearer {said}"})


def test_only_a_phone_whose_worker_may_ask_it_gets_a_recording(world: World, know: Content) -> None:
    (id,) = phone_sounds(know, ["chw"])
    wim, other = enrol(world.wim, world.sue), enrol(world.nia, world.sue)
    assert Client().get(f"/sync/content/{id}").status_code == 401
    for token in ("", "x", f"{wim.device}.{other.token}", f"{wim.device}.{wim.token}x"):
        assert fetch(wim, id, token).status_code == 401, token
    assert wim.client.post(f"/sync/content/{id}").status_code == 405
    for name in ("0" * 64, "one.wav", "..", "%2e%2e%2fpack.yaml", id.upper()):
        answer = fetch(wim, name)
        assert answer.status_code == 404, name
    told = read(wim.client.get("/sync/content", headers={"Authorization": f"Bearer {wim.device}.{wim.token}"}))
    assert [one["id"] for one in told["clips"]] == [id]
    got = fetch(wim, id)
    assert (got.status_code, got.content, got["Content-Type"]) == (200, tone(), "audio/wav")
    assert got["X-Content-Type-Options"] == "nosniff" and got["Cache-Control"] == "private, no-cache"
    before = AccessEntry.objects.count()
    fetch(wim, id)
    assert AccessEntry.objects.count() == before, "a recording is of nobody: as with the content, no line is written"


def test_another_file_under_its_name_is_not_given(world: World, know: Content) -> None:
    ((id, sound),) = phone_sounds(know, ["chw"]).items()
    phone = enrol(world.wim, world.sue)
    sound.path.write_bytes(tone(880))
    answer = fetch(phone, id)
    assert answer.status_code == 404 and "goes on without it" in read(answer)["says"]
    sound.path.unlink()
    assert fetch(phone, id).status_code == 404


def test_a_phone_taken_away_is_told_to_forget_here_too(world: World, know: Content) -> None:
    (id,) = phone_sounds(know, ["chw"])
    phone = enrol(world.wim, world.sue)
    devices.revoke(by=world.sue, device=Device.objects.get(), reason="lost")
    answer = fetch(phone, id)
    assert answer.status_code == 401 and read(answer)["wipe"]
