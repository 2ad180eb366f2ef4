from django.urls import path

from projects import views

urlpatterns = [
    path("projects/new/", views.new_project, name="new_project"),
    path("p/<str:slug>/members/", views.members, name="members"),
    path("p/<str:slug>/members/agents/", views.agent_accounts, name="agents"),
    path("p/<str:slug>/members/agents/<str:user>/renew/", views.renew_agent, name="renew_agent"),
    path("p/<str:slug>/members/agents/<str:user>/revoke/", views.revoke_agent, name="revoke_agent"),
    path("p/<str:slug>/members/<str:user>/remove/", views.remove_member, name="remove_member"),
    path("p/<str:slug>/members/teams/", views.add_team, name="add_team"),
    path("p/<str:slug>/members/teams/<str:team>/", views.rename_team, name="rename_team"),
    path("p/<str:slug>/members/teams/<str:team>/delete/", views.delete_team, name="delete_team"),
    path("p/<str:slug>/members/<str:user>/team/", views.set_team, name="set_team"),
    path("p/<str:slug>/members/<str:user>/roles/", views.set_roles, name="set_roles"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<str:token>/revoke/", views.revoke_token, name="revoke_token"),
]
