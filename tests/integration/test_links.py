"""No page shows somebody a link to a page that refuses them."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import resolve

from tests.integration.test_every_route import IN_SCOPE, address, as_worker, full, routes, values
from tests.tries import NIGHTLY
from tests.world import World, say
from vwazen.clinical import facts as f

__all__ = ["full"]
LINK = re.compile(r'<a [^>]*?href="([^"]+)"')


def links(client: Client, at: str) -> list[str]:
    """Where the links of a page lead on this node."""
    answer = client.get(at)
    if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
        return []
    found = {urljoin(at, unescape(one)).partition("#")[0] for one in LINK.findall(answer.content.decode())}
    return sorted(one for one in found if one.startswith("/") and not one.startswith(("//", "/sign-out")))


# By day those with the fewest rights of who may open a chart; each follows one link of a kind.
@pytest.mark.once
@pytest.mark.parametrize("who", IN_SCOPE if NIGHTLY else ("sue", "pha"))
def test_no_link_leads_to_a_page_that_refuses(full: World, who: str) -> None:
    say(full, "cid", "nia", f.Response(instrument="seizures", version=1, answers={}))
    known, client = values(full), as_worker(full, who)
    followed: dict[tuple[str, str], int] = {}
    for route in routes():
        if route.name == "sign-out":
            continue
        for link in links(client, address(route, known, full)):
            at = resolve(urlsplit(link).path)
            kind = (at.url_name or "", str(at.kwargs.get("instrument", "")))
            if kind not in followed:
                followed[kind] = client.get(link).status_code
            assert followed[kind] not in (403, 404), f"{route.name} leads {who} to {link}"
    assert len(followed) > 10
