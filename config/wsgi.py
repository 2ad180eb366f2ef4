import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# What was loaded by now stays for good: looking through it again with every full collection is for nothing.
gc.collect()
gc.freeze()
# A request leaves little behind that only a collection finds, so collections may be rare.
gc.set_threshold(10_000, 20, 20)
