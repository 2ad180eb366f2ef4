from django.urls import path

from guidelines.api import views

BASE = "projects/<slug:p>/guidelines"

urlpatterns = [
    path(BASE, views.GuidelineListView.as_view()),
    path(f"{BASE}/current", views.GuidelineCurrentView.as_view()),
    path(f"{BASE}/draft", views.GuidelineDraftView.as_view()),
    path(f"{BASE}/acknowledgements", views.AcknowledgementListView.as_view()),
    path(f"{BASE}/current/acknowledge", views.AcknowledgeCurrentView.as_view()),
    path(f"{BASE}/<int:n>", views.GuidelineVersionView.as_view()),
    path(f"{BASE}/<int:n>/acknowledge", views.AcknowledgeView.as_view()),
]
