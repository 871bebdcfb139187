"""Processors come and go under load, one to three to two to three of them, and one is killed: the partitions of tasks that stay
where they are go on, and with exactly-once each record counts once.

usage: rebalance.py BIN_DIR [--rows N] [--bound MILLISECONDS] [--moved-bound MILLISECONDS] [--options ...]

`--rows` fills the state of each task before. What is measured is printed; `--bound` is for tasks that stay, `--moved-bound` for
those that go from one instance to another, after the session time-out if that one was killed.
"""

import argparse
import os
import re
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "Interop"))

from confluent_kafka import Consumer, Producer

from staying_up import Processor, create
from support import Broker, check, finish, wait_until

PARTITIONS = 4
SESSION = 6  # seconds


class Load:
    """Writes to each partition all the time, under a key of its own, and reads the counts that come of it."""

    def __init__(self, broker):
        self.address = broker.address
        self.sent = [0] * PARTITIONS
        self.seen = [[] for _ in range(PARTITIONS)]
        self.last = [0] * PARTITIONS
        self.backwards = []
        self.is_over = self.is_read = False
        self.threads = [threading.Thread(target=self.produce), threading.Thread(target=self.consume)]
        for thread in self.threads:
            thread.start()

    def produce(self):
        producer = Producer({"bootstrap.servers": self.address, "linger.ms": 2})
        while not self.is_over:
            for partition in range(PARTITIONS):
                producer.produce("in", key=f"load-{partition}".encode(), value=b"x", partition=partition)
                self.sent[partition] += 1
            producer.poll(0)
            time.sleep(0.005)
        producer.flush(30)

    def consume(self):
        consumer = Consumer({
            "bootstrap.servers": self.address, "group.id": "reader", "auto.offset.reset": "earliest",
            "isolation.level": "read_committed", "fetch.wait.max.ms": 20})
        consumer.subscribe(["out"])
        while not self.is_read:
            for message in consumer.consume(1000, 0.02):
                if message.error() or not message.key().startswith(b"load-"):
                    continue
                partition = int(message.key()[5:])
                count = struct.unpack(">q", message.value())[0]
                if count <= self.last[partition]:
                    self.backwards.append((partition, self.last[partition], count))
                self.last[partition] = count
                self.seen[partition].append(time.monotonic())
        consumer.close()

    def flows(self, since):
        return all(times and times[-1] > since for times in self.seen)

    def gaps(self, since):
        """The longest time without output since then, by partition, the shortest first."""
        now = time.monotonic()
        found = []
        for times in self.seen:
            times = [since] + [when for when in list(times) if when > since] + [now]
            found.append(max(after - before for before, after in zip(times, times[1:])))
        return sorted(found)

    def finish(self):
        """Sends no more; gives whether everything was counted, each record once."""
        self.is_over = True
        self.threads[0].join()
        came = wait_until(lambda: self.last == self.sent, 60)
        self.is_read = True
        self.threads[1].join()
        return came


def fill(broker, rows):
    producer = Producer({"bootstrap.servers": broker.address, "queue.buffering.max.messages": 2_000_000, "linger.ms": 20})
    for row in range(rows):
        for partition in range(PARTITIONS):
            while True:
                try:
                    producer.produce("in", key=f"row-{partition}-{row}".encode(), value=b"x", partition=partition)
                    break
                except BufferError:
                    producer.poll(0.1)
    producer.flush(300)


def tasks(run):
    """How many tasks a processor has been given last."""
    found = re.findall(r"(\d+) tasks? assigned", run.messages())
    return int(found[-1]) if found else 0


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("bin_dir", type=Path)
    arguments.add_argument("--rows", type=int, default=0)
    arguments.add_argument("--bound", type=float, default=2000)
    arguments.add_argument("--moved-bound", type=float)
    arguments.add_argument("--options", nargs=argparse.REMAINDER, default=[])
    arguments = arguments.parse_args()
    state = tempfile.TemporaryDirectory()
    started = 0

    def start():
        nonlocal started
        started += 1
        return Processor(
            arguments.bin_dir, broker, "totals", "--guarantee", "exactly-once", "--session-timeout", f"{SESSION}s",
            "--state-dir", f"{state.name}/{started}", *arguments.options)

    def step(what, shares, staying, change, silent=0):
        """Makes a change, and waits until the processors have these shares; the best `staying` partitions belong to tasks that
        stay, the others have nobody for `silent` seconds at most."""
        time.sleep(1)
        began = time.monotonic()
        change()
        came = wait_until(lambda: sorted(tasks(run) for run in runs if run.process.poll() is None) == shares, 60)
        took = time.monotonic() - began
        check(f"{what}: tasks are shared out evenly", came, [tasks(run) for run in runs], *[run.messages()[-1500:] for run in runs])
        time.sleep(2)
        steady = wait_until(lambda: load.flows(time.monotonic() - 1), 60)
        gaps = load.gaps(began)
        print(f"     {what}: after {took:.1f} s", flush=True)
        print(f"     {what}: longest times without output by partition {', '.join(f'{gap * 1000:.0f} ms' for gap in gaps)}", flush=True)
        check(f"{what}: the tasks that stay go on", steady and gaps[staying - 1] * 1000 < arguments.bound, gaps,
            *[run.messages()[-1500:] for run in runs])
        if arguments.moved_bound:
            check(f"{what}: the tasks that move go on soon", gaps[-1] * 1000 < silent * 1000 + arguments.moved_bound, gaps,
                *[run.messages()[-1500:] for run in runs])

    print(f"     load average {os.getloadavg()[0]:.1f} at the start", flush=True)
    with Broker(arguments.bin_dir) as broker:
        create(arguments.bin_dir, broker, PARTITIONS)
        fill(broker, arguments.rows)
        runs = [start()]
        load = Load(broker)
        check("output begins", wait_until(lambda: load.flows(0), 60 + arguments.rows / 1000), runs[0].messages()[-2000:])

        step("from one to three", [1, 1, 2], 2, lambda: runs.extend([start(), start()]))
        leaver = next(run for run in runs[1:] if tasks(run) == 1)
        step("from three to two", [2, 2], 3, lambda: check("one ends well", leaver.stop()[0] == 0, leaver.messages()[-2000:]))
        step("from two to three", [1, 1, 2], 3, lambda: runs.append(start()))
        killed = next(run for run in runs if run.process.poll() is None and tasks(run) == 1)
        step("one is killed", [2, 2], 3, killed.kill, SESSION)

        came = load.finish()
        check("each record counts once", came and not load.backwards, load.sent, load.last, load.backwards[:5],
            *[run.messages()[-1500:] for run in runs])
        codes = [run.stop()[0] for run in runs if run not in (leaver, killed)]
        check("all end well", codes == [0] * len(codes), codes, *[run.messages()[-1500:] for run in runs])
    state.cleanup()
    finish()


if __name__ == "__main__":
    main()
