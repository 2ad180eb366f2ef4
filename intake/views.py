"""The page on which a manager uploads the images that items name."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.errors import ConcordError, NotFound
from core.ids import parse_id
from intake.forms import ImagesForm
from intake.images import remove_image, store_images
from intake.selectors import image_fields, image_in, images_of, missing_images
from projects.access import MANAGERS
from projects.pages import access_of, page_actor, project_page

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@project_page(roles=MANAGERS)
def images(request: HttpRequest) -> HttpResponse:
    """The images there are, and the names that wait for one; POST uploads some, or removes one."""
    if request.POST.get("do") == "remove":
        return _remove(request)
    project = access_of(request).project
    form = ImagesForm(request.POST, request.FILES) if request.method == "POST" else ImagesForm()
    if request.method == "POST" and form.is_valid():
        stored = store_images(by=page_actor(request), project=project, uploads=form.cleaned_data["images"])
        for name, why in stored.refused:
            form.add_error("images", f"{name or 'One file'}: {why}")
        if stored.created or stored.known:
            messages.success(request, _told(len(stored.created), len(stored.known)))
        if not stored.refused:
            return redirect("images", slug=project.slug)
    page = Paginator(images_of(project).order_by("name"), PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "missing": missing_images(project), "image_fields": image_fields(project),
    }  # fmt: skip
    return render(request, "intake/images.html", context, status=422 if form.errors else 200)


def _told(new: int, known: int) -> str:
    words = [f"{new} {'image is' if new == 1 else 'images are'} kept."] if new else []
    words += [f"{known} {'was' if known == 1 else 'were'} there already."] if known else []
    return " ".join(words)


def _remove(request: HttpRequest) -> HttpResponse:
    project = access_of(request).project
    image = image_in(project, parse_id(request.POST.get("image", "")))
    if image is None:
        raise NotFound
    try:
        remove_image(by=page_actor(request), image=image)
        messages.success(request, f"{image.name} is removed.")
    except ConcordError as error:
        messages.error(request, f"{image.name}: {error.detail}")
    return redirect("images", slug=project.slug)
