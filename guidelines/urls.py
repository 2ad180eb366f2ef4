from django.urls import path

from guidelines.views import editor, reading

BASE = "p/<slug:slug>/guideline"

urlpatterns = [
    path(f"{BASE}/", reading.guideline, name="guideline"),
    path(f"{BASE}/<int:n>/", reading.version, name="guideline_version"),
    path(f"{BASE}/compare/", reading.compare_versions, name="guideline_compare"),
    path(f"{BASE}/acknowledge/", reading.acknowledge, name="guideline_acknowledge"),
    path(f"{BASE}/readers/", reading.readers, name="guideline_readers"),
    path(f"{BASE}/draft/", editor.draft, name="guideline_draft"),
    path(f"{BASE}/draft/preview/", editor.preview, name="guideline_preview"),
]
