"""Addresses of the pages of stays."""

from django.urls import path

from vwazen.server.care.stays import views

urlpatterns = [
    path("ward", views.ward, name="ward"),
    path("ward/admit", views.admit, name="ward-admit"),
    path("people/<str:person>/stays", views.stays, name="stays"),
]
