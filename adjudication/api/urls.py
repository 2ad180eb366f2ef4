from django.urls import path

from adjudication.api import aggregation, gold_items, views

urlpatterns = [
    path("projects/<str:p>/cases", views.CaseListView.as_view()),
    path("projects/<str:p>/cases/next", views.NextCaseView.as_view()),
    path("projects/<str:p>/gold", views.GoldListView.as_view()),
    path("projects/<str:p>/gold-items", gold_items.GoldItemListView.as_view()),
    path("projects/<str:p>/gold-items/<str:id>", gold_items.GoldItemDetailView.as_view()),
    path("projects/<str:p>/aggregation-policy", aggregation.AggregationPolicyView.as_view()),
    path("projects/<str:p>/aggregation-policy/runs", aggregation.AggregationRunListView.as_view()),
    path("projects/<str:p>/aggregation-policy/runs/<str:id>", aggregation.AggregationRunView.as_view()),
    path("projects/<str:p>/aggregation-policy/runs/<str:id>/answers", aggregation.AggregatedAnswerListView.as_view()),
    path("projects/<str:p>/aggregation-policy/runs/<str:id>/cancel", aggregation.AggregationRunCancelView.as_view()),
    path("projects/<str:p>/aggregation-policy/runs/<str:id>/resume", aggregation.AggregationRunResumeView.as_view()),
    path("cases/<str:id>", views.CaseDetailView.as_view()),
    path("cases/<str:id>/claim", views.CaseClaimView.as_view()),
    path("cases/<str:id>/renew", views.CaseRenewView.as_view()),
    path("cases/<str:id>/release", views.CaseReleaseView.as_view()),
    path("cases/<str:id>/decision", views.CaseDecisionView.as_view()),
    path("cases/<str:id>/decisions", views.CaseDecisionListView.as_view()),
    path("cases/<str:id>/reopen", views.CaseReopenView.as_view()),
    path("cases/<str:id>/escalate", views.CaseEscalateView.as_view()),
]
