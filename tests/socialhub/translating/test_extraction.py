import pytest
from django.template import engines

from socialhub.translating.messages import Key, Messages, UnclearText
from socialhub.translating.pages import note_template
from socialhub.translating.sources import note_python


def marked(text, file="triage/x.py"):
    messages = Messages()
    if file.endswith(".py"):
        note_python(messages, text, file)
    else:
        note_template(messages, text, file, engines["django"].engine)
    return {key: message.plural for key, message in messages.items()}


def test_every_function_that_marks_a_text_is_found_under_any_name():
    found = marked(
        "from django.utils.translation import gettext as _, gettext_lazy, ngettext as n, pgettext, npgettext_lazy\n"
        "from django.utils import translation\n"
        "_('One')\n"
        "gettext_lazy(\n    'Two '\n    'words'\n)\n"
        "n('%(n)d day', '%(n)d days', 3)\n"
        "pgettext('verb', 'Open')\n"
        "npgettext_lazy('time', 'hour', 'hours')\n"
        "translation.gettext(what)\n"
    )

    assert found == {
        Key("One"): "",
        Key("Two words"): "",
        Key("%(n)d day"): "%(n)d days",
        Key("Open", "verb"): "",
        Key("hour", "time"): "hours",
    }


def test_a_text_that_is_translated_where_it_is_read_is_found():
    found = marked("from socialhub.lib.told import read, told as _\n_('%(host)s is gone.')\nread('Two')\n")

    assert found == {Key("%(host)s is gone."): ""}


def test_functions_of_the_same_name_from_elsewhere_mark_nothing():
    assert marked("from gettext import gettext\ndef _(x): pass\ngettext('One')\n_('Two')\n") == {}
    assert marked("from django.utils.translation import told\ntold('One')\n") == {}


@pytest.mark.parametrize("text", ["_(f'{a} b')", "_('a' + b)", "_(name)", "_()"])
def test_a_text_that_is_put_together_is_refused(text):
    with pytest.raises(UnclearText, match=r"^triage/x\.py:2: a text to translate has to be written out"):
        marked(f"from django.utils.translation import gettext as _\n{text}\n")


def test_one_text_with_two_plurals_is_refused():
    with pytest.raises(UnclearText, match=r"^triage/x\.py:3: 'day' has another plural elsewhere: 'days'"):
        marked(
            "from django.utils.translation import ngettext\nngettext('day', 'days', 2)\nngettext('day', 'dayz', 2)\n"
        )


def test_the_tags_of_templates_are_found_as_pages_look_them_up():
    found = marked(
        "{% load i18n %}"
        '{% translate "One" %}{% translate "50% off" as sale %}{% translate "Open" context "verb" %}'
        "{% if x %}{% blocktranslate with a=b %}Dear {{ a }}{% endblocktranslate %}{% endif %}"
        "{% for y in x %}{% blocktranslate trimmed %}\n  two\n  lines\n{% endblocktranslate %}{% endfor %}"
        "{% blocktranslate count n=x %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}"
        "{{ x|default:_('Nobody') }}{% include 'components/_chip.html' with text=_(\"Late\") %}",
        "templates/x.html",
    )

    assert found == {
        Key("One"): "",
        Key("50%% off"): "",
        Key("Open", "verb"): "",
        Key("Dear %(a)s"): "",
        Key("two lines"): "",
        Key("%(n)s day"): "%(n)s days",
        Key("Nobody"): "",
        Key("Late"): "",
    }


def test_a_template_that_marks_a_variable_is_refused():
    with pytest.raises(UnclearText, match=r"^templates/x\.html:1: a text to translate has to be written out"):
        marked("{% load i18n %}{% translate name %}", "templates/x.html")


def test_a_template_that_cannot_be_read_is_refused_by_its_name():
    with pytest.raises(UnclearText, match=r"^templates/x\.html:1: "):
        marked("{% nothing %}", "templates/x.html")
