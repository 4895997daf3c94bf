from importlib import import_module

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "vwazen.server.reporting"
    label = "reporting"

    def ready(self) -> None:
        """The background thread keeps figures of very many sites at hand, and must not know this app."""
        background = import_module("vwazen.server.record.background")
        background.jobs.append(import_module("vwazen.server.reporting.kept").count_again)
