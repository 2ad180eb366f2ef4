from django.urls import path

from adjudication.views import case, queue

urlpatterns = [
    path("p/<slug:slug>/cases/", queue.cases, name="cases"),
    path("p/<slug:slug>/cases/next/", queue.take_next, name="cases_next"),
    path("p/<slug:slug>/cases/<uuid:case_id>/", case.case, name="case"),
]
