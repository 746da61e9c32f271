import json
from unittest import mock

from django.core.files.storage import FileSystemStorage

from socialhub.staticfiles import RememberingManifestStorage, RememberingStorage


def test_address_of_a_static_file_is_worked_out_once():
    storage = RememberingStorage()

    with mock.patch.object(FileSystemStorage, "url", autospec=True, side_effect=FileSystemStorage.url) as worked_out:
        addresses = [storage.url(name) for name in ("css/base.css", "css/base.css", "js/live.js")]

    assert addresses == ["/static/css/base.css", "/static/css/base.css", "/static/js/live.js"]
    assert worked_out.call_count == 2


def test_address_of_a_collected_file_tells_what_is_in_it(tmp_path):
    names = {"css/base.css": "css/base.0a1b2c.css"}
    (tmp_path / "staticfiles.json").write_text(json.dumps({"version": "1.1", "paths": names, "hash": ""}))

    storage = RememberingManifestStorage(location=tmp_path)

    assert [storage.url("css/base.css") for _ in range(2)] == ["/static/css/base.0a1b2c.css"] * 2
