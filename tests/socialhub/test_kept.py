import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy

from socialhub.templatetags.kept import MOST_KEPT

LOAD = "{% load i18n kept %}"


class Counted:
    times = 0

    def __str__(self) -> str:
        Counted.times += 1
        return "seen"


def test_kept_prints_once_for_the_same_values():
    template = Template(LOAD + "{% kept name=name seen=seen %}{{ name }} {{ seen }}{% endkept %}")
    seen, Counted.times = Counted(), 0

    printed = [template.render(Context({"name": name, "seen": seen})) for name in ("Ada", "Ada", "<b>")]

    assert printed == ["Ada seen", "Ada seen", "&lt;b&gt; seen"]
    assert Counted.times == 2


def test_kept_knows_nothing_that_was_not_given():
    template = Template(LOAD + "{% kept a=a %}{{ a }}{{ secret }}{% csrf_token %}{% endkept %}{{ secret }}")

    assert template.render(Context({"a": 1, "secret": "s", "csrf_token": "token"})) == "1s"


def test_kept_holds_on_to_no_request():
    template = Template(LOAD + "{% kept may=may title=title %}{% if may %}{{ title }}{% endif %}{% endkept %}")

    printed = template.render(Context({"may": SimpleLazyObject(lambda: True), "title": gettext_lazy("Search")}))

    assert printed == "Search"
    assert list(template.nodelist[-1]._kept) == [("en", True, "Search")]
    assert [type(value) for value in next(iter(template.nodelist[-1]._kept))] == [str, bool, str]


def test_kept_speaks_each_language():
    template = Template(LOAD + '{% kept %}{% translate "Search" %}{% endkept %}')

    printed = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            printed.append(template.render(Context()))

    assert printed == ["Search", "Suche", "Search"]


def test_kept_forgets_what_is_too_much():
    template = Template(LOAD + "{% kept n=n %}{{ n }}{% endkept %}")

    printed = [template.render(Context({"n": n})) for n in range(3 * MOST_KEPT)]

    assert printed == [str(n) for n in range(3 * MOST_KEPT)]
    assert len(template.nodelist[-1]._kept) == MOST_KEPT


@pytest.mark.parametrize(
    "text", ["{% kept %}{% block a %}{% endblock %}{% endkept %}", "{% kept name %}{% endkept %}", "{% kept %}"]
)
def test_kept_refuses_blocks_and_values_without_a_name(text):
    with pytest.raises(TemplateSyntaxError):
        Template(LOAD + text)
