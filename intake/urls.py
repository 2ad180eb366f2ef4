from django.urls import path

from intake import views

urlpatterns = [
    path("p/<slug:slug>/images/", views.images, name="images"),
]
