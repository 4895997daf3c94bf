from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "vwazen.server.audit"
    label = "audit"
