from django.urls import path

from annotation.api import imports, items, suggestions, training, views

PROJECT = "projects/<slug:p>"

urlpatterns = [
    path(f"{PROJECT}/imports", imports.ImportListView.as_view()),
    path(f"{PROJECT}/imports/<str:id>", imports.ImportDetailView.as_view()),
    path(f"{PROJECT}/imports/<str:id>/report", imports.ImportReportView.as_view()),
    path(f"{PROJECT}/imports/<str:id>/cancel", imports.ImportCancelView.as_view()),
    path(f"{PROJECT}/imports/<str:id>/resume", imports.ImportResumeView.as_view()),
    path(f"{PROJECT}/batches", items.BatchListView.as_view()),
    path(f"{PROJECT}/batches/<str:id>", items.BatchDetailView.as_view()),
    path(f"{PROJECT}/rounds", items.RoundListView.as_view()),
    path(f"{PROJECT}/next", views.NextView.as_view()),
    path(f"{PROJECT}/suggestions", suggestions.SuggestionListView.as_view()),
    path(f"{PROJECT}/annotations", views.AnnotationListView.as_view()),
    path(f"{PROJECT}/training", training.TrainingView.as_view()),
    path(f"{PROJECT}/training/attempts", training.AttemptView.as_view()),
    path(f"{PROJECT}/training/<str:user>/reinstate", training.ReinstateView.as_view()),
    path("annotations", views.SubmitView.as_view()),
    path("annotations/<str:id>", views.AnnotationView.as_view()),
    path("annotations/<str:id>/withdraw", views.WithdrawView.as_view()),
    path("assignments/<str:id>/renew", views.RenewView.as_view()),
    path("assignments/<str:id>/release", views.ReleaseView.as_view()),
    path("assignments/<str:id>/skip", views.SkipView.as_view()),
    path("assignments/<str:id>/draft", views.DraftView.as_view()),
]
