from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "vwazen.server.care"
    label = "care"
