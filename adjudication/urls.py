from django.urls import path

from adjudication.views import aggregation, annotators, case, evidence, queue, training

urlpatterns = [
    path("p/<slug:slug>/cases/", queue.cases, name="cases"),
    path("p/<slug:slug>/cases/next/", queue.take_next, name="cases_next"),
    path("p/<slug:slug>/cases/evidence/", evidence.evidence, name="cases_evidence"),
    path("p/<slug:slug>/cases/backlog/", evidence.backlog, name="cases_backlog"),
    path("p/<slug:slug>/cases/annotators/<str:who>/", annotators.annotator_decisions, name="annotator_decisions"),
    path("p/<slug:slug>/cases/<uuid:case_id>/", case.case, name="case"),
    path("p/<slug:slug>/aggregation/", aggregation.aggregation, name="aggregation"),
    path("p/<slug:slug>/aggregation/compute/", aggregation.compute_aggregation, name="compute_aggregation"),
    path("p/<slug:slug>/aggregation/<uuid:run>/", aggregation.aggregation_changes, name="aggregation_changes"),
    path("p/<slug:slug>/aggregation/<uuid:run>/steer/", aggregation.steer_aggregation, name="steer_aggregation"),
    path(
        "p/<slug:slug>/aggregation/<uuid:run>/progress/", aggregation.aggregation_progress, name="aggregation_progress"
    ),
    path("p/<slug:slug>/training/", training.training, name="training"),
    path("p/<slug:slug>/training/cases/", training.from_cases, name="gold_from_cases"),
    path("p/<slug:slug>/training/file/", training.from_file, name="gold_from_file"),
    path("p/<slug:slug>/training/gold/<str:gold>/remove/", training.remove, name="remove_gold"),
    path("p/<slug:slug>/training/annotators/<str:user>/reinstate/", training.reinstate, name="reinstate"),
]
