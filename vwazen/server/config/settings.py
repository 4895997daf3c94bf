"""Settings come from the environment; docs/reference/settings.md says what each is for."""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from vwazen.home import home

HOME = home()


def _secret_key() -> str:
    """A key of this node's own, made once and kept in its data folder."""
    path = HOME / "secret-key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        return path.read_text().strip()


def _database(url: str) -> dict[str, object]:
    """DATABASE_URL as Django wants it: empty for SQLite in VWAZEN_HOME, or postgresql://…"""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(HOME / "vwazen.sqlite3"),
            "CONN_MAX_AGE": 300,  # of the few threads that answer: to open it costs each page two milliseconds
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                # FULL, since NORMAL can lose an acknowledged fact at a power cut
                # No file mapped into memory: what lies on the disk then costs a push half as much again, and eight
                # megabytes read for each page. What lies in memory costs the same.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000;",
            },
            "TEST": {"NAME": str(HOME / f"test-{os.getpid()}.sqlite3")},
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise SystemExit(f"DATABASE_URL must start with postgresql:// or be unset; it starts with {parts.scheme}://")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "vwazen.server.config.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or options.pop("host", ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,
        # Nothing is kept ready by how often it was asked: lists of a clinic and of a country need plans of their own.
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 2**31, **options},
    }


SECRET_KEY = _secret_key()
DEBUG = False
# Either a proxy in front ends TLS, or this node does so itself in a clinic's own network (`vwazen up --lan`).
PROXIED = os.environ.get("VWAZEN_HTTPS") == "1"
LAN = os.environ.get("VWAZEN_LAN") == "1" and not PROXIED
HTTPS = PROXIED or LAN
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver", *os.environ.get("VWAZEN_HOSTS", "").split()]
DATABASES = {"default": _database(os.environ.get("DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "vwazen.server.organisation",
    "vwazen.server.audit",
    "vwazen.server.record",
    "vwazen.server.interop",
    "vwazen.server.care",
    "vwazen.server.reporting",
    "vwazen.server.web",
    "vwazen.server.sync",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "vwazen.server.organisation.middleware.ChangePasswordFirst",
    "vwazen.server.audit.middleware.LogRefusals",
    "vwazen.server.web.middleware.on_paper",
    "vwazen.server.web.middleware.page_security",
]
ROOT_URLCONF = "vwazen.server.config.urls"
WSGI_APPLICATION = "vwazen.server.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "vwazen.server.web.context.page",
                "vwazen.server.record.remaking.page",
                "vwazen.server.care.context.alarm",
            ],
        },
    }
]
FORM_RENDERER = "vwazen.server.web.widgets.Renderer"

AUTH_USER_MODEL = "organisation.Worker"
OTP_TOTP_ISSUER = "Vwazen"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

USE_TZ = True
TIME_ZONE = os.environ.get("VWAZEN_TIME_ZONE", "UTC")
DAY_HOSPITAL_CALL = os.environ.get("VWAZEN_DAY_HOSPITAL_CALL", "10:00")  # from then on who has not come is called
LANGUAGE_CODE = "en"
USE_I18N = True
STATIC_URL = "static/"
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SESSION_COOKIE_AGE = 12 * 3600  # from signing in, whatever is done meanwhile: see `organisation.views.sign_in`
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# What is said on the next page may name somebody: it waits in the database and not in a cookie of a shared laptop.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:  # so named, a browser takes them from this host alone, and only by https
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = HTTPS
# Behind a proxy that ends TLS: it says by this header that the browser came by https, and names itself as origin.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIED else None
CSRF_TRUSTED_ORIGINS = [f"https://{one}" for one in os.environ.get("VWAZEN_HOSTS", "").split()] if PROXIED else []
# Not in a clinic's own network: there it would lock browsers out when the node is served plainly again.
SECURE_HSTS_SECONDS = 31_536_000 if PROXIED else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True

# Uploads go to a file, never to memory; the import page has its own, larger, stated limit.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
IMPORTS_FOLDER = Path(HOME) / "imports"
IMPORT_LIMIT = int(os.environ.get("VWAZEN_IMPORT_MB", "512")) * 1_000_000  # bytes of one upload, all files together

# What a phone holds at most: people with their care, and people only to be found again; and after how many days without
# contact it shows nothing until it has had contact.
PHONE_FULL = int(os.environ.get("VWAZEN_PHONE_FULL", "500"))
PHONE_THIN = int(os.environ.get("VWAZEN_PHONE_THIN", "2000"))
PHONE_OFFLINE_DAYS = int(os.environ.get("VWAZEN_PHONE_OFFLINE_DAYS", "14"))
# How often one phone may ask in a minute, and room to count thousands of them at once.
PHONE_ASKS = int(os.environ.get("VWAZEN_PHONE_ASKS", "180"))
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}}

# A node whose people are invented says so on every page and export; the file is written with the first of them.
SYNTHETIC = (HOME / "synthetic").exists()

# Log lines name routes and codes. No patient value is ever an argument of a log call.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"routes": {"()": "vwazen.server.config.log_lines.RoutesOnly"}},
    "formatters": {"plain": {"()": "vwazen.server.config.log_lines.WithoutValues"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["routes"], "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
