"""One of two processors is killed, and another is started at once, with all defaults: the partitions of the one that is left
go on, and so do those of the one that comes back, which is known by its name. Without a state directory there is no name:
the partitions of the dead one wait for its session, the others do not.

usage: coming_back.py BIN_DIR
"""

import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "Interop"))

from confluent_kafka import Consumer, Producer

from staying_up import Processor, create
from support import Broker, check, finish, wait_until

PARTITIONS = 4


class Load:
    """Writes to each partition all the time, and notes when what was read from it comes out."""

    def __init__(self, broker):
        self.address = broker.address
        self.seen = [[] for _ in range(PARTITIONS)]
        self.sent = self.ended = False
        self.values = set()
        self.doubled = self.count = 0
        self.threads = [threading.Thread(target=self.produce), threading.Thread(target=self.consume)]
        for thread in self.threads:
            thread.start()

    def produce(self):
        producer = Producer({"bootstrap.servers": self.address, "linger.ms": 5})
        while not self.sent:
            for partition in range(PARTITIONS):
                producer.produce("in", value=f"{partition}-{self.count}".encode(), partition=partition)
            self.count += 1
            producer.poll(0)
            time.sleep(0.01)
        producer.flush(30)

    def consume(self):
        consumer = Consumer({
            "bootstrap.servers": self.address, "group.id": "reader", "auto.offset.reset": "earliest",
            "isolation.level": "read_committed"})
        consumer.subscribe(["out"])
        while not self.ended:
            for message in consumer.consume(1000, 0.05):
                if message.error():
                    continue
                value = message.value().decode()
                self.doubled += value in self.values
                self.values.add(value)
                self.seen[int(value.split("-")[0])].append(time.monotonic())
        consumer.close()

    def flows(self, since):
        """Whether there has been output of each partition."""
        return all(times and times[-1] > since for times in self.seen)

    def gaps(self, since):
        """The longest time without output since then, by partition."""
        now = time.monotonic()
        found = []
        for times in self.seen:
            times = [since] + [when for when in times if when > since] + [now]
            found.append(max(after - before for before, after in zip(times, times[1:])))
        return found

    def finish(self):
        """Sends no more; gives whether all has come out, within 90 seconds."""
        self.sent = True
        self.threads[0].join()
        came = wait_until(lambda: len(self.values) == self.count * PARTITIONS, 90)
        self.ended = True
        self.threads[1].join()
        return came


def comes_back(bin_dir, guarantee, names, *options):
    """With names: those of the one that is killed come back at once. Without: when its session of six seconds is over."""
    what = f"{guarantee}, {'by name' if names else 'without a name'}"
    with Broker(bin_dir) as broker:
        create(bin_dir, broker, PARTITIONS)
        options = ("sleepy", "--set", "delay=0ms", "--guarantee", guarantee, *options)
        first = Processor(bin_dir, broker, *options)
        load = Load(broker)
        wait_until(lambda: load.flows(0), 60)
        second = Processor(bin_dir, broker, *options)
        # Until the second has its share.
        wait_until(lambda: "2 tasks assigned" in second.messages(), 60)
        time.sleep(3)
        steady = load.flows(time.monotonic() - 1)
        killed = time.monotonic()
        second.kill()
        third = Processor(bin_dir, broker, *options)
        time.sleep(15)
        gaps = sorted(load.gaps(killed))
        came = load.finish()
        print(f"     {what}: longest times without output by partition {', '.join(f'{gap:.2f} s' for gap in gaps)}", flush=True)
        logs = [run.messages()[-3000:] for run in (first, second, third)]
        check(f"{what}: the partitions of the one that is left go on", steady and gaps[PARTITIONS // 2 - 1] < 3, steady, gaps, *logs)
        check(f"{what}: those of the one that was killed come back", gaps[-1] < (5 if names else 12), gaps, *logs)
        check(f"{what}: nothing is lost{', nothing doubled' if guarantee == 'exactly-once' else ''}",
            came and (load.doubled == 0 or guarantee == "at-least-once"), came, load.doubled, len(load.values), load.count)
        codes = [run.stop()[0] for run in (first, third)]
        check(f"{what}: both end well", codes == [0, 0], codes, *logs)


def main():
    bin_dir = Path(sys.argv[1])
    for guarantee in ("exactly-once", "at-least-once"):
        comes_back(bin_dir, guarantee, True)
    comes_back(bin_dir, "exactly-once", False, "--state-dir", "none", "--session-timeout", "6s")
    finish()


if __name__ == "__main__":
    main()
