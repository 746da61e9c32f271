"""Addresses of people, departments, the team, and one's own account."""

from django.urls import path

from teams.views import signing_in

app_name = "teams"

urlpatterns = [
    path("sign-in-as/<int:user_id>/", signing_in.sign_in_as, name="sign_in_as"),
]
