from django.urls import URLPattern, path

from annotation import views, views_batches, views_import, views_own, views_suggestions

urlpatterns: list[URLPattern] = [
    path("p/<slug:slug>/label/", views.label, name="label"),
    path("p/<slug:slug>/label/own/<str:which>/", views_own.own_list, name="own_list"),
    path("p/<slug:slug>/label/work/", views.work, name="label_work"),
    path("p/<slug:slug>/practice/", views.practice, name="practice"),
    path("p/<slug:slug>/batches/", views_batches.batches, name="batches"),
    path("p/<slug:slug>/batches/new/", views_batches.new_batch, name="new_batch"),
    path("p/<slug:slug>/batches/<str:id>/", views_batches.batch, name="batch"),
    path("p/<slug:slug>/suggestions/", views_suggestions.suggestions, name="suggestions"),
    path("p/<slug:slug>/import/", views_import.import_file, name="import"),
    path("p/<slug:slug>/imports/", views_import.import_list, name="imports"),
    path("p/<slug:slug>/imports/<str:id>/", views_import.import_progress, name="import_progress"),
    path("p/<slug:slug>/imports/<str:id>/progress/", views_import.import_fragment, name="import_fragment"),
    path("p/<slug:slug>/imports/<str:id>/report/", views_import.import_report, name="import_report"),
]
