"""Pages of referrals. Ids stand in an address; nothing else about a person does."""

from django.urls import path

from vwazen.server.care.referrals import outside_views, views

urlpatterns = [
    path("referrals", views.index, name="referrals"),
    path("referrals/outside", outside_views.index, name="outsiders"),
    path("referrals/outside/<uuid:pk>", outside_views.outsider, name="outsider"),
    path("referrals/outside/<uuid:pk>/papers", outside_views.stubs, name="stubs"),
    path("referrals/arrival", outside_views.arrival, name="arrival"),
    path("people/<str:person>/refer", views.refer, name="refer"),
    path("people/<str:person>/referrals/<str:referral>", views.referral, name="referral"),
    path("people/<str:person>/referrals/<str:referral>/letter", views.letter, name="referral-letter"),
]
