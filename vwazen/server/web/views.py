"""The help page, open to everyone, and the components page, for whoever builds or checks a page."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vwazen.server.record import clock
from vwazen.server.web import charts
from vwazen.server.web.examples import SMALL, ExampleForm, examples
from vwazen.server.web.help import EXPLANATIONS


def explanations(request: HttpRequest) -> HttpResponse:
    """How the lists are ordered, what the words mean, what the keys do. Nothing about anyone."""
    return render(request, "web/help.html", {"explanations": EXPLANATIONS})


@login_required
def components(request: HttpRequest) -> HttpResponse:
    """Every component with invented people, to hold against the mock-ups."""
    now = clock.now()
    context = {
        "pictures": [(picture, *charts.trajectory(picture), charts.table(picture)) for picture in examples()],
        "form": ExampleForm.wrong(),
        "synthetic": True,
        "now": now,
        "clock_at": now + timedelta(minutes=3),
        **SMALL,
    }
    return render(request, "web/components.html", context)
