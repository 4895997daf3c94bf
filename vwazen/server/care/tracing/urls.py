"""Missed visits and home visits. A person's id stands in the address; nothing else about them does."""

from django.urls import path

from vwazen.server.care.tracing import views

urlpatterns = [
    path("tracing", views.missed_visits, name="tracing"),
    path("home-visits", views.home_visits, name="home-visits"),
    path("people/<str:person>/trace", views.trace, name="trace"),
    path("people/<str:person>/trace/tap", views.tap, name="trace-tap"),
    path("people/<str:person>/trace/date", views.new_date, name="trace-date"),
]
