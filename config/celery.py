"""The Celery application: two queues, so that long work never delays the pulse of the event log."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_init
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

NICE = 10
app = Celery("concord")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A connection is kept between tasks, as the web server keeps one between requests: opening one each second costs more
# than the pulse has to do. One that broke or is older than CONN_MAX_AGE is dropped before the next task.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
task_prerun.connect(close_old_connections)


@worker_init.connect
def give_way(sender: Any, **_: Any) -> None:
    """A worker that does nothing but long work leaves the processor to pages and labels whenever they want it."""
    if set(sender.app.amqp.queues.consume_from) == {"work"}:
        os.nice(NICE)
