import io
from dataclasses import replace
from datetime import timedelta
from unittest import mock

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from listening.heard import HeardItem, HeardPicture, clean_item
from listening.models import Mention, Picture
from listening.services import ingest, pictures
from socialhub.lib.pictures import Picture as SmallCopy
from socialhub.lib.pictures import small_copy
from tests.factories.listening import ChannelFactory, PictureFactory
from tests.factories.teams import NOON
from tests.listening.web_server import Answer

pytestmark = pytest.mark.django_db

FIRST, SECOND = HeardPicture("https://far.example/1.jpg", "A lamp."), HeardPicture("https://far.example/2.jpg")


def drawn(size: tuple[int, int] = (40, 20), kind: str = "PNG", **how: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "red").save(target, kind, **how)
    return target.getvalue()


def item(*shown: HeardPicture, text: str = "Look!") -> HeardItem:
    return HeardItem(external_id="1", text=text, published_at=NOON, author_id="ida", pictures=shown)


def store(channel, *items, at=NOON) -> None:
    ingest.store_items(channel=channel, items=[clean_item(one, at=at) for one in items], at=at)


def noted() -> list[tuple[int, str, str]]:
    return list(Picture.objects.order_by("mention", "position").values_list("position", "url", "alt"))


@pytest.fixture
def at_the_web(web, settings):
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]

    def waiting(path: str, body: bytes = b"", **about: object) -> Picture:
        web.answers[path] = Answer(body=body, **about)
        return PictureFactory(url=web.url(path))

    return waiting


def kept(picture: Picture, at=NOON) -> Picture:
    pictures.keep(picture_id=picture.pk, at=at)
    picture.refresh_from_db()
    return picture


def test_what_is_heard_notes_its_pictures_once_and_wakes_a_worker(django_capture_on_commit_callbacks):
    channel = ChannelFactory()
    with mock.patch("celery.Celery.send_task") as send_task, django_capture_on_commit_callbacks(execute=True):
        store(channel, item(FIRST, SECOND))
        store(channel, item(FIRST, SECOND))

    assert noted() == [(1, FIRST.url, "A lamp."), (2, SECOND.url, "")]
    woken = [call.kwargs["kwargs"] for call in send_task.call_args_list if call.args == ("listening.keep_picture",)]
    assert woken == [{"picture_id": pk} for pk in Picture.objects.values_list("pk", flat=True)]


def test_an_edit_replaces_the_pictures_and_keeps_those_that_stay():
    channel = ChannelFactory()
    store(channel, item(FIRST))
    first = Picture.objects.get()

    store(channel, item(FIRST, text="Look again!"))
    assert Picture.objects.get() == first

    store(channel, item(SECOND, text="Look there!"))
    assert noted() == [(1, SECOND.url, "")]


def boost(number: str, *, repeats: str = "0", minutes: int = 0, text: str = "Look!") -> HeardItem:
    said = NOON + timedelta(minutes=minutes)
    return replace(item(FIRST, text=text), external_id=number, repeats=repeats, author_id=number, published_at=said)


def pictured() -> list[str]:
    return list(Picture.objects.order_by("mention").values_list("mention__external_id", flat=True))


def test_of_those_that_pass_on_the_same_only_the_first_has_pictures():
    channel = ChannelFactory()
    store(channel, boost("2", minutes=-1), boost("1", minutes=-2), boost("4", repeats="5"))
    assert pictured() == ["1", "4"]

    store(channel, boost("3"), replace(boost("0"), repeats=""))
    store(channel, boost("6"), boost("3", text="Look again!"), boost("1", text="Look again!"))
    assert pictured() == ["1", "4", "0"]

    store(ChannelFactory(), boost("3"))
    assert pictured() == ["1", "4", "0", "3"]


def test_what_is_no_address_of_a_picture_is_left_out():
    many = [HeardPicture(f"https://far.example/{n}.jpg") for n in range(12)]
    odd = HeardPicture("javascript:alert(1)"), HeardPicture(""), FIRST, FIRST

    assert clean_item(item(*odd), at=NOON).pictures == (FIRST,)
    assert (
        clean_item(item(HeardPicture(FIRST.url, "a\x00b" + "c" * 3000)), at=NOON).pictures[0].alt
        == "a\ufffdb" + "c" * 1997
    )
    assert len(clean_item(item(*many), at=NOON).pictures) == 10


def test_a_small_still_copy_without_notes_is_kept(at_the_web):
    exif = Image.Exif()
    exif[0x010E] = "Taken at home"
    exif[0x0112] = 6
    picture = kept(at_the_web("/1.jpg", drawn((3000, 1500), "JPEG", exif=exif)))

    assert (picture.state, picture.width, picture.height, picture.next_try_at) == ("kept", 600, 1200, None)
    with default_storage.open(picture.stored_as) as file, Image.open(file) as copy:
        assert (copy.format, copy.size, dict(copy.getexif())) == ("WEBP", (600, 1200), {})


@pytest.mark.parametrize("body", [b"<html>", b"", b"\x89PNG\r\n\x1a\n broken", drawn()[:60]])
def test_what_is_no_picture_is_said_to_be_none(at_the_web, body):
    picture = kept(at_the_web("/1.jpg", body))

    assert (picture.state, str(picture.problem)) == ("failed", "It is not a picture that can be shown.")


