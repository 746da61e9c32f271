"""What is wrong with a form, for answers that show no form."""

from django import forms

from socialhub.lib.errors import Invalid


def problems_of(form: forms.BaseForm) -> list[str]:
    """Return what is wrong with a form, in sentences; nothing where it is valid or was not sent."""
    return [str(problem) for problems in form.errors.values() for problem in problems]


def refusal_of(form: forms.BaseForm) -> Invalid:
    """Return what is wrong with a form as a refusal."""
    return Invalid(" ".join(problems_of(form)))
