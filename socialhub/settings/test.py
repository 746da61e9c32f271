"""The suite, on the servers that ``manage.py test`` starts."""

from socialhub.settings.base import *  # noqa: F403 - the pattern of Django's own documentation

DEBUG = False
SECRET_KEY = "only-for-tests"  # noqa: S105 - it protects nothing
SECRETS_KEYS = ["b25seS1mb3ItdGVzdHMtYW5kLW5vdGhpbmctZWxzZS0="]
ALLOWED_HOSTS = ["*"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["default"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}  # noqa: F405
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Whoever tests the undo says so; for all others an answer leaves at once.
SEND_UNDO_SECONDS = 0
# A task that a test did not ask for would run against rows that are being rolled back.
CELERY_TASK_ALWAYS_EAGER = False
