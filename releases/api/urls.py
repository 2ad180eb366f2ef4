from django.urls import URLPattern, path

from releases.api import contracts, exports, views

PROJECT = "projects/<str:p>"
RELEASE = f"{PROJECT}/releases/<str:version>"

urlpatterns: list[URLPattern] = [
    path(f"{PROJECT}/contract", contracts.ContractView.as_view()),
    path(f"{PROJECT}/contracts/<int:n>", contracts.ContractVersionView.as_view()),
    path(f"{PROJECT}/releases", views.ReleaseListView.as_view()),
    path(RELEASE, views.ReleaseDetailView.as_view()),
    path(f"{RELEASE}/manifest", views.ReleaseManifestView.as_view()),
    path(f"{RELEASE}/files/<path:path>", views.ReleaseFileView.as_view()),
    path(f"{RELEASE}/diff", views.ReleaseDiffView.as_view()),
    path(f"{RELEASE}/withdraw", views.ReleaseWithdrawView.as_view()),
    path(f"{RELEASE}/uses", views.ReleaseUseView.as_view()),
    path(f"{PROJECT}/exports", exports.ExportListView.as_view()),
    path("exports/<str:id>", exports.ExportDetailView.as_view()),
    path("exports/<str:id>/content", exports.ExportContentView.as_view()),
    path("exports/<str:id>/cancel", exports.ExportCancelView.as_view()),
    path("exports/<str:id>/resume", exports.ExportResumeView.as_view()),
]
