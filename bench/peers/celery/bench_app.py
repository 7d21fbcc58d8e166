"""The Celery application the bench compares with: two tasks, configured by the environment.

Broker is database 0 of the Redis given, results are database 1, so that the number of settled tasks is one DBSIZE.
"""

import itertools
import json
import os
import time

from celery import Celery

REDIS_URL = os.environ["BENCH_REDIS_URL"]
ACKS_LATE = os.environ.get("BENCH_ACKS_LATE") == "1"
JOURNAL = os.environ.get("BENCH_JOURNAL")

app = Celery("bench_app", broker=f"{REDIS_URL}/0", backend=f"{REDIS_URL}/1")
app.conf.update(
    worker_prefetch_multiplier=4,
    task_acks_late=ACKS_LATE,
    task_reject_on_worker_lost=ACKS_LATE,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    task_ignore_result=False,
    broker_connection_retry_on_startup=True,
    # Default: an hour. What a killed worker had prefetched comes back only after it.
    # Kombu looks for messages past their visibility timeout every tenth poll only, unless told to look at each: what it advises for short ones.
    broker_transport_options={"visibility_timeout": 15, "unacked_restore_throttle": 1},
)

_performances = itertools.count()


@app.task(name="noop")
def noop(sent):
    """Answers how many milliseconds passed between the call of delay() and this line."""
    return time.time() * 1000 - sent


@app.task(name="work", bind=True)
def work(self, run, milliseconds):
    """Sleeps between two lines of the journal, as the kill workload of every system does."""
    performance = f"{os.getpid()}-{next(_performances)}"
    _journal("begin", run, performance)
    time.sleep(milliseconds / 1000)
    _journal("end", run, performance)
    return performance


def _journal(event, run, performance):
    line = json.dumps(
        {
            "event": event,
            "run": run,
            "performance": performance,
            "pid": os.getpid(),
            "atMs": time.time() * 1000,
        }
    )
    journal = os.open(JOURNAL, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(journal, (line + "\n").encode())
    finally:
        os.close(journal)
