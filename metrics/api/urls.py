from django.urls import path

from metrics.api import views
from metrics.api.modeltests import (
    ModelTestCancelView,
    ModelTestListView,
    ModelTestResumeView,
    ModelTestView,
)
from metrics.api.slices import SliceDetailView, SliceListView
from metrics.api.targets import TargetsView

urlpatterns = [
    path("projects/<str:p>/agreement", views.AgreementView.as_view()),
    path("projects/<str:p>/agreement-runs", views.RunListView.as_view()),
    path("agreement-runs/<str:id>", views.RunView.as_view()),
    path("agreement-runs/<str:id>/cancel", views.RunCancelView.as_view()),
    path("agreement-runs/<str:id>/resume", views.RunResumeView.as_view()),
    path("projects/<str:p>/slices", SliceListView.as_view()),
    path("projects/<str:p>/slices/<str:id>", SliceDetailView.as_view()),
    path("projects/<str:p>/targets", TargetsView.as_view()),
    path("projects/<str:p>/model-tests", ModelTestListView.as_view()),
    path("model-tests/<str:id>", ModelTestView.as_view()),
    path("model-tests/<str:id>/cancel", ModelTestCancelView.as_view()),
    path("model-tests/<str:id>/resume", ModelTestResumeView.as_view()),
]
