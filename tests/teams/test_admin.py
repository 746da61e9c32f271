from django.contrib import admin

from teams.models import Organisation


def test_nothing_can_be_changed_in_the_admin(client, administrator):
    client.force_login(administrator)
    request = client.get("/admin/").wsgi_request

    open_to_change = [
        model._meta.label
        for model, found in admin.site._registry.items()
        if found.get_model_perms(request) != {"add": False, "change": False, "delete": False, "view": True}
    ]

    assert open_to_change == []


def test_the_company_is_changed_on_its_page_only(client, administrator):
    client.force_login(administrator)

    answer = client.post("/admin/teams/organisation/1/change/", {"name": "X", "time_zone": "UTC", "language": "en"})

    assert answer.status_code == 403
    assert Organisation.objects.get().name == "Nordlys Energy"


def test_addresses_by_which_passwords_are_made_anew_are_not_in_the_admin(client, administrator):
    client.force_login(administrator)

    assert client.get("/admin/account/emailaddress/").status_code == 404
    assert client.get("/admin/teams/user/").status_code == 200
