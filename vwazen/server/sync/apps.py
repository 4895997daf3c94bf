from importlib import import_module

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "vwazen.server.sync"
    label = "sync"

    def ready(self) -> None:
        """Who is erased here is erased on the nodes below, too."""
        import_module("vwazen.server.sync.nodes.actions.below")
