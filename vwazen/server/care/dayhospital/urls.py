"""Addresses of the day hospital."""

from django.urls import path

from vwazen.server.care.dayhospital import views

urlpatterns = [
    path("day-hospital", views.morning, name="day-hospital"),
    path("people/<str:person>/day-hospital", views.member, name="day-member"),
]
