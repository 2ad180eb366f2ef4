from core.errors import ConcordError, Conflict, NotFound


class VersionExists(ConcordError):
    code, status = "version_exists", 409
    sentence = "This number is taken and is never used again. Choose a higher one."


class NoGuideline(ConcordError):
    code, status = "no_guideline", 409
    sentence = "A release needs a published guideline version. Publish the guideline first."


class NotPublished(Conflict):
    sentence = "Only a published release can be withdrawn."


class NotReady(Conflict):
    sentence = "The file is still being made. Try again in a moment."


class ReleaseNotFound(NotFound):
    sentence = "There is no such release here."


class FileLost(ConcordError):
    code, status = "unavailable", 503
    sentence = "The stored file cannot be read just now. Tell whoever runs this installation."


class RangeOutside(ConcordError):
    code, status = "range_outside", 416
    sentence = "The file ends before this range begins."
