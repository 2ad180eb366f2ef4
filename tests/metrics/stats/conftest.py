"""Property tests here are timed by nothing: a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("stats", deadline=None, print_blob=True)
settings.load_profile("stats")
