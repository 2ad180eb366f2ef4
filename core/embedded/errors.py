"""Errors of the embedded services: one sentence a person can act on."""


class EmbeddedError(RuntimeError):
    """An embedded server cannot be used; the text says why and what to do."""


class BinaryMissingError(EmbeddedError):
    """The wheel that holds a server is not installed."""


class StartFailedError(EmbeddedError):
    """A server was started and did not come up; the text ends with the last lines of its log."""


class NotOursError(EmbeddedError):
    """A folder belongs to somebody else."""
