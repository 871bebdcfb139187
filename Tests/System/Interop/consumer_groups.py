"""Our broker under the consumer protocol (KIP-848): librdkafka's members with group.protocol=consumer, alone and beside
members of the classic protocol, ours among them.

usage: consumer_groups.py BIN_DIR
"""

import sys
import time
from pathlib import Path

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, ConsumerGroupType, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from librdkafka import commit, producer, send_all, take, wait_for
from mixed_groups import OurMember
from support import Broker, check, finish, number_of, raises, sent_records, wait_until

BIN = Path(sys.argv[1])
# Members hear of a change with their next heartbeat.
QUICK = ("-o", "group.consumer.heartbeat.interval.ms=200")


class Member:
    """A member of librdkafka's that keeps what it reads."""

    def __init__(self, address, group, topics, **more):
        self.client = Consumer({
            "bootstrap.servers": address, "group.id": group, "group.protocol": "consumer",
            "auto.offset.reset": "earliest", "enable.auto.commit": False, **more})
        self.rows = []
        self.client.subscribe(topics)

    def poll(self, seconds=0.1):
        self.rows += take(self.client, 10_000, seconds)

    def partitions(self, topic=None):
        return sorted(p.partition for p in self.client.assignment() if topic in (None, p.topic))

    def numbers(self):
        return [number_of(row[3]) for row in self.rows]

    def close(self):
        commit(self.client)
        self.client.close()


def settle(members, condition, seconds=30):
    def step():
        for member in members:
            member.poll()
        return condition()

    return wait_until(step, seconds)


def numbered(first, count, tag="r"):
    for number, (key, _) in enumerate(sent_records(count, tag)):
        yield key, b"r:%d:" % (first + number)


def shared(broker, admin):
    wait_for(admin.create_topics([NewTopic("shared", 6, 1)]))
    send = producer(broker.address)
    send_all(send, "shared", numbered(0, 20_000))
    one = Member(broker.address, "shared", ["shared"])
    check("one member reads all", settle([one], lambda: len(set(one.numbers())) == 20_000), len(one.rows))
    commit(one.client)
    two, three = (Member(broker.address, "shared", ["shared"]) for _ in range(2))
    members = [one, two, three]
    check("three members have two partitions each",
        settle(members, lambda: [len(m.partitions()) for m in members] == [2, 2, 2]), [m.partitions() for m in members])
    check("no partition is two members'", sorted(sum((m.partitions() for m in members), [])) == list(range(6)))
    send_all(send, "shared", numbered(20_000, 20_000))
    check("together they read what comes next",
        settle(members, lambda: sum(len(m.rows) for m in members) >= 40_000), [len(m.rows) for m in members])
    check("nothing is read twice", sorted(sum((m.numbers() for m in members), [])) == list(range(40_000)))

    listed = admin.list_consumer_groups(types={ConsumerGroupType.CONSUMER}).result(30).valid
    check("the group is listed by its type", [(g.group_id, g.type) for g in listed] == [("shared", ConsumerGroupType.CONSUMER)],
        [(g.group_id, g.type) for g in listed])
    described = admin.describe_consumer_groups(["shared"])["shared"].result(30)
    check("it is described with its members",
        described.state.name == "STABLE" and len(described.members) == 3 and described.partition_assignor == "uniform",
        described.state, described.partition_assignor, described.members)
    check("and what they have", sorted(p.partition for m in described.members for p in m.assignment.topic_partitions) == list(range(6)))
    two.close()
    remaining = [one, three]
    check("what a member leaves the others take", settle(remaining, lambda: [len(m.partitions()) for m in remaining] == [3, 3]),
        [m.partitions() for m in remaining])
    wait_for(admin.create_partitions([NewPartitions("shared", 8)]))
    check("new partitions are shared out", settle(remaining, lambda: [len(m.partitions()) for m in remaining] == [4, 4]),
        [m.partitions() for m in remaining])
    for member in remaining:
        member.close()
    committed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions("shared")])["shared"].result(30)
    check("everything is committed", sum(p.offset for p in committed.topic_partitions if p.offset > 0) == 40_000,
        committed.topic_partitions)
    wait_for(admin.delete_consumer_groups(["shared"]))
    check("the empty group can be deleted", not admin.list_consumer_groups().result(30).valid)


