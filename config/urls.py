"""The root of all addresses: each app lists its own, this file only mounts them."""

from django.urls import include, path

APPS_WITH_API = (
    "guidelines", "annotation", "metrics", "adjudication", "reviews", "releases", "home",
)  # fmt: skip
APPS_WITH_PAGES = (
    "accounts", "projects", "guidelines", "intake", "annotation", "metrics", "adjudication", "reviews", "releases",
    "home",
)  # fmt: skip

urlpatterns = [
    *[path("api/v1/", include(f"{app}.api.urls")) for app in APPS_WITH_API],
    *[path("", include(f"{app}.urls")) for app in APPS_WITH_PAGES],
]

handler400 = "config.views.bad_request"
handler404 = "config.views.page_not_found"
handler500 = "config.views.server_error"
