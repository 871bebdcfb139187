"""Three processors with exactly-once and two standbys, over TCP, whose commits are far apart in one round, so that much is lost with
a process, and so close in the next that what happens to them happens in the middle of transactions: kill -9, SIGTERM, SIGSTOP for longer than a session, and kill -9 of the broker, at random. All
updates of each key must be the running aggregates of the input, in order, once; no transaction may stay open. (After Kafka's
streams_eos_test.)

usage: exactly_once.py BIN_DIR [--rounds N] [--seconds N] [--seed N]
"""

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "Interop"))

from confluent_kafka import Consumer, Producer, TopicPartition

from staying_up import Processor, tool
from support import Broker, check, finish, wait_until
from wire import Wire

PARTITIONS = 5
KEYS = 20_000
INSTANCES = 3


class Input(threading.Thread):
    """Sends random values of random keys until told to stop; survives what happens to the broker."""

    def __init__(self, address, seed):
        super().__init__()
        self.chance = random.Random(seed)
        self.stopping = threading.Event()
        self.sent = 0
        self.client = Producer({
            "bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 5, "message.timeout.ms": 120_000,
            "reconnect.backoff.max.ms": 500})

    def run(self):
        while not self.stopping.is_set():
            for _ in range(50):
                try:
                    self.client.produce("in", key=str(self.chance.randrange(KEYS)), value=str(self.chance.randrange(10_000)))
                    self.sent += 1
                except BufferError:
                    break
            self.client.poll(0)
            time.sleep(0.01)
        self.left = self.client.flush(120)


def read(address, topic):
    """The committed records, each partition in order, as (key, value)."""
    client = Consumer({
        "bootstrap.servers": address, "group.id": "x", "enable.auto.commit": False, "enable.partition.eof": True,
        "isolation.level": "read_committed"})
    client.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    rows, ended, end = [[] for _ in range(PARTITIONS)], set(), time.monotonic() + 60
    while len(ended) < PARTITIONS and time.monotonic() < end:
        for message in client.consume(10_000, 0.5):
            if message.error():
                ended.add(message.partition())
            else:
                rows[message.partition()].append((message.key(), message.value()))
    client.close()
    return rows


def by_key(rows):
    found = defaultdict(list)
    for partition in rows:
        for key, value in partition:
            found[key].append(value)
    return found


def expected(rows):
    """The running aggregates of each key."""
    want = defaultdict(list)
    for key, values in by_key(rows).items():
        total, count, least, largest = 0, 0, None, None
        for value in map(int, values):
            total, count = total + value, count + 1
            least = value if least is None else min(least, value)
            largest = value if largest is None else max(largest, value)
            want[key].append(f"{total},{least},{largest},{count}".encode())
    return want


def check_updates(what, broker, *logs):
    """Waits until all of the input has come out, and compares the updates of each key, one by one."""
    want = expected(read(broker.address, "in"))
    total = sum(map(len, want.values()))
    came = wait_until(lambda: sum(map(len, read(broker.address, "out"))) >= total, 90)
    found = by_key(read(broker.address, "out"))
    wrong = [key for key in want.keys() | found.keys() if want.get(key) != found.get(key)]
    check(f"{what}{total} updates of {len(want)} keys are exact", came and not wrong and total > 0,
        came, sum(map(len, found.values())), len(wrong), [(key, want.get(key), found.get(key)) for key in wrong[:2]],
        *[run.messages()[-2500:] for run in logs])


def round_of(bin_dir, number, seed, seconds):
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as directory, Broker(bin_dir) as broker:
        for topic in ("in", "out"):
            made = tool(bin_dir, broker, "topics", "create", topic, "--partitions", PARTITIONS)
            assert made.returncode == 0, made.stderr.decode()

        def start(instance):
            return Processor(
                bin_dir, broker, "running", "--guarantee", "exactly-once", "--commit-interval", "5s" if number % 2 else "1ms", "--standbys", "2",
                "--cache-size", "0", "--session-timeout", "6s", "--state-dir", f"{directory}/{instance}")

        runs = [start(instance) for instance in range(INSTANCES)]
        ended, done = [], defaultdict(int)
        source = Input(broker.address, seed)
        source.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(chance.uniform(0.5, 3))
            victim = chance.randrange(INSTANCES)
            what = chance.choice(["kill", "kill", "stop", "suspend", "broker"])
            done[what] += 1
            if what == "kill":
                runs[victim].kill()
                ended.append(runs[victim])
                runs[victim] = start(victim)
            elif what == "stop":
                code, took = runs[victim].stop(30)
                if code != 0:
                    check(f"round {number}: SIGTERM ends a processor well", False, code, took, runs[victim].messages()[-3000:])
                ended.append(runs[victim])
                runs[victim] = start(victim)
            elif what == "suspend":
                runs[victim].process.send_signal(signal.SIGSTOP)
                time.sleep(8)
                runs[victim].process.send_signal(signal.SIGCONT)
            else:
                broker.kill()
                time.sleep(chance.uniform(0, 1))
                broker.start()
        source.stopping.set()
        source.join()
        events = ", ".join(f"{count} x {what}" for what, count in sorted(done.items()))
        check_updates(f"round {number} ({events}): ", broker, *runs)
        logs = [run.messages()[-2500:] for run in runs]
        codes = [run.stop()[0] for run in runs]
        check(f"round {number}: all end well", codes == [0] * INSTANCES, codes, *logs)
        wire = Wire(broker.address)
        topics = tool(bin_dir, broker, "topics", "list").stdout.decode().split()
        open_ones = []
        for topic in {"in", "out", "running-aggregates-changelog"} & set(topics):
            for partition in range(PARTITIONS):
                part = wire.fetch(topic, partition, 0)
                if part["lso"] != part["hw"]:
                    open_ones.append((topic, partition, part["lso"], part["hw"]))
        check(f"round {number}: no transaction is open", not open_ones, open_ones)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=30, help="of a round")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    for number in range(1, arguments.rounds + 1):
        round_of(arguments.bin_dir, number, arguments.seed + number, arguments.seconds)
    finish()


if __name__ == "__main__":
    main()
