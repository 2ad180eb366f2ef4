from django.urls import path

from reviews.api import guidelines, views

urlpatterns = [
    path("projects/<slug:p>/guidelines/draft/publish", guidelines.PublishDraftView.as_view()),
    path("projects/<slug:p>/guidelines/diff", guidelines.DiffView.as_view()),
    path("projects/<slug:p>/reviews", views.ReviewListView.as_view()),
    path("reviews/<str:id>", views.ReviewDetailView.as_view()),
    path("reviews/<str:id>/evidence", views.EvidenceListView.as_view()),
    path("reviews/<str:id>/evidence/<str:e>", views.EvidenceDetailView.as_view()),
    path("reviews/<str:id>/proposals/<str:clause>", views.ProposalView.as_view()),
    path("reviews/<str:id>/impact", views.ImpactView.as_view()),
    path("reviews/<str:id>/publish", views.ReviewPublishView.as_view()),
    path("reviews/<str:id>/close", views.ReviewCloseView.as_view()),
]
