"""The addresses that phones and other nodes use. None holds a name or an id."""

from django.urls import include, path

from vwazen.server.sync import shell, trust, views

urlpatterns = [
    path("sync/", views.sync, name="sync"),
    path("sync/enrol", views.enrol, name="sync-enrol"),
    path("sync/content", views.bundle, name="sync-content"),
    path("sync/content/<str:name>", views.clip, name="sync-clip"),
    path("", include("vwazen.server.sync.nodes.urls")),
    path("phone/", shell.shell, name="phone"),
    path("phone/trust", trust.trust, name="phone-trust"),
    path("phone/trust/authority.crt", trust.authority, name="phone-authority"),
    path("phone/<path:name>", shell.shell, name="phone-file"),
]
