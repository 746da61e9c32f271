"""Addresses of the streams."""

from django.urls import path

from listening.streams import author_lists, beginning, views

app_name = "streams"

urlpatterns = [
    path("", views.streams, name="list"),
    path("add/", views.add, name="add"),
    path("begin/", beginning.begin, name="begin"),
    path("preview/", views.preview, name="preview"),
    path("authors/", author_lists.author_lists, name="author_lists"),
    path("authors/add/", author_lists.add, name="add_author_list"),
    path("authors/<int:list_id>/", author_lists.author_list, name="author_list"),
    path("authors/<int:list_id>/change/", author_lists.change, name="change_author_list"),
    path("authors/<int:list_id>/put/", author_lists.put, name="fill_author_list"),
    path("authors/<int:list_id>/take/", author_lists.take, name="take_author"),
    path("authors/<int:list_id>/delete/", author_lists.delete, name="delete_author_list"),
    path("<int:stream_id>/change/", views.change, name="change"),
    path("<int:stream_id>/pause/", views.pause, name="pause"),
    path("<int:stream_id>/resume/", views.resume, name="resume"),
    path("<int:stream_id>/needed/", views.confirm_need, name="confirm_need"),
    path("<int:stream_id>/delete/", views.delete, name="delete"),
]
