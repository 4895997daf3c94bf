from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "vwazen.server.record"
    label = "record"
