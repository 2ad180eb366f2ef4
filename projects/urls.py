from django.urls import path

from projects import views

urlpatterns = [
    path("projects/new/", views.new_project, name="new_project"),
    path("p/<str:slug>/members/", views.members, name="members"),
    path("p/<str:slug>/members/<str:user>/remove/", views.remove_member, name="remove_member"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<str:token>/revoke/", views.revoke_token, name="revoke_token"),
]
