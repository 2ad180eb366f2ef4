from django.urls import path

from reviews import views

BASE = "p/<slug:slug>/reviews"

urlpatterns = [
    path(f"{BASE}/", views.reviews, name="reviews"),
    path(f"{BASE}/new/", views.new_review, name="new_review"),
    path(f"{BASE}/clause/<str:clause>/", views.find_clause, name="review_find_clause"),
    path(f"{BASE}/<uuid:review_id>/", views.review, name="review"),
    path(f"{BASE}/<uuid:review_id>/clauses/<str:clause>/", views.clause, name="review_clause"),
]
