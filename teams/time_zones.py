"""The time zones that people choose from."""

import zoneinfo

# Names of countries and machines' habits that stand for cities; who needs one finds the city.
_CITIES = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


def zone_names() -> list[str]:
    """Return the names of all zones that this machine knows, UTC first."""
    return ["UTC", *sorted(name for name in zoneinfo.available_timezones() if name.startswith(_CITIES))]


def zone_choices() -> list[tuple[str, str]]:
    """Return the zones as a form offers them."""
    return [(name, name.replace("_", " ")) for name in zone_names()]
