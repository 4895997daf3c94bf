"""Addresses of protected homes and of the way home."""

from django.urls import path

from vwazen.server.care.homes import views, way_views

urlpatterns = [
    path("homes", views.homes, name="homes"),
    path("homes/new", views.edit, name="protected-home-new"),
    path("homes/<slug:code>", views.home, name="protected-home"),
    path("homes/<slug:code>/edit", views.edit, name="protected-home-edit"),
    path("people/<str:person>/home", views.residence, name="residence"),
    path("people/<str:person>/way-home", way_views.way_home, name="way-home"),
    path("reintegration", way_views.reintegration, name="reintegration"),
]
