"""Three processors that are killed and started in turn, over keys such as "5-1004" that have each number of that range once, in
any order: sum, least, largest, number, average, difference and windows of each key are known. At least once nothing is
missing; with exactly-once all is exact, and each window that is closed leaves one record. (After Kafka's streams_smoke_test.)

usage: smoke.py BIN_DIR [--turns N] [--seed N]
"""

import argparse
import random
import struct
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

PARTITIONS = 4
OUTPUTS = ["least", "largest", "sum", "count", "difference", "average", "windowed", "closed"]
WINDOW = 2000
BASE = 1_700_000_000_000 // WINDOW * WINDOW


class Input(threading.Thread):
    """Sends the numbers of all keys, one of each key after the other; a key's times are 10 ms apart, in order."""

    def __init__(self, address, chance):
        super().__init__()
        self.ranges = [(low, low + chance.randrange(500, 3000)) for low in range(20)]
        self.numbers = {}
        for low, high in self.ranges:
            values = list(range(low, high + 1))
            chance.shuffle(values)
            self.numbers[f"{low}-{high}"] = values
        self.client = Producer({"bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 5})

    def run(self):
        longest = max(map(len, self.numbers.values()))
        for place in range(longest):
            for key, values in self.numbers.items():
                if place < len(values):
                    self.client.produce("in", key=key, value=str(values[place]), timestamp=BASE + place * 10)
            self.client.poll(0)
            time.sleep(0.008)
        # Closes all windows: one record late enough in each partition.
        for partition in range(PARTITIONS):
            self.client.produce("in", key="end", value="0", partition=partition, timestamp=BASE + longest * 10 + 100 * WINDOW)
        self.client.flush(60)


def read(address, topic, isolation):
    client = Consumer({
        "bootstrap.servers": address, "group.id": "x", "enable.auto.commit": False, "enable.partition.eof": True,
        "isolation.level": isolation})
    client.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    rows, ended, end = [], set(), time.monotonic() + 60
    while len(ended) < PARTITIONS and time.monotonic() < end:
        for message in client.consume(10_000, 0.5):
            if message.error():
                ended.add(message.partition())
            elif message.value() is not None:
                rows.append((message.key(), struct.unpack(">q", message.value())[0]))
    client.close()
    return rows


def windows(values):
    """How many of a key's records are in each window."""
    found = defaultdict(int)
    for place in range(len(values)):
        found[(BASE + place * 10) // WINDOW * WINDOW] += 1
    return found


def run(bin_dir, guarantee, turns, chance):
    isolation = "read_committed" if guarantee == "exactly-once" else "read_uncommitted"
    with tempfile.TemporaryDirectory() as directory, Broker(bin_dir) as broker:
        made = tool(
            bin_dir, broker, "topics", "create", "in", *OUTPUTS, "--partitions", PARTITIONS, "--topic-config", "retention.ms=-1")
        assert made.returncode == 0, made.stderr.decode()

        def start(instance):
            return Processor(
                bin_dir, broker, "smoke", "--guarantee", guarantee, "--commit-interval", "500ms", "--session-timeout", "6s",
                "--state-dir", f"{directory}/{instance}")

        runs = [start(instance) for instance in range(3)]
        source = Input(broker.address, chance)
        source.start()
        for turn in range(turns):
            time.sleep(chance.uniform(1, 3))
            if turn % 3 < 2:
                runs[turn % 3].kill()
            else:
                runs[turn % 3].stop()
            runs[turn % 3] = start(turn % 3)
        source.join()
        truth = {
            "least": {key: min(values) for key, values in source.numbers.items()},
            "largest": {key: max(values) for key, values in source.numbers.items()},
            "sum": {key: sum(values) for key, values in source.numbers.items()},
            "count": {key: len(values) for key, values in source.numbers.items()},
            "difference": {key: max(values) - min(values) for key, values in source.numbers.items()},
            "average": {key: sum(values) // len(values) for key, values in source.numbers.items()},
        }
        windowed = {
            key.encode() + struct.pack(">q", begin): count
            for key, values in source.numbers.items() for begin, count in windows(values).items()}
        end_windows = lambda key: key.startswith(b"end")

        def complete():
            closed = {key for key, _ in read(broker.address, "closed", isolation) if not end_windows(key)}
            return len(closed) >= len(windowed)

        came = wait_until(complete, 90)
        time.sleep(2)
        logs = [run.messages()[-2000:] for run in runs]
        check(f"{guarantee}: all windows close", came, *logs)
        for topic, want in truth.items():
            last = {key.decode(): value for key, value in read(broker.address, topic, isolation) if key != b"end"}
            exact = guarantee == "exactly-once" or topic in ("least", "largest", "difference")
            # At least once a record may count again.
            wrong = [
                (key, last.get(key), value) for key, value in want.items()
                if (last.get(key) != value if exact else topic != "average" and last.get(key, 0) < value)]
            check(f"{guarantee}: {topic} of {len(want)} keys is {'exact' if exact else 'not too small'}",
                not wrong and last.keys() == want.keys(), wrong[:3], *logs)
        for topic in ("windowed", "closed"):
            rows = [(key, value) for key, value in read(broker.address, topic, isolation) if not end_windows(key)]
            last = dict(rows)
            exact = guarantee == "exactly-once"
            wrong = [
                (key, last.get(key), value) for key, value in windowed.items()
                if (last.get(key) != value if exact else last.get(key, 0) < value)]
            check(f"{guarantee}: {topic} has the {len(windowed)} windows, {'exact' if exact else 'none too small'}",
                not wrong and last.keys() == windowed.keys(), wrong[:3], *logs)
            if topic == "closed" and exact:
                check(f"{guarantee}: each closed window leaves one record", len(rows) == len(windowed), len(rows), len(windowed))
        codes = [run.stop()[0] for run in runs]
        check(f"{guarantee}: all end well", codes == [0] * 3, codes, *logs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    for guarantee in ("exactly-once", "at-least-once"):
        run(arguments.bin_dir, guarantee, arguments.turns, random.Random(arguments.seed))
    finish()


if __name__ == "__main__":
    main()
