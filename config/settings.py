"""One settings file. Everything that differs between installations is read from the environment, typed and checked."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from core.embedded import paths

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

ENVIRONMENT = env.str("CONCORD_ENV", "embedded")
if ENVIRONMENT not in {"embedded", "production", "test"}:
    raise ImproperlyConfigured("CONCORD_ENV must be embedded, production or test.")
PRODUCTION = ENVIRONMENT == "production"
TEST = ENVIRONMENT == "test"
DEBUG = False
DATA_DIR = paths.data_dir()

# --- Secrets and hosts: production refuses to start on a default ------------------------------------------------
if PRODUCTION:
    SECRET_KEY = env.str("CONCORD_SECRET_KEY", "")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
        raise ImproperlyConfigured("Set CONCORD_SECRET_KEY to at least 50 random characters.")
    ALLOWED_HOSTS = env.list("CONCORD_ALLOWED_HOSTS", default=[])
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Set CONCORD_ALLOWED_HOSTS to the host names that are served; '*' is refused.")
else:
    SECRET_KEY = env.str("CONCORD_SECRET_KEY", "") or paths.secret_key()
    ALLOWED_HOSTS = env.list("CONCORD_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SECRET_KEY_FALLBACKS = env.list("CONCORD_SECRET_KEY_FALLBACKS", default=[])
HTTPS = env.bool("CONCORD_HTTPS", default=PRODUCTION)
CSRF_TRUSTED_ORIGINS = env.list("CONCORD_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "core",
    "accounts",
    "events",
    "projects",
    "guidelines",
    "intake",
    "annotation",
    "metrics",
    "adjudication",
    "reviews",
    "releases",
    "home",
]

MIDDLEWARE = [
    "core.middleware.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.middleware.RateLimitMiddleware",
    "core.middleware.AddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.ErrorPageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "home.context.navigation",
            ],
            "builtins": ["core.templatetags.figures"],
        },
    }
]

# --- PostgreSQL: embedded unless DATABASE_URL names a server ----------------------------------------------------
_pool = {"min_size": 0, "max_size": env.int("CONCORD_DB_POOL", 8), "timeout": 5, "max_idle": 60}
if env.str("DATABASE_URL", ""):
    _database: dict[str, Any] = env.db_url("DATABASE_URL")
else:
    CLUSTER = env.str("CONCORD_CLUSTER", "pgtest" if TEST else "pg")
    _database = {"ENGINE": "core.embedded.backend", "NAME": "concord", "CLUSTER": CLUSTER}
_database["OPTIONS"] = dict(_database.get("OPTIONS", {}))
if env.bool("CONCORD_DB_POOLED", default=False):
    _database["OPTIONS"]["pool"] = _pool
else:
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
_database["OPTIONS"]["connect_timeout"] = 5
# The searches of the queue look expensive to the planner and end after a few rows: compiling them costs far more.
_database["OPTIONS"].setdefault("options", "-c jit=off")
_database["OPTIONS"]["prepare_threshold"] = 0  # statements of core.compiled, and no others
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery: the message carries an id, the truth stands in the Job table ---------------------------------------
REDIS_URL = env.str("REDIS_URL", "")
CELERY_BROKER_URL = REDIS_URL or env.str("CONCORD_BROKER_URL", "") or paths.broker_url()
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_DEFAULT_QUEUE = "work"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "pulse": {"task": "events.pulse", "schedule": 1.0, "options": {"queue": "pulse", "expires": 5}},
    "sweep": {"task": "events.sweep", "schedule": 5.0, "options": {"queue": "pulse", "expires": 15}},
}

# --- Sign-in: by e-mail and password, sign-up closed ------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm"}
ACCOUNT_ADAPTER = "accounts.adapter.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_RATE_LIMITS = {"login_failed": None, "login": None}
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"] if TEST else ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
_host_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_host_prefix}sessionid"
CSRF_COOKIE_NAME = f"{_host_prefix}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"

# --- Transport and browser security ----------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("CONCORD_BEHIND_PROXY", False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Static and stored files ------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [("dist", BASE_DIR / "static" / "dist")] if (BASE_DIR / "static" / "dist").is_dir() else []
STATIC_ROOT = DATA_DIR / "static"
FILES_DIR = Path(env.str("CONCORD_FILES_DIR", str(DATA_DIR / "files")))
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(FILES_DIR)},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TEST
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TEST
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a long guideline in its editor: each text is a field
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
CONCORD_UPLOAD_LIMIT = env.int("CONCORD_UPLOAD_LIMIT", 256 * 1024 * 1024)

# --- API ----------------------------------------------------------------------------------------------------------
CONCORD_RATE = env.int("CONCORD_RATE", 6000)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "projects.authentication.TokenAuthentication",
        "projects.authentication.CookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.rendering.ConcordRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.SafeJsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.api.negotiation.JsonAlways",
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.ConcordSchema",
    "EXCEPTION_HANDLER": "core.api.problems.problem_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Concord",
    "DESCRIPTION": "Label, measure agreement, tighten the guideline, release under a contract.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["core.api.schema.finish_document"],
}

# --- The rest ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
EMAIL_BACKEND = env.str("CONCORD_EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Addresses are unique without case, by a constraint that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "core.logs.OneLineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("CONCORD_LOG_LEVEL", "INFO")},
    "loggers": {"django.security.DisallowedHost": {"level": "CRITICAL"}},
}
os.environ.setdefault("PGAPPNAME", "concord")
