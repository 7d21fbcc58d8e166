"""The producer of the Celery peer: reads one JSON command per line, answers one JSON line.

throughput {"count"}              -> {"seconds", "enqueueSeconds"}: delay() in a loop until every result is stored
latency {"count", "perSecond"}    -> {"latenciesMs"}: from the call of delay() to the first line of the task
enqueueWork {"runs", "milliseconds"}   -> {}: the workload of the kill test
states {"runs"}                   -> {"states"}: how many of those runs have which state
"""

import json
import sys
import time

import redis
from bench_app import REDIS_URL, app, noop, work

results = redis.Redis.from_url(f"{REDIS_URL}/1")


def throughput(command):
    results.flushdb()
    count = command["count"]
    started = time.perf_counter()
    for _ in range(count):
        noop.delay(time.time() * 1000)
    enqueued = time.perf_counter()
    while results.dbsize() < count:
        time.sleep(0.005)
    return {
        "seconds": time.perf_counter() - started,
        "enqueueSeconds": enqueued - started,
    }


def latency(command):
    results.flushdb()
    gap = 1 / command["perSecond"]
    next_at = time.perf_counter()
    pending = []
    for _ in range(command["count"]):
        next_at += gap
        time.sleep(max(0, next_at - time.perf_counter()))
        pending.append(noop.delay(time.time() * 1000))
    return {"latenciesMs": [result.get(timeout=30) for result in pending]}


def enqueue_work(command):
    results.flushdb()
    for run in command["runs"]:
        work.apply_async((run, command["milliseconds"]), task_id=run)
    return {}


def states(command):
    counts = {}
    for run in command["runs"]:
        state = app.AsyncResult(run).state
        counts[state] = counts.get(state, 0) + 1
    return {"states": counts}


COMMANDS = {
    "throughput": throughput,
    "latency": latency,
    "enqueueWork": enqueue_work,
    "states": states,
}

for line in sys.stdin:
    command = json.loads(line)
    print(json.dumps(COMMANDS[command["command"]](command)), flush=True)
