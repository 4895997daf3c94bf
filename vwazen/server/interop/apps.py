from importlib import import_module

from django.apps import AppConfig


class InteropConfig(AppConfig):
    name = "vwazen.server.interop"
    label = "interop"

    def ready(self) -> None:
        """Let the worker know what it does, and the record who follows its charts."""
        import_module("vwazen.server.interop.sending")
        reminders = import_module("vwazen.server.interop.reminders")
        import_module("vwazen.server.record.refresh").followers.append(reminders.Following)
        outbox = import_module("vwazen.server.interop.outbox")
        import_module("vwazen.server.record.erasing").also(outbox.forget)
        adt = import_module("vwazen.server.interop.adt")
        import_module("vwazen.server.record.mending").readers["adt"] = adt.READER
