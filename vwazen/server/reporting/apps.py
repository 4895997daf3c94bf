from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "vwazen.server.reporting"
    label = "reporting"
