from django.urls import path

from metrics import views

urlpatterns = [
    path("p/<str:slug>/agreement/", views.agreement, name="agreement"),
    path("p/<str:slug>/agreement/headline/", views.headline, name="agreement_headline"),
    path("p/<str:slug>/agreement/items/", views.mixed_items, name="agreement_items"),
    path("p/<str:slug>/agreement/runs/<str:run>/", views.agreement_run, name="agreement_run"),
]
