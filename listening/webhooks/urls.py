"""Addresses of webhooks."""

from django.urls import path

from listening.webhooks import views

app_name = "webhooks"

urlpatterns = [
    path("hooks/<str:endpoint>/", views.call, name="call"),
    path("channels/<int:channel_id>/secret/", views.secret, name="secret"),
    path("channels/<int:channel_id>/secret/end-former/", views.end_former, name="end_former"),
]
