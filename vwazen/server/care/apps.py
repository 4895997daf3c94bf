from importlib import import_module

from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "vwazen.server.care"
    label = "care"

    def ready(self) -> None:
        """Let nobody leave who still holds people: the organisation asks, and must not know this app. What a text
        from outside announces is ours to understand."""
        handover = import_module("vwazen.server.care.handover")
        workers = import_module("vwazen.server.organisation.actions.workers")
        workers.may_leave.append(handover.still_holds)
        workers.may_end.append(handover.still_holds)
        searches = import_module("vwazen.server.care.consent.searches")
        import_module("vwazen.server.record.erasing").also(searches.forget)
        inbound = import_module("vwazen.server.interop.inbound")
        inbound.listeners.append(import_module("vwazen.server.care.referrals.outside").from_text)
