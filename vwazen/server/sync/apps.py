from importlib import import_module

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "vwazen.server.sync"
    label = "sync"

    def ready(self) -> None:
        """Who is erased here is erased on the nodes below, too. What phones told of somebody waits for a registration,
        wherever that comes from."""
        import_module("vwazen.server.sync.nodes.actions.below")
        arrivals = import_module("vwazen.server.record.actions").arrivals
        arrivals.append(import_module("vwazen.server.sync.push").registered)
