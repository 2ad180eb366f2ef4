from allauth.account import views as allauth_views
from django.urls import path, re_path

from accounts import views
from core.views import closed

urlpatterns = [
    path("accounts/login/", allauth_views.login, name="account_login"),
    path("accounts/logout/", views.sign_out, name="account_logout"),
    path("accounts/preferences/", views.preferences, name="preferences"),
    # allauth asks for these names; sign-up and password mail are closed on purpose.
    path("accounts/signup/", closed, name="account_signup"),
    path("accounts/password/reset/", closed, name="account_reset_password"),
    path("accounts/inactive/", closed, name="account_inactive"),
    path("accounts/reauthenticate/", closed, name="account_reauthenticate"),
    path("accounts/email/", closed, name="account_email"),
    path("accounts/confirm-email/", closed, name="account_email_verification_sent"),
    re_path(r"^accounts/confirm-email/(?P<key>[-:\w]+)/$", closed, name="account_confirm_email"),
    path("invitations/<str:secret>/", views.accept_invitation, name="accept_invitation"),
]
