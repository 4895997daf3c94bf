from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "vwazen.server.sync"
    label = "sync"
