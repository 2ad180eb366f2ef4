from django.urls import URLPattern, path

from releases import views

urlpatterns: list[URLPattern] = [
    path("p/<slug:slug>/releases/", views.release_list, name="releases"),
    path("p/<slug:slug>/releases/<str:version>/", views.release_page, name="release"),
    path("p/<slug:slug>/releases/<str:version>/progress/", views.release_fragment, name="release_fragment"),
    path("p/<slug:slug>/contract/", views.contract, name="contract"),
]
