"""Addresses of people, departments, the team, and one's own account."""

from django.urls import path

from teams.views import (
    account,
    changes,
    departments,
    devices,
    hours,
    notifications,
    organisation,
    people,
    seats,
    shortcuts,
    signing_in,
)

app_name = "teams"

urlpatterns = [
    path("sign-in-as/<int:user_id>/", signing_in.sign_in_as, name="sign_in_as"),
    path("team/", departments.departments, name="departments"),
    path("team/departments/add/", departments.add, name="add_department"),
    path("team/departments/<slug:slug>/", departments.department, name="department"),
    path("team/departments/<slug:slug>/change/", departments.change, name="change_department"),
    path("team/departments/<slug:slug>/hours/", hours.department, name="department_hours"),
    path("team/departments/<slug:slug>/close/", departments.close, name="close_department"),
    path("team/departments/<slug:slug>/open/", departments.open_again, name="open_department"),
    path("team/departments/<slug:slug>/members/", departments.place, name="place_member"),
    path("team/people/", people.people, name="people"),
    path("team/people/add/", people.add, name="add_person"),
    path("team/people/<int:person_id>/", people.person, name="person"),
    path("team/people/<int:person_id>/change/", people.change, name="change_person"),
    path("team/people/<int:person_id>/roles/", people.set_roles, name="set_roles"),
    path("team/people/<int:person_id>/capacity/", people.set_capacity, name="set_capacity"),
    path("team/people/<int:person_id>/close/", people.close, name="close_account"),
    path("team/people/<int:person_id>/open/", people.open_again, name="open_account"),
    path("team/people/<int:person_id>/invite/", people.invite, name="invite"),
    path("team/seats/", seats.seats, name="seats"),
    path("team/seats/<slug:slug>/", seats.give, name="give_seat"),
    path("team/seats/<slug:slug>/remove/", seats.remove, name="remove_seat"),
    path("team/seats/<slug:slug>/proponent/", seats.proponent, name="name_proponent"),
    path("team/organisation/", organisation.organisation, name="organisation"),
    path("team/organisation/hours/", hours.organisation, name="organisation_hours"),
    path("team/changes/", changes.changes, name="changes"),
    path("account/", account.account, name="account"),
    path("account/keyboard/", shortcuts.shortcuts, name="shortcuts"),
    path("account/keys/", account.keys, name="keys"),
    path("account/keys/<int:key_id>/revoke/", account.revoke_key, name="revoke_key"),
    path("account/devices/", devices.devices, name="devices"),
    path("account/devices/add/", devices.add, name="add_device"),
    path("account/devices/<int:device_id>/", devices.choose, name="choose_for_device"),
    path("account/devices/<int:device_id>/remove/", devices.remove, name="remove_device"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.mark_read, name="mark_read"),
    path("notifications/<int:notification_id>/", notifications.open_notification, name="notification"),
]
