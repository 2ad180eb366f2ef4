from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # Django's signature
    """A form sent without its token: usually an old tab or blocked cookies."""
    return render(request, "403_csrf.html", status=403)
