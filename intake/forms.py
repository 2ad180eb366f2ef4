from typing import Any

from django import forms

from intake.images import MOST_AT_ONCE, MOST_BYTES


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _Files(forms.FileField):
    """Every file of a form, not only the last."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        single = super().clean
        files = data if isinstance(data, (list, tuple)) else [data]
        return [single(file, initial) for file in files if file] or [single(None, initial)]


class ImagesForm(forms.Form):
    images = _Files(
        label="Images",
        allow_empty_file=True,
        help_text=f"PNG, JPEG, WebP or GIF, each at most {MOST_BYTES // 1024**2} MB, {MOST_AT_ONCE} at once.",
        widget=_SeveralFiles(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
        error_messages={"required": "Choose at least one image."},
    )
