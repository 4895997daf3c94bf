"""Help: explanations, and every component beside its worst day."""

from django.urls import path

from vwazen.server.web import views

urlpatterns = [
    path("help/", views.explanations, name="help"),
    path("help/components/", views.components, name="components"),
]
