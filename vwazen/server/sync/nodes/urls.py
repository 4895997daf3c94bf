from django.urls import path

from vwazen.server.sync.nodes import views

urlpatterns = [
    path("sync/node/enrol", views.enrol, name="node-enrol"),
    path("sync/node/", views.exchange, name="node-exchange"),
    path("nodes", views.nodes, name="nodes"),
]
