from django.urls import path

from vwazen.server.audit.views import access_log

urlpatterns = [path("access-log/", access_log, name="access-log")]