def statics_and_patterns(broker, admin):
    wait_for(admin.create_topics([NewTopic("static-a", 2, 1), NewTopic("static-b", 2, 1)]))
    one = Member(broker.address, "static", ["^static-.*"], **{"group.instance.id": "one", "group.remote.assignor": "range"})
    two = Member(broker.address, "static", ["^static-.*"], **{"group.instance.id": "two", "group.remote.assignor": "range"})
    check("static members share what matches a pattern, by range",
        settle([one, two], lambda: one.partitions("static-a") == one.partitions("static-b") == [0] and two.partitions() == [1, 1]),
        one.client.assignment(), two.client.assignment())
    one.client.close()
    one = Member(broker.address, "static", ["^static-.*"], **{"group.instance.id": "one", "group.remote.assignor": "range"})
    check("one that comes back has what it had, without a rebalance", settle([one, two], lambda: one.partitions() == [0, 0]),
        one.client.assignment())
    check("the other kept its own", two.partitions() == [1, 1])
    twin = Member(broker.address, "static", ["^static-.*"], **{"group.instance.id": "two"})
    raises("an instance that is here cannot be taken", KafkaException, lambda: [twin.poll(1) for _ in range(20)],
        lambda error: "instance ID is still used" in error.args[0].str())
    twin.client.close()
    wait_for(admin.create_topics([NewTopic("static-c", 2, 1)]))
    check("a new topic that matches is shared out", settle([one, two], lambda: len(one.partitions()) == len(two.partitions()) == 3, 60),
        one.client.assignment(), two.client.assignment())
    one.close()
    two.close()


def restarts(broker, admin):
    wait_for(admin.create_topics([NewTopic("restart", 4, 1)]))
    send = producer(broker.address)
    members = [Member(broker.address, "restart", ["restart"]) for _ in range(2)]
    settle(members, lambda: [len(m.partitions()) for m in members] == [2, 2])
    before = [m.partitions() for m in members]
    for round in range(3):
        send_all(send, "restart", numbered(round * 5000, 5000))
        settle(members, lambda: sum(len(m.rows) for m in members) >= (round + 1) * 5000)
        for member in members:
            commit(member.client)
        broker.kill()
        broker.start()
    send_all(send, "restart", numbered(15_000, 5000))
    check("members go on when the broker was killed", settle(members, lambda: sum(len(m.rows) for m in members) >= 20_000, 60),
        [len(m.rows) for m in members])
    check("in the same group, with what they had", [m.partitions() for m in members] == before, [m.partitions() for m in members])
    check("and miss and repeat nothing", sorted(sum((m.numbers() for m in members), [])) == list(range(20_000)))
    for member in members:
        member.close()