def test_an_address_inside_is_never_asked(web):
    picture = kept(PictureFactory(url=web.url("/1.jpg")))

    assert (picture.state, default_storage.exists(picture.stored_as), web.asked) == ("failed", False, [])
    assert picture.failure


def test_what_cannot_be_had_is_asked_for_ever_later_and_then_given_up(at_the_web):
    picture = at_the_web("/1.jpg", status=503)
    at, pauses = NOON, []
    while kept(picture, at).state == "waiting":
        pauses.append(picture.next_try_at - at)
        at = picture.next_try_at

    assert pauses == [timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=2)]
    assert (picture.state, picture.tries) == ("failed", 4)


def test_why_it_did_not_come_is_known_until_it_has_come(at_the_web, web):
    picture = kept(at_the_web("/1.jpg", status=503))
    assert (picture.state, str(picture.problem)) == ("waiting", "127.0.0.1 answered “503 Service Unavailable”.")

    web.answers["/1.jpg"] = Answer(body=drawn())
    picture = kept(picture, picture.next_try_at)
    assert (picture.state, str(picture.problem)) == ("kept", "")


@pytest.mark.parametrize("status", [404, 410, 451])
def test_one_that_is_not_there_is_given_up_at_once(at_the_web, status):
    picture = kept(at_the_web("/1.jpg", status=status))

    assert (picture.state, picture.tries, picture.next_try_at) == ("failed", 1, None)
    assert f"answered “{status} " in str(picture.problem)


def test_one_that_never_comes_ends_with_its_time(at_the_web, monkeypatch):
    monkeypatch.setattr(pictures, "SECONDS", 0.2)
    picture = kept(at_the_web("/1.jpg", drawn(), drip=0.05))

    assert (picture.state, picture.tries, picture.next_try_at) == ("waiting", 1, NOON + timedelta(minutes=1))


def test_only_one_worker_fetches_a_picture(at_the_web, web):
    picture = at_the_web("/1.jpg", drawn())
    Picture.objects.update(next_try_at=NOON + pictures.LEASE)

    assert kept(picture).state == "waiting"
    assert web.asked == []
    with mock.patch("celery.Celery.send_task"):
        pictures.sweep(at=NOON + pictures.LEASE)
    assert kept(picture, NOON + pictures.LEASE).state == "kept"


def test_what_is_erased_while_it_is_fetched_leaves_nothing(at_the_web, monkeypatch):
    picture = at_the_web("/1.jpg", drawn())

    def erased_meanwhile(content: bytes) -> SmallCopy:
        Picture.objects.all().delete()
        return small_copy(content)

    monkeypatch.setattr(pictures, "small_copy", erased_meanwhile)
    pictures.keep(picture_id=picture.pk, at=NOON)

    assert not default_storage.exists(picture.stored_as)


def test_a_worker_that_comes_too_late_leaves_what_a_faster_one_kept(at_the_web, monkeypatch):
    picture = at_the_web("/1.jpg", drawn())

    def overtaken(content: bytes) -> SmallCopy:
        monkeypatch.setattr(pictures, "small_copy", small_copy)
        pictures.keep(picture_id=picture.pk, at=NOON + pictures.LEASE)
        return small_copy(content)

    monkeypatch.setattr(pictures, "small_copy", overtaken)
    saved = mock.Mock(wraps=default_storage.save)
    monkeypatch.setattr(default_storage, "save", saved)

    assert kept(picture).state == "kept"
    assert default_storage.exists(picture.stored_as)
    assert saved.call_count == 1


def test_one_at_which_workers_die_is_given_up(at_the_web, web, monkeypatch):
    picture = at_the_web("/1.jpg", drawn())
    monkeypatch.setattr(pictures, "small_copy", mock.Mock(side_effect=SystemExit))
    at = NOON
    for _time in range(4):
        with pytest.raises(SystemExit):
            pictures.keep(picture_id=picture.pk, at=at)
        at += pictures.LEASE
    asked = len(web.asked)

    assert kept(picture, at).state == "failed"
    assert (str(picture.problem), len(web.asked), asked) == ("It could not be fetched.", 4, 4)


def test_what_a_dead_worker_left_is_written_over(at_the_web):
    picture = at_the_web("/1.jpg", drawn())
    default_storage.save(picture.stored_as, ContentFile(b"half"))

    assert kept(picture).state == "kept"
    with default_storage.open(picture.stored_as) as file, Image.open(file) as copy:
        assert copy.size == (40, 20)


def test_forgetting_takes_the_bytes_along_once_it_has_committed(django_capture_on_commit_callbacks):
    picture = PictureFactory(kept=True)
    other = PictureFactory(kept=True)
    with django_capture_on_commit_callbacks(execute=True):
        pictures.forget_pictures([picture.mention_id])
        assert default_storage.exists(picture.stored_as)

    assert not default_storage.exists(picture.stored_as)
    assert default_storage.exists(other.stored_as)
    assert list(Picture.objects.all()) == [other]
    assert Mention.objects.count() == 2
