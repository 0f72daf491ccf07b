"""How is this installation set up? Everything by environment, nothing needed to start in development."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from duologue.config import sources
from duologue.core import clock, env
from duologue.payments import keys

PACKAGE = Path(__file__).resolve().parent.parent

# Where we are

ENV = sources.environment()
DEBUG = False
DATA_DIR = Path(env.text("DATA_DIR", "var")).resolve()
BASE_URL = env.text("BASE_URL", "http://localhost:8000" if ENV == "development" else "").rstrip("/")
SECRET_KEY = sources.secret_key(DATA_DIR, may_make_one=ENV != "production")
SECRET_KEY_FALLBACKS: list[str] = env.names("SECRET_KEY_FALLBACKS")
DUOLOGUE_ENCRYPTION_KEYS = env.names("ENCRYPTION_KEYS") or [SECRET_KEY]
ALLOWED_HOSTS = sources.allowed_hosts(BASE_URL, ENV)
IS_HTTPS = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if IS_HTTPS else []
DUOLOGUE_TRUSTED_PROXIES = env.names("TRUSTED_PROXIES")

if ENV == "development":
    clock.configure(DATA_DIR / "clock-offset")

# What it is called, what it allows

DUOLOGUE_NAME = env.text("NAME", "Duologue")
DUOLOGUE_VOCABULARY = env.choice("VOCABULARY", "mentoring", ("mentoring", "telehealth", "generic"))
DUOLOGUE_TERMS_URL = env.text("TERMS_URL")
DUOLOGUE_PRIVACY_URL = env.text("PRIVACY_URL")
DUOLOGUE_IMPRINT_URL = env.text("IMPRINT_URL")
DUOLOGUE_JOIN_OPENS = timedelta(minutes=env.number("JOIN_OPENS_MINUTES", 15))
DUOLOGUE_JOIN_CLOSES = timedelta(minutes=env.number("JOIN_CLOSES_MINUTES", 60))
DUOLOGUE_CANCEL_HOURS = env.number("CANCEL_HOURS", 24)
DUOLOGUE_HOLD = timedelta(minutes=env.number("HOLD_MINUTES", 35, least=35))
DUOLOGUE_CHECKOUT = timedelta(minutes=31)
DUOLOGUE_VIDEO_DEFAULT = env.text("VIDEO_DEFAULT", "builtin")
DUOLOGUE_VIDEO_BACKUPS = env.names("VIDEO_BACKUPS", "builtin")
DUOLOGUE_VIDEO_ALLOWED = env.names("VIDEO_ALLOWED")
DUOLOGUE_STUN_URLS = env.names("STUN_URLS")
DUOLOGUE_TURN_URLS = env.names("TURN_URLS")
DUOLOGUE_TURN_SECRET = env.text("TURN_SECRET")
DUOLOGUE_METRICS_TOKEN = env.text("METRICS_TOKEN")
DUOLOGUE_JOB_TABLE = "duologue.config.jobs.TABLE"
DUOLOGUE_JOB_PERIODIC = "duologue.config.jobs.PERIODIC"
DUOLOGUE_JOB_LANES = "duologue.config.jobs.LANES"
DUOLOGUE_WORKER_THREADS = env.number("WORKER_THREADS", 4, least=1)
DUOLOGUE_WORKER_VENDOR_THREADS = env.number("WORKER_VENDOR_THREADS", 64, least=1)
DUOLOGUE_WORKER_MAIL_THREADS = env.number("WORKER_MAIL_THREADS", 4, least=1)
DUOLOGUE_WORKER_CALENDAR_THREADS = env.number("WORKER_CALENDAR_THREADS", 2, least=1)
DUOLOGUE_WORKER_LEASE_SECONDS = env.number("WORKER_LEASE_SECONDS", 30, least=1)

# Money

DUOLOGUE_STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
DUOLOGUE_STRIPE_WEBHOOK_SECRETS = env.names("STRIPE_WEBHOOK_SECRETS")
DUOLOGUE_STRIPE_API_BASE = env.text("STRIPE_API_BASE").rstrip("/")
DUOLOGUE_STRIPE_DELAYED_METHODS = env.choice("STRIPE_DELAYED_METHODS", "no", ("no", "yes")) == "yes"
DUOLOGUE_PAYMENT_PROVIDER = keys.gateway(ENV, DUOLOGUE_STRIPE_SECRET_KEY)
# Where payment pages stand that a form may lead to: browsers hold redirects after a form to `form-action`.
PAYMENT_PAGES = (
    [env.text("STRIPE_CHECKOUT_ORIGIN", DUOLOGUE_STRIPE_API_BASE or "https://checkout.stripe.com")]
    if DUOLOGUE_PAYMENT_PROVIDER == "stripe"
    else []
)
DUOLOGUE_RECEIPT_ISSUER = env.text("RECEIPT_ISSUER").replace("\\n", "\n")
DUOLOGUE_RECEIPT_TAX_NOTE = env.text("RECEIPT_TAX_NOTE").replace("\\n", "\n")
DUOLOGUE_RECEIPT_ZONE = env.zone("RECEIPT_ZONE")

# Video platforms

DUOLOGUE_ZOOM_API_BASE = env.text("ZOOM_API_BASE", "https://api.zoom.us/v2").rstrip("/")
DUOLOGUE_ZOOM_SDK_KEY = env.text("ZOOM_SDK_KEY")
DUOLOGUE_ZOOM_SDK_SECRET = env.text("ZOOM_SDK_SECRET")
DUOLOGUE_ZOOM_SDK_ACCOUNT = env.text("ZOOM_SDK_ACCOUNT")
DUOLOGUE_ZOOM_SDK_BASE = env.text("ZOOM_SDK_BASE", "https://source.zoom.us").rstrip("/")
DUOLOGUE_ZOOM_WEBHOOK_SECRETS = env.names("ZOOM_WEBHOOK_SECRETS")
DUOLOGUE_DAILY_API_KEY = env.text("DAILY_API_KEY")
DUOLOGUE_DAILY_API_BASE = env.text("DAILY_API_BASE", "https://api.daily.co/v1").rstrip("/")
DUOLOGUE_DAILY_SCRIPT = env.text("DAILY_SCRIPT")
DUOLOGUE_DAILY_WEBHOOK_SECRETS = env.names("DAILY_WEBHOOK_SECRETS")
DUOLOGUE_WHEREBY_API_KEY = env.text("WHEREBY_API_KEY")
DUOLOGUE_WHEREBY_API_BASE = env.text("WHEREBY_API_BASE", "https://api.whereby.dev/v1").rstrip("/")
DUOLOGUE_WHEREBY_WEBHOOK_SECRETS = env.names("WHEREBY_WEBHOOK_SECRETS")
DUOLOGUE_JITSI_BASE_URL = env.text("JITSI_BASE_URL").rstrip("/")
DUOLOGUE_JITSI_APP_ID = env.text("JITSI_APP_ID")
DUOLOGUE_JITSI_APP_SECRET = env.text("JITSI_APP_SECRET")
DUOLOGUE_JITSI_AUDIENCE = env.text("JITSI_AUDIENCE", "jitsi")
DUOLOGUE_JAAS_APP_ID = env.text("JAAS_APP_ID")
DUOLOGUE_JAAS_KEY_ID = env.text("JAAS_KEY_ID")
DUOLOGUE_JAAS_PRIVATE_KEY = env.text("JAAS_PRIVATE_KEY")
DUOLOGUE_JAAS_API_BASE = env.text("JAAS_API_BASE", "https://8x8.vc").rstrip("/")
DUOLOGUE_JAAS_WEBHOOK_SECRETS = env.names("JAAS_WEBHOOK_SECRETS")
DUOLOGUE_TWILIO_ACCOUNT_SID = env.text("TWILIO_ACCOUNT_SID")
DUOLOGUE_TWILIO_API_KEY = env.text("TWILIO_API_KEY")
DUOLOGUE_TWILIO_API_SECRET = env.text("TWILIO_API_SECRET")
DUOLOGUE_TWILIO_SCRIPT = env.text("TWILIO_SCRIPT")
DUOLOGUE_TWILIO_API_BASE = env.text("TWILIO_API_BASE", "https://video.twilio.com/v1").rstrip("/")

# Calendars

# Hosts of the operator's own network from which calendars may be read, without encryption too.
DUOLOGUE_CALENDAR_TRUSTED_HOSTS = [
    name.lower()
    for name in env.names("CALENDAR_TRUSTED_HOSTS", "localhost,127.0.0.1" if ENV == "development" else "")
]

# Accounts elsewhere

DUOLOGUE_GOOGLE_CLIENT_ID = env.text("GOOGLE_CLIENT_ID")
DUOLOGUE_GOOGLE_CLIENT_SECRET = env.text("GOOGLE_CLIENT_SECRET")
DUOLOGUE_GOOGLE_OAUTH_BASE = env.text("GOOGLE_OAUTH_BASE").rstrip("/")
DUOLOGUE_GOOGLE_API_BASE = env.text("GOOGLE_API_BASE").rstrip("/")
DUOLOGUE_ZOOM_CLIENT_ID = env.text("ZOOM_CLIENT_ID")
DUOLOGUE_ZOOM_CLIENT_SECRET = env.text("ZOOM_CLIENT_SECRET")
DUOLOGUE_ZOOM_OAUTH_BASE = env.text("ZOOM_OAUTH_BASE").rstrip("/")
DUOLOGUE_MICROSOFT_CLIENT_ID = env.text("MICROSOFT_CLIENT_ID")
DUOLOGUE_MICROSOFT_CLIENT_SECRET = env.text("MICROSOFT_CLIENT_SECRET")
DUOLOGUE_MICROSOFT_OAUTH_BASE = env.text("MICROSOFT_OAUTH_BASE").rstrip("/")
DUOLOGUE_MICROSOFT_API_BASE = env.text("MICROSOFT_API_BASE", "https://graph.microsoft.com").rstrip("/")
DUOLOGUE_LINK_SCHEMES = env.names("LINK_SCHEMES", "https")

# Django

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "duologue.jobs",
    "duologue.inbox",
    "duologue.accounts",
    "duologue.connections",
    "duologue.scheduling",
    "duologue.bookings",
    "duologue.payments",
    "duologue.video",
    "duologue.calendars",
    "duologue.calls",
    "duologue.reviews",
    "duologue.notifications",
    "duologue.ops",
    "duologue.api",
    "duologue.web",
]
MIDDLEWARE = [
    "duologue.config.health.Health",
    "django.middleware.security.SecurityMiddleware",
    "duologue.webhooks.door.DoorMiddleware",
    "duologue.web.beats.BeatsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "duologue.web.one_host.OneHostMiddleware",
    "csp.middleware.CSPMiddleware",
    "duologue.web.permissions.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "duologue.web.viewer.ViewerMiddleware",
    "duologue.web.refusals.RefusalsMiddleware",
]
ROOT_URLCONF = "duologue.config.urls"
WSGI_APPLICATION = "duologue.config.wsgi.application"
APPEND_SLASH = False
DATABASES = {"default": sources.database(env.text("DATABASE_URL"), DATA_DIR)}
DUOLOGUE_DATABASE_DIRECT_URL = env.text("DATABASE_DIRECT_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "duologue_cache",
        # More than Django's 300, beyond which entries are forgotten at random.
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "duologue.web.viewer.context",
            ],
        },
    },
]
FORM_RENDERER = "duologue.web.forms.Renderer"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 600

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/sessions"
ACCOUNT_ADAPTER = "duologue.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
SESSION_ENGINE = "duologue.accounts.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "duologue.web.views.errors.csrf_failure"

# Safety

SECURE_CONTENT_TYPE_NOSNIFF = True
# Others learn nothing; browsers that send no referrer at all also hide the Origin that CSRF protection needs.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if IS_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if DUOLOGUE_TRUSTED_PROXIES else None
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF, *PAYMENT_PAGES],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
# The CSP says who may frame us (W002); a proxy redirects to https (W008); whether other names of the domain
# keep to https too is the operator's to promise (W005, W021).
SILENCED_SYSTEM_CHECKS = [f"security.W{number}" for number in ("002", "004", "005", "008", "018", "021")]

# Words and times

LANGUAGE_CODE = "en"
LANGUAGES = sources.languages(PACKAGE / "locale")
# The operator's words stand before the house's own: see scripts/speak_vocabularies.py.
LOCALE_PATHS = [PACKAGE / "vocabularies" / DUOLOGUE_VOCABULARY, PACKAGE / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# Files

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_FINDERS = ["duologue.web.assets.OwnFiles"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "uploads"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "duologue.web.assets.Assets"},
}
WHITENOISE_MAX_AGE = 60
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Mail

DUOLOGUE_EMAIL_URL = env.text("EMAIL_URL")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Duologue <sessions@localhost>")
DUOLOGUE_EMAIL_ALLOWED = env.names("EMAIL_ALLOWED")
if DUOLOGUE_EMAIL_URL:
    globals().update(sources.mail_server(DUOLOGUE_EMAIL_URL))

# Records

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "duologue.config.logs.LineFormatter"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["out"], "level": env.text("LOG_LEVEL", "WARNING")},
    "loggers": {
        "duologue": {"level": "INFO"},
        # That somebody mistyped something is no news, unless the operator wants to hear it.
        "django.request": {"level": env.text("LOG_LEVEL", "ERROR")},
    },
}
