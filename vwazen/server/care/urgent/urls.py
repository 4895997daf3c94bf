"""The address of the page of those who come to the emergency room often."""

from django.urls import path

from vwazen.server.care.urgent import views

urlpatterns = [path("high-users", views.high_users, name="high-users")]
