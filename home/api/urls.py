from django.urls import path

from home.api import items, views
from projects.api import views as projects

urlpatterns = [
    path("whoami", projects.WhoAmIView.as_view()),
    path("users/<str:id>", projects.UserDetailView.as_view()),
    path("tokens", projects.TokenListView.as_view()),
    path("tokens/<str:id>", projects.TokenDetailView.as_view()),
    path("projects", views.ProjectListView.as_view()),
    path("projects/<str:p>", views.ProjectDetailView.as_view()),
    path("projects/<str:p>/members", projects.MemberListView.as_view()),
    path("projects/<str:p>/members/<str:user>", projects.MemberDetailView.as_view()),
    path("projects/<str:p>/teams", projects.TeamListView.as_view()),
    path("projects/<str:p>/teams/<str:id>", projects.TeamDetailView.as_view()),
    path("projects/<str:p>/items", items.ItemListView.as_view()),
    path("items/<str:id>", items.ItemDetailView.as_view()),
    path("projects/<str:p>/events", views.EventListView.as_view()),
    path("openapi.json", views.OpenApiView.as_view(), name="openapi"),
]
