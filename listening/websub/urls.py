"""The address that hubs call."""

from django.urls import path

from listening.websub import views

app_name = "websub"

urlpatterns = [path("hooks/websub/<str:callback_id>/", views.callback, name="callback")]
