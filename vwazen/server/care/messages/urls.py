from django.urls import path

from vwazen.server.care.messages import views

urlpatterns = [
    path("messages", views.inbox, name="messages"),
    path("people/<str:person>/messages", views.about, name="team-messages"),
    path("people/<str:person>/messages/talk", views.talk, name="talk"),
    path("people/<str:person>/reach", views.reached, name="reach"),
]
