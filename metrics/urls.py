from django.urls import path

from metrics.views.annotators import annotator, annotator_items, annotators
from metrics.views.dashboard import agreement, headline
from metrics.views.items import mixed_items
from metrics.views.labels import label
from metrics.views.models import model_test, models
from metrics.views.own import own_figures
from metrics.views.runs import agreement_run, agreement_runs
from metrics.views.slices import slices
from metrics.views.targets import targets
from metrics.views.work import work

urlpatterns = [
    path("p/<str:slug>/agreement/annotators/", annotators, name="agreement_annotators"),
    path("p/<str:slug>/agreement/annotators/<str:who>/", annotator, name="agreement_annotator"),
    path("p/<str:slug>/agreement/annotators/<str:who>/items/", annotator_items, name="agreement_annotator_items"),
    path("p/<str:slug>/agreement/me/", own_figures, name="agreement_me"),
    path("p/<str:slug>/agreement/", agreement, name="agreement"),
    path("p/<str:slug>/agreement/headline/", headline, name="agreement_headline"),
    path("p/<str:slug>/agreement/items/", mixed_items, name="agreement_items"),
    path("p/<str:slug>/agreement/label/", label, name="agreement_label"),
    path("p/<str:slug>/agreement/work/", work, name="agreement_work"),
    path("p/<str:slug>/agreement/slices/", slices, name="agreement_slices"),
    path("p/<str:slug>/agreement/runs/", agreement_runs, name="agreement_runs"),
    path("p/<str:slug>/agreement/runs/<str:run>/", agreement_run, name="agreement_run"),
    path("p/<str:slug>/agreement/targets/", targets, name="agreement_targets"),
    path("p/<str:slug>/agreement/models/", models, name="agreement_models"),
    path("p/<str:slug>/agreement/models/<str:test>/", model_test, name="agreement_model_test"),
]
