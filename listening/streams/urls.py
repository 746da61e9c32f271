"""Addresses of the streams."""

from django.urls import path

from listening.streams import beginning, views

app_name = "streams"

urlpatterns = [
    path("", views.streams, name="list"),
    path("add/", views.add, name="add"),
    path("begin/", beginning.begin, name="begin"),
    path("preview/", views.preview, name="preview"),
    path("<int:stream_id>/change/", views.change, name="change"),
    path("<int:stream_id>/pause/", views.pause, name="pause"),
    path("<int:stream_id>/resume/", views.resume, name="resume"),
    path("<int:stream_id>/needed/", views.confirm_need, name="confirm_need"),
    path("<int:stream_id>/delete/", views.delete, name="delete"),
]
