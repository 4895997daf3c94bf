"""Emergencies."""

from django.urls import path

from vwazen.server.care.emergency import views

urlpatterns = [
    path("emergencies", views.emergencies, name="emergencies"),
    path("emergencies/<int:pk>", views.emergency, name="emergency-area"),
    path("emergencies/<int:pk>/end", views.end, name="end-emergency"),
    path("emergencies/<int:pk>/first-help", views.first, name="first-help"),
]
