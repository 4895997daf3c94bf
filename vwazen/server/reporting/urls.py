"""Pages of figures, and the files made of them."""

from django.urls import path

from vwazen.server.reporting.views import exports, outcomes, readmissions

urlpatterns = [
    path("outcomes", outcomes.outcomes, name="outcomes"),
    path("outcomes/people", outcomes.people, name="outcomes-people"),
    path("outcomes/export", exports.outcomes, name="outcomes-export"),
    path("readmissions", readmissions.readmissions, name="readmissions"),
    path("exports/register", exports.register_of, name="register-export"),
]
