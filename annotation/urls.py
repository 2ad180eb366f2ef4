from django.urls import URLPattern, path

from annotation import views

urlpatterns: list[URLPattern] = [
    path("p/<slug:slug>/label/", views.label, name="label"),
]
