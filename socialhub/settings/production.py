"""A company's own servers behind its own proxy."""

from socialhub.settings import env
from socialhub.settings.base import *  # noqa: F403 - the pattern of Django's own documentation

DEBUG = False
SECRET_KEY = env.secret("SECRET_KEY")
# The newest first; older ones still open what they sealed until `manage.py seal_anew` has run.
SECRETS_KEYS = [key.strip() for key in env.secret("SECRETS_KEY").split(",")]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [env.text("SITE_URL")]

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 1)

STORAGES["staticfiles"] = {"BACKEND": "socialhub.staticfiles.RememberingManifestStorage"}  # noqa: F405
