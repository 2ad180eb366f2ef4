from django.urls import path

from metrics.views.dashboard import agreement, headline
from metrics.views.items import mixed_items
from metrics.views.labels import label
from metrics.views.models import model_test, models
from metrics.views.runs import agreement_run
from metrics.views.targets import targets
from metrics.views.work import work

urlpatterns = [
    path("p/<str:slug>/agreement/", agreement, name="agreement"),
    path("p/<str:slug>/agreement/headline/", headline, name="agreement_headline"),
    path("p/<str:slug>/agreement/items/", mixed_items, name="agreement_items"),
    path("p/<str:slug>/agreement/label/", label, name="agreement_label"),
    path("p/<str:slug>/agreement/work/", work, name="agreement_work"),
    path("p/<str:slug>/agreement/runs/<str:run>/", agreement_run, name="agreement_run"),
    path("p/<str:slug>/agreement/targets/", targets, name="agreement_targets"),
    path("p/<str:slug>/agreement/models/", models, name="agreement_models"),
    path("p/<str:slug>/agreement/models/<str:test>/", model_test, name="agreement_model_test"),
]
