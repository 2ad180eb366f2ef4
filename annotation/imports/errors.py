"""Why an import is refused, at once or in the end."""

from core.errors import ConcordError, Conflict, Invalid
from intake.readers.base import FileRefused


class NotCommittable(Conflict):
    code = "not_committable"
    sentence = "Only a dry run that has ended can be committed."


class UploadGone(Invalid):
    code = "upload_gone"
    sentence = "The uploaded file is no longer there. Upload it again."


class ImportRefused(ConcordError):
    """The file is the reason: nothing of it is kept. Carries the reader's own code and sentence."""

    sentence = "The file could not be imported."

    def __init__(self, refusal: FileRefused) -> None:
        super().__init__(refusal.detail)
        self.code = refusal.code  # type: ignore[misc]  # one error for every reason a reader may give
