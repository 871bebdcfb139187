"""Kills our broker under load from librdkafka and checks that every acknowledged record is there after the restart: in
order, and once, as the producers are idempotent. Some rounds write in transactions too.

usage: kill_under_load.py BIN_DIR [--rounds N] [--seed N]
"""

import argparse
import random
import tempfile
import threading
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from support import Broker, check, finish, free_port

PARTITIONS = 4


class Load(threading.Thread):
    """Sends numbered records to each partition until told to stop, and remembers which were acknowledged."""

    def __init__(self, address, topic, codec):
        super().__init__()
        self.stopping = threading.Event()
        self.topic = topic
        self.next = [0] * PARTITIONS
        self.acknowledged = [[] for _ in range(PARTITIONS)]
        self.errors = []
        self.client = Producer({
            "bootstrap.servers": address, "acks": "all", "enable.idempotence": True, "linger.ms": 2,
            "compression.type": codec, "message.timeout.ms": 120_000, "reconnect.backoff.max.ms": 500})

    def delivered(self, error, message):
        if error:
            self.errors.append(error)
        else:
            self.acknowledged[message.partition()].append((int(message.value().split(b":")[0]), message.offset()))

    def run(self):
        while not self.stopping.is_set():
            for partition in range(PARTITIONS):
                value = b"%d:" % self.next[partition] + b"x" * 90
                try:
                    self.client.produce(self.topic, value, partition=partition, on_delivery=self.delivered)
                    self.next[partition] += 1
                except BufferError:
                    self.client.poll(0.01)
            self.client.poll(0)
        self.client.flush(120)

    @property
    def count(self):
        return sum(map(len, self.acknowledged))


def read_all(address, topic):
    """All records of the topic by partition, as (number, offset)."""
    client = Consumer({"bootstrap.servers": address, "group.id": "x", "enable.auto.commit": False, "enable.partition.eof": True})
    client.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    rows, ended, end = [[] for _ in range(PARTITIONS)], set(), time.monotonic() + 120
    while len(ended) < PARTITIONS and time.monotonic() < end:
        for message in client.consume(10_000, 1):
            if message.error():
                ended.add(message.partition())
            else:
                rows[message.partition()].append((int(message.value().split(b":")[0]), message.offset()))
    client.close()
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()

        def start():
            return Broker(arguments.bin_dir, "-o", "log.segment.bytes=8000000", directory=f"{directory}/data", port=port).start()

        broker = start()
        for round in range(arguments.rounds):
            topic, codec = f"round-{round}", chance.choice(["none", "lz4", "zstd"])
            admin = AdminClient({"bootstrap.servers": broker.address})
            admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(30)
            load = Load(broker.address, topic, codec)
            load.start()
            kills = chance.randint(1, 3)
            for _ in range(kills):
                before, deadline = load.count, time.monotonic() + 60
                while load.count == before and time.monotonic() < deadline:
                    time.sleep(0.01)
                time.sleep(chance.uniform(0, 0.5))
                broker.kill()
                broker = start()
            under_way = load.count
            while load.count == under_way and load.is_alive() and not load.errors:
                time.sleep(0.05)
            load.stopping.set()
            load.join()
            rows = read_all(broker.address, topic)
            name = f"round {round}, {kills} kills, {codec}, {load.count} acknowledged"
            check(f"{name}: all sends end well", not load.errors and load.count == sum(load.next), load.errors[:3])
            for partition in range(PARTITIONS):
                there = dict(rows[partition])
                lost = [number for number, offset in load.acknowledged[partition] if there.get(number) != offset]
                numbers = [number for number, _ in rows[partition]]
                if lost or numbers != sorted(set(numbers)):
                    check(f"{name}: partition {partition}", False, f"{len(lost)} lost: {lost[:5]}",
                        f"{len(numbers) - len(set(numbers))} doubled, in order: {numbers == sorted(numbers)}")
            check(f"{name}: all are there, in order, once", all(
                [number for number, _ in rows[partition]] == list(range(load.next[partition])) for partition in range(PARTITIONS)),
                [len(part) for part in rows], load.next)
        check("the broker ends cleanly", broker.stop() == 0, broker.messages()[-2000:])
    finish()


if __name__ == "__main__":
    main()
