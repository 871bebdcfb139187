"""Our consumer and librdkafka's in one group, eager and cooperative: partitions are shared, nothing is missed when members
come and go, and offsets are those of the whole group.

usage: mixed_groups.py BIN_DIR
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient, NewTopic

from librdkafka import commit, consumer, producer, send_all, take, wait_for
from support import Broker, check, finish, number_of, sent_records, wait_until

BIN = Path(sys.argv[1])
COUNT = 20_000


class OurMember:
    """`broker consume --group` as a process; what it prints goes to a file."""

    def __init__(self, address, topic, group, assignor, *more):
        self.output = tempfile.NamedTemporaryFile()
        self.messages = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(BIN / "broker"), "consume", "--topic", topic, "--from-beginning", "--json", "--broker", address,
                "--group", group, "--assignor", assignor, *more], stdout=self.output, stderr=self.messages)

    def numbers(self):
        lines = Path(self.output.name).read_bytes().splitlines(keepends=True)
        return [number_of(json.loads(line)["value"].encode()) for line in lines if line.endswith(b"\n")]

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


def one_group(broker, admin, assignor):
    topic, group = f"mixed-{assignor}", f"group-{assignor}"
    wait_for(admin.create_topics([NewTopic(topic, 4, 1)]))
    send = producer(broker.address)
    send_all(send, topic, sent_records(COUNT, "r"))
    ours = OurMember(broker.address, topic, group, assignor)
    check(f"{assignor}: our member alone reads all", wait_until(lambda: len(set(ours.numbers())) == COUNT, 30), len(ours.numbers()))
    theirs = consumer(broker.address, group, **{"partition.assignment.strategy": assignor})
    theirs.subscribe([topic])
    rows = []

    def poll():
        rows.extend(take(theirs, 1000, 0.2))
        return True

    check(f"{assignor}: librdkafka's member gets half of the partitions",
        wait_until(lambda: poll() and len(theirs.assignment()) == 2, 30), theirs.assignment())
    send_all(send, topic, ((key, b"r:%d:" % (COUNT + number)) for number, (key, _) in enumerate(sent_records(COUNT, "r"))))

    def seen():
        return set(ours.numbers()) | {number_of(row[3]) for row in rows}

    check(f"{assignor}: together they see all", wait_until(lambda: poll() and len(seen()) == 2 * COUNT, 30), len(seen()))
    both = [set(number for number in ours.numbers() if number >= COUNT), {number_of(row[3]) for row in rows}]
    check(f"{assignor}: each sees a part", all(both) and not both[0] & both[1], [len(part) for part in both])
    commit(theirs)
    check(f"{assignor}: our member ends well", ours.stop() == 0, ours.messages.seek(0), ours.messages.read())
    check(f"{assignor}: librdkafka's member gets all partitions at once",
        wait_until(lambda: poll() and len(theirs.assignment()) == 4, 10), theirs.assignment())
    ours = OurMember(broker.address, topic, group, assignor, "--instance-id", "static-one")
    check(f"{assignor}: our member comes back",
        wait_until(lambda: poll() and len(theirs.assignment()) == 2, 30), theirs.assignment())
    commit(theirs)
    theirs.close()
    send_all(send, topic, ((key, b"r:%d:" % (2 * COUNT + number)) for number, (key, _) in enumerate(sent_records(1000, "r"))))
    check(f"{assignor}: our member alone reads what comes next",
        wait_until(lambda: {number for number in ours.numbers() if number >= 2 * COUNT} == set(range(2 * COUNT, 2 * COUNT + 1000)), 30),
        len(ours.numbers()))
    check(f"{assignor}: nothing is read again that was committed", all(number >= 2 * COUNT for number in ours.numbers()),
        [number for number in ours.numbers() if number < 2 * COUNT][:5])
    check(f"{assignor}: our static member ends well", ours.stop() == 0)
    committed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
    total = sum(partition.offset for partition in committed.topic_partitions)
    check(f"{assignor}: everything is committed", total == 2 * COUNT + 1000, committed.topic_partitions)


def main():
    with Broker(BIN, "-o", "group.initial.rebalance.delay.ms=0") as broker:
        admin = AdminClient({"bootstrap.servers": broker.address})
        for assignor in ("range", "cooperative-sticky"):
            one_group(broker, admin, assignor)
    finish()


if __name__ == "__main__":
    main()
