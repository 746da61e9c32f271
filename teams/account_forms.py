"""The forms of django-allauth as our pages show them."""

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm
from django import forms


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth is not typed
    """Signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _leave_to_labels(self)


class ForgottenPasswordForm(ResetPasswordForm):  # type: ignore[misc]  # allauth is not typed
    """Asking for a mail that leads to a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _leave_to_labels(self)


def _leave_to_labels(form: forms.Form) -> None:
    """Take the words out of the fields that stand above them already."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
