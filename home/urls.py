from django.urls import path

from home import views
from home.api import operating

urlpatterns = [
    path("", views.home, name="home"),
    path("p/<str:slug>/", views.project, name="project"),
    path("p/<str:slug>/items/", views.items, name="items"),
    path("p/<str:slug>/items/<str:item>/", views.item, name="item"),
    path("p/<str:slug>/files/<str:name>", views.image_file, name="image_file"),
    path("p/<str:slug>/log/", views.log, name="log"),
    path("docs/errors/<str:code>/", views.error_code, name="error_code"),
    path("healthz", operating.healthz, name="healthz"),
    path("readyz", operating.ReadyView.as_view(), name="readyz"),
    path("metrics", operating.MetricsView.as_view(), name="metrics"),
]
