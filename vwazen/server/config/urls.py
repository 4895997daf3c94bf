"""Every address of the server, one app after the other."""

from django.urls import include, path

APPS = ("organisation", "audit", "web", "reporting", "care", "record", "interop", "sync")
urlpatterns = [path("", include(f"vwazen.server.{app}.urls")) for app in APPS]
