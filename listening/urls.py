"""Addresses of the channels."""

from django.urls import path

from listening.views import acts, channels, connecting, set_aside

app_name = "listening"

urlpatterns = [
    path("", channels.channels, name="channels"),
    path("add/", connecting.choose_kind, name="add_channel"),
    path("add/<slug:kind>/", connecting.connect, name="connect"),
    path("<int:channel_id>/", channels.channel, name="channel"),
    path("<int:channel_id>/change/", connecting.change, name="change_channel"),
    path("<int:channel_id>/pause/", acts.pause, name="pause_channel"),
    path("<int:channel_id>/resume/", acts.resume, name="resume_channel"),
    path("<int:channel_id>/fetch/", acts.fetch_now, name="fetch_now"),
    path("<int:channel_id>/try/", acts.try_now, name="try_now"),
    path("<int:channel_id>/set-aside/", set_aside.set_aside, name="set_aside"),
    path("<int:channel_id>/set-aside/<int:set_aside_id>/settle/", set_aside.settle, name="settle"),
]