def migrations(broker, admin):
    """A group goes over from the classic protocol to the other and back, a member at a time."""
    for assignor in ("range", "cooperative-sticky"):
        topic = group = f"migration-{assignor}"
        wait_for(admin.create_topics([NewTopic(topic, 4, 1)]))
        send = producer(broker.address)
        send_all(send, topic, numbered(0, 10_000))
        ours = OurMember(broker.address, topic, group, assignor)
        check(f"{assignor}: our classic member reads all", wait_until(lambda: len(set(ours.numbers())) == 10_000, 30))
        theirs = Member(broker.address, group, [topic])
        check(f"{assignor}: a member of the consumer protocol gets half", settle([theirs], lambda: len(theirs.partitions()) == 2),
            theirs.partitions())
        kind = admin.list_consumer_groups(types={ConsumerGroupType.CONSUMER}).result(30).valid
        check(f"{assignor}: the group is of the consumer protocol now", group in [g.group_id for g in kind])
        send_all(send, topic, numbered(10_000, 10_000))

        def fresh():
            return [n for n in ours.numbers() if n >= 10_000], [n for n in theirs.numbers() if n >= 10_000]

        check(f"{assignor}: together they read what comes next",
            settle([theirs], lambda: set(sum(fresh(), [])) == set(range(10_000, 20_000))), [len(part) for part in fresh()])
        check(f"{assignor}: each reads a part, and nothing twice", all(fresh()) and len(sum(fresh(), [])) == 10_000,
            [len(part) for part in fresh()])
        theirs.close()
        send_all(send, topic, numbered(20_000, 1000))
        check(f"{assignor}: our member reads on alone", wait_until(lambda: set(range(20_000, 21_000)) <= set(ours.numbers()), 60),
            len(ours.numbers()))
        kind = admin.list_consumer_groups(types={ConsumerGroupType.CLASSIC}).result(30).valid
        check(f"{assignor}: the group is classic again", group in [g.group_id for g in kind])
        check(f"{assignor}: our member ends well", ours.stop() == 0, ours.messages.seek(0), ours.messages.read())
        committed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
        check(f"{assignor}: everything is committed", sum(p.offset for p in committed.topic_partitions) == 21_000,
            committed.topic_partitions)


def ours(broker, admin):
    """Our members of the consumer protocol beside librdkafka's."""
    topic = group = "ours"
    wait_for(admin.create_topics([NewTopic(topic, 4, 1)]))
    send = producer(broker.address)
    send_all(send, topic, numbered(0, 10_000))
    protocol = ("--group-protocol", "consumer")
    our = OurMember(broker.address, topic, group, "range", *protocol)
    check("our member reads all", wait_until(lambda: len(set(our.numbers())) == 10_000, 30), len(our.numbers()))
    kind = admin.list_consumer_groups(types={ConsumerGroupType.CONSUMER}).result(30).valid
    check("its group is of the consumer protocol", group in [g.group_id for g in kind])
    theirs = Member(broker.address, group, [topic])
    check("librdkafka's member gets half", settle([theirs], lambda: len(theirs.partitions()) == 2), theirs.partitions())
    send_all(send, topic, numbered(10_000, 10_000))

    def seen():
        return [n for n in our.numbers() if n >= 10_000], [n for n in theirs.numbers() if n >= 10_000]

    check("together they read what comes next",
        settle([theirs], lambda: set(sum(seen(), [])) == set(range(10_000, 20_000))), [len(part) for part in seen()])
    check("each reads a part, and nothing twice", all(seen()) and len(sum(seen(), [])) == 10_000, [len(part) for part in seen()])
    check("our member ends well", our.stop() == 0, our.messages.seek(0), our.messages.read())
    check("librdkafka's member gets all", settle([theirs], lambda: len(theirs.partitions()) == 4), theirs.partitions())
    our = OurMember(broker.address, topic, group, "range", "--instance-id", "ours", *protocol)
    check("our static member gets half", settle([theirs], lambda: len(theirs.partitions()) == 2), theirs.partitions())
    commit(theirs.client)
    theirs.close()
    send_all(send, topic, numbered(20_000, 1000))
    check("it reads on alone", wait_until(lambda: set(range(20_000, 21_000)) <= set(our.numbers()), 60), len(our.numbers()))
    check("and ends well", our.stop() == 0, our.messages.seek(0), our.messages.read())
    committed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
    check("everything is committed", sum(p.offset for p in committed.topic_partitions) == 21_000, committed.topic_partitions)


def main():
    with Broker(BIN, "-o", "group.initial.rebalance.delay.ms=0", *QUICK) as broker:
        admin = AdminClient({"bootstrap.servers": broker.address})
        for part in (shared, statics_and_patterns, restarts, migrations, ours):
            start = time.monotonic()
            part(broker, admin)
            print(f"     {part.__name__}: {time.monotonic() - start:.1f} s", flush=True)
        check("the broker ends well", broker.stop() == 0, broker.messages())
    finish()


if __name__ == "__main__":
    main()
