from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "vwazen.server.organisation"
    label = "organisation"
