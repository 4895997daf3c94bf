"""Every address of the server, one app after the other."""

from importlib.util import find_spec

from django.urls import include, path

APPS = ("organisation", "audit", "web", "care", "record")
urlpatterns = [
    path("", include(f"vwazen.server.{app}.urls")) for app in APPS if find_spec(f"vwazen.server.{app}.urls")
]
