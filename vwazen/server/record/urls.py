"""Bringing files in, and mending what could not be taken."""

from django.urls import path

from vwazen.server.record.views import held, imports

urlpatterns = [
    path("import", imports.index, name="import"),
    path("import/how-to", imports.how_to, name="import-how-to"),
    path("import/map/<str:name>", imports.map_text, name="import-map"),
    path("import/<str:job>", imports.job, name="import-job"),
    path("import/<str:job>/undo", imports.undo, name="import-undo"),
    path("held", held.index, name="held"),
    path("held/<str:entry>", held.entry, name="held-entry"),
]
