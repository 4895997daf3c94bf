from django.urls import path

from vwazen.server.interop.views import adt, inbound, outbox

urlpatterns = [
    path("interop/adt", adt.deliver, name="adt"),
    path("ward/file", adt.table, name="ward-file"),
    path("interop/messages", adt.messages, name="adt-messages"),
    path("outbox", outbox.read, name="outbox"),
    path("texts", inbound.texts, name="texts"),
    path("interop/inbound", inbound.deliver, name="inbound"),
]
