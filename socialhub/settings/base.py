"""What every installation shares."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF

from socialhub.local import paths
from socialhub.logs import logging_settings
from socialhub.settings import env

# Forms and admins may then be written with the type of their model, as the type checker wants them.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent

INSTALLED_APPS = [
    "socialhub.apps.SocialhubConfig",
    "teams.apps.TeamsConfig",
    "policies.apps.PoliciesConfig",
    "listening.apps.ListeningConfig",
    "triage.apps.TriageConfig",
    "insights.apps.InsightsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "heroicons",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "socialhub.middleware.OrganisationMiddleware",
    "socialhub.middleware.ReaderMiddleware",
]

ROOT_URLCONF = "socialhub.urls"
WSGI_APPLICATION = "socialhub.wsgi.application"

FORM_RENDERER = "socialhub.lib.form_rendering.FormRenderer"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "socialhub.context.page",
            ],
            "libraries": {"heroicons": "socialhub.templatetags.icons"},
            # Dates in the reader's language; see socialhub.lib.moments.
            "builtins": ["socialhub.templatetags.moments"],
        },
    }
]

# Our tags stand in for heroicons' own on purpose: see socialhub.templatetags.icons.
SILENCED_SYSTEM_CHECKS = ["templates.W003"]

REDIS_URL = env.secret("REDIS_URL", paths.redis_url())

DATABASES = {"default": env.database("DATABASE_URL", paths.database_url())}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "socialhub.lib.forgiving_cache.ForgivingCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = ["teams.accounts.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

# A cached session is written through to the database, so an empty Redis signs nobody out.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
# What was chosen before signing in is kept as long as browsers keep anything.
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
CSRF_FAILURE_VIEW = "socialhub.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

ACCOUNT_ADAPTER = "teams.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "teams.account_forms.SignInForm",
    "reset_password": "teams.account_forms.ForgottenPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# People are invited by an administrator, who vouches for the address.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
# Nobody can sign up, so there is nothing to tell whoever has no account.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

LANGUAGE_CODE = "en"
# Each by its own name, so that people find theirs on a page in another.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT: Path | None = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "socialhub.staticfiles.RememberingStorage"},
}

# What people attach; handed out by a view that asks who may see it, never from an address of its own.
MEDIA_ROOT = env.text("MEDIA_ROOT", str(paths.data_dir() / "media"))
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "teams.api.authentication.ApiKeyAuthentication",
        "teams.api.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["teams.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "socialhub.lib.api_pagination.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "1200/min"},
    "EXCEPTION_HANDLER": "socialhub.lib.api_errors.answer_refusal",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Socialhub API",
    "DESCRIPTION": "Conversations, decisions, claims, replies and the policy, for other programs.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    # Fields of one name with different choices; the names are part of what programs generate from.
    "ENUM_NAME_OVERRIDES": {
        "OutcomeEnum": "triage.states.Outcome",
        "ClosingOutcomeEnum": "triage.api.requests.CLOSING_CHOICES",
        "ReplyStateEnum": "triage.states.ReplyState",
        "ReplyKindEnum": "triage.states.ReplyKind",
        "ChangeKindEnum": "triage.api.changes.KINDS",
        "ApprovalVerdictEnum": "triage.models.ApprovalStep.Verdict",
        "RuleVerdictEnum": "triage.models.DecisionCheck.Verdict",
        "ReasonEnum": "triage.states.Reason",
        "GapReasonEnum": "listening.models.Gap.Reason",
        "BackTestStateEnum": "triage.models.BackTest.State",
        "BackTestProblemEnum": "triage.models.BackTest.Problem",
        "BulkRunStateEnum": "triage.models.BulkRun.State",
        "BulkRunProblemEnum": "triage.models.BulkRun.Problem",
        "BulkActEnum": "triage.models.BulkRun.Act",
        "NewBulkActEnum": "triage.api.bulk.ACTS",
        "PolicyStateEnum": "policies.models.PolicyVersion.State",
        "EventKindEnum": "triage.models.Event.Kind",
        "TakeawayKindEnum": "insights.models.Takeaway.Kind",
        "AuthorListKindEnum": "listening.models.AuthorList.Kind",
        "DepartmentKindEnum": "teams.models.Department.Kind",
        "DepartmentRoleEnum": "teams.api.serializers.DEPARTMENT_ROLE_CHOICES",
        "CompanyRoleEnum": "teams.api.serializers.COMPANY_ROLE_CHOICES",
    },
}

CELERY_BROKER_URL = env.celery_broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TIMEZONE = "UTC"
# A message comes back only when its task cannot run any more: longer than the time limit.
# Throttle 1 makes a lost message return after seconds, not after a hundred of them.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 360,
    "unacked_restore_throttle": 1,
    "global_keyprefix": "celery:",
    # A page must not hang on a dead broker: the sweep will find the row.
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
}

LOGGING = logging_settings(level=env.text("LOG_LEVEL", "INFO"))

# Where the product says it lives, for links in mails.
SITE_URL = env.text("SITE_URL", "http://localhost:8000").rstrip("/")
# Whether servers elsewhere reach it there: only then are hubs of feeds asked to call us.
PUBLICLY_REACHABLE = env.flag("PUBLICLY_REACHABLE", SITE_URL.startswith("https://"))
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Socialhub <socialhub@localhost>")
globals().update(env.email("EMAIL_URL"))

# Hosts inside the company's network that feeds may be read from, as host or host:port.
ALLOWED_INTERNAL_HOSTS = env.words("ALLOWED_INTERNAL_HOSTS")
# How long an answer can be taken back before it leaves. A worker keeps it in mind
# meanwhile, so it stays far below the broker's time limit.
SEND_UNDO_SECONDS = env.number("SEND_UNDO_SECONDS", 10, least=0, most=120)
# Where the browser listens for changes; another origin's proxy may serve it.
LIVE_URL = "/live/"
