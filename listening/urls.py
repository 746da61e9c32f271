"""Addresses of the channels."""

from django.urls import path

from listening import views

app_name = "listening"

urlpatterns = [
    path("", views.channels, name="channels"),
    path("add/feed/", views.add_feed, name="add_feed"),
    path("add/practice/", views.add_practice, name="add_practice"),
    path("<int:channel_id>/", views.channel, name="channel"),
    path("<int:channel_id>/change/", views.change, name="change_channel"),
    path("<int:channel_id>/pause/", views.pause, name="pause_channel"),
    path("<int:channel_id>/resume/", views.resume, name="resume_channel"),
    path("<int:channel_id>/fetch/", views.fetch_now, name="fetch_now"),
]
