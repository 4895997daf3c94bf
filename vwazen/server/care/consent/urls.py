"""Addresses of the pages about consent."""

from django.urls import path

from vwazen.server.care.consent import emergency_pages, erasure_pages, pages, seen_by

urlpatterns = [
    path("people/<str:person>/consent", pages.consent, name="consent"),
    path("people/<str:person>/seen-by", seen_by.seen_by, name="seen-by"),
    path("people/<str:person>/erase", erasure_pages.ask, name="erase-ask"),
    path("open-in-emergency", emergency_pages.emergency, name="open-in-emergency"),
    path("open-in-emergency/reviews", emergency_pages.reviews, name="emergency-reviews"),
    path("open-in-emergency/reviews/<str:pk>", emergency_pages.review, name="emergency-review"),
    path("erasures", erasure_pages.erasures, name="erasures"),
    path("erasures/<str:pk>", erasure_pages.decide, name="erasure"),
]
