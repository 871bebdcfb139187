"""Our broker under librdkafka (confluent-kafka): every record of every codec, groups, transactions, admin.

usage: librdkafka.py BIN_DIR
"""

import subprocess
import sys
import time

import confluent_kafka
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec, ResourceType)

from support import Broker, check, compare, finish, raises, sent_records, wait_until

COUNT = 100_000


def producer(address, **more):
    return Producer({"bootstrap.servers": address, "linger.ms": 5, **more})


def send_all(client, topic, records, **more):
    """Sends, waits for all acknowledgements and gives the errors."""
    errors = []

    def delivered(error, _):
        if error:
            errors.append(error)

    for key, value in records:
        while True:
            try:
                client.produce(topic, value, key, on_delivery=delivered, **more)
                break
            except BufferError:
                client.poll(0.05)
    client.flush(60)
    return errors


def consumer(address, group="readers", **more):
    return Consumer({
        "bootstrap.servers": address, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "session.timeout.ms": 6000, **more})


def take(client, count, seconds=60):
    """Up to `count` records as (partition, offset, key, value)."""
    received, end = [], time.monotonic() + seconds
    while len(received) < count and time.monotonic() < end:
        for message in client.consume(10_000, 0.5):
            if message.error():
                raise KafkaException(message.error())
            received.append((message.partition(), message.offset(), message.key(), message.value()))
    return received


def commit(client):
    """Commits what was read, if anything was."""
    try:
        client.commit(asynchronous=False)
    except KafkaException as error:
        if error.args[0].code() != KafkaError._NO_OFFSET:
            raise


def read_topic(address, topic, count, isolation="read_uncommitted", seconds=60):
    """Reads a topic from its start without a group: until `count` records are there, then a little for surplus ones."""
    client = consumer(address, "unused", **{"isolation.level": isolation, "enable.partition.eof": False})
    partitions = client.list_topics(topic, 10).topics[topic].partitions
    client.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    received = take(client, count, seconds)
    received += take(client, 1, 0.7)
    client.close()
    return received


def wait_for(futures):
    return {name: future.result(30) for name, future in futures.items()}


def codecs_and_acks(broker, admin):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        for acks in ("0", "1", "all"):
            topic = f"codec-{codec}-{acks}"
            wait_for(admin.create_topics([NewTopic(topic, 3, 1)]))
            client = producer(broker.address, acks=acks, **{"compression.type": codec})
            errors = send_all(client, topic, sent_records(COUNT, "r"))
            check(f"{codec}, acks={acks}: no send fails", not errors, errors[:3])
            compare(f"{codec}, acks={acks}", read_topic(broker.address, topic, COUNT), COUNT)
    wait_for(admin.create_topics([NewTopic("idempotent", 3, 1)]))
    client = producer(broker.address, **{"enable.idempotence": True, "compression.type": "lz4"})
    errors = send_all(client, "idempotent", sent_records(COUNT, "r"))
    check("idempotent: no send fails", not errors, errors[:3])
    compare("idempotent", read_topic(broker.address, "idempotent", COUNT), COUNT)


def large_and_empty(broker, admin):
    wait_for(admin.create_topics([NewTopic("odd", 1, 1)]))
    client = producer(broker.address)
    records = [(None, b""), (b"", None), (b"k", b"x" * 900_000), (None, b"\x00\xff")]
    errors = send_all(client, "odd", records, headers=[("h", b"1"), ("h", None), ("", b"")], timestamp=1234567890123)
    check("empty, null, large and binary records are taken", not errors, errors)
    reader = consumer(broker.address, "odd")
    reader.assign([TopicPartition("odd", 0, 0)])
    messages = [message for _ in range(20) for message in reader.consume(10, 0.2)][:4]
    check("they come back as they were", [(m.key(), m.value()) for m in messages] == records, [(m.key(), (m.value() or b"")[:9]) for m in messages])
    check("headers too", all(m.headers() == [("h", b"1"), ("h", None), ("", b"")] for m in messages), [m.headers() for m in messages])
    check("and timestamps", all(m.timestamp()[1] == 1234567890123 for m in messages), [m.timestamp() for m in messages])
    reader.close()
    refused = send_all(producer(broker.address, **{"message.max.bytes": 5_000_000}), "odd", [(None, b"x" * 3_000_000)])
    check("a record that is too large is refused with the right error",
        [error.code() for error in refused] == [KafkaError.MSG_SIZE_TOO_LARGE], refused)


def groups(broker, admin):
    for strategy in ("range", "cooperative-sticky"):
        topic, group = f"shared-{strategy}", f"group-{strategy}"
        wait_for(admin.create_topics([NewTopic(topic, 4, 1)]))
        send_all(producer(broker.address), topic, sent_records(COUNT, "r"))
        options = {"partition.assignment.strategy": strategy}
        first = consumer(broker.address, group, **options)
        first.subscribe([topic])
        received = take(first, COUNT // 4)
        commit(first)
        second = consumer(broker.address, group, **options)
        second.subscribe([topic])
        settled = wait_until(lambda: [received.extend(take(c, 1, 0.2)) for c in (first, second)] and
            len(first.assignment()) == 2 and len(second.assignment()) == 2, 40)
        check(f"{strategy}: a second member takes half of the partitions", settled, first.assignment(), second.assignment())
        for client in (first, second):
            received += take(client, 2000, 2)
        commit(first)
        commit(second)
        second.close()
        check(f"{strategy}: a member that leaves gives its partitions back at once",
            wait_until(lambda: received.extend(take(first, 1, 0.2)) or len(first.assignment()) == 4, 20), first.assignment())
        received += take(first, COUNT, 5)
        commit(first)
        numbers = {value for _, _, _, value in received}
        check(f"{strategy}: all records were seen over the rebalances", len(numbers) == COUNT, len(numbers))
        first.close()
        send_all(producer(broker.address), topic, [(b"late", b"late:0:")])
        again = consumer(broker.address, group, **options)
        again.subscribe([topic])
        rest = take(again, 2, 8)
        check(f"{strategy}: offsets are resumed", [record[3] for record in rest] == [b"late:0:"], rest[:3], len(rest))
        again.close()
        described = admin.describe_consumer_groups([group])[group].result(30)
        check(f"{strategy}: the group is described as empty", described.state.name == "EMPTY", described.state)
        committed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
        total = sum(partition.offset for partition in committed.topic_partitions)
        check(f"{strategy}: committed offsets are listed", total in (COUNT, COUNT + 1), committed.topic_partitions)


CRASHER = """
import sys
from confluent_kafka import Consumer
c = Consumer({"bootstrap.servers": sys.argv[1], "group.id": "crash", "session.timeout.ms": 6000, "auto.offset.reset": "earliest"})
c.subscribe(["crash"])
while not c.assignment():
    c.poll(0.1)
print("assigned", flush=True)
while True:
    c.poll(1)
"""


def crash(broker, admin):
    wait_for(admin.create_topics([NewTopic("crash", 4, 1)]))
    victim = subprocess.Popen([sys.executable, "-c", CRASHER, broker.address], stdout=subprocess.PIPE)
    victim.stdout.readline()
    survivor = consumer(broker.address, "crash")
    survivor.subscribe(["crash"])
    check("two members share", wait_until(lambda: survivor.poll(0.1) is None and len(survivor.assignment()) == 2, 30))
    victim.kill()
    check("a crashed member's partitions move after its session timeout",
        wait_until(lambda: survivor.poll(0.1) is None and len(survivor.assignment()) == 4, 30), survivor.assignment())
    survivor.close()


def static_membership(broker, admin):
    wait_for(admin.create_topics([NewTopic("static", 2, 1)]))
    options = {"group.instance.id": "one", "session.timeout.ms": 30000}
    first = consumer(broker.address, "static", **options)
    first.subscribe(["static"])
    check("a static member is assigned", wait_until(lambda: first.poll(0.1) is None and len(first.assignment()) == 2, 30))
    second = consumer(broker.address, "static", **options)
    second.subscribe(["static"])
    check("its successor gets the same partitions", wait_until(lambda: second.poll(0.1) is None and len(second.assignment()) == 2, 30))

    def fenced():
        message = first.poll(0.1)
        return message is not None and message.error() and message.error().code() in (
            KafkaError.FENCED_INSTANCE_ID, KafkaError._FATAL)

    check("the old instance is fenced", wait_until(fenced, 20))
    second.close()
    first.close()


def offsets_by_time(broker, admin):
    wait_for(admin.create_topics([NewTopic("times", 1, 1)]))
    client = producer(broker.address)
    for number in range(1000):
        client.produce("times", f"t:{number}:".encode(), timestamp=1_700_000_000_000 + number * 1000)
    client.flush(30)
    reader = consumer(broker.address, "times")
    for number in (0, 1, 500, 999):
        found = reader.offsets_for_times([TopicPartition("times", 0, 1_700_000_000_000 + number * 1000 - 1)], 10)[0].offset
        check(f"offset by time of record {number}", found == number, found)
    found = reader.offsets_for_times([TopicPartition("times", 0, 1_900_000_000_000)], 10)[0].offset
    check("offset by a time after the end", found == -1, found)
    check("watermarks", reader.get_watermark_offsets(TopicPartition("times", 0), 10) == (0, 1000))
    reader.close()
    listed = admin.list_offsets({TopicPartition("times", 0): OffsetSpec.max_timestamp()})
    found = next(iter(listed.values())).result(30)
    check("offset of the largest timestamp", found.offset == 999, found.offset)


def transactions(broker, admin):
    wait_for(admin.create_topics([NewTopic("money", 2, 1), NewTopic("source", 1, 1)]))
    send_all(producer(broker.address), "source", sent_records(100, "s"))
    client = producer(broker.address, **{"transactional.id": "bank"})
    client.init_transactions(30)
    sent = 0
    for round in range(20):
        client.begin_transaction()
        for number in range(100):
            abort = round % 3 == 1
            name = f"abort:{number}:" if abort else f"r:{sent}:"
            sent += not abort
            client.produce("money", name.encode(), f"k{number % 10}".encode())
        client.flush(30)
        client.abort_transaction(30) if round % 3 == 1 else client.commit_transaction(30)
    committed = read_topic(broker.address, "money", sent, "read_committed")
    check("read_committed hides aborted records", not [r for r in committed if r[3].startswith(b"abort")])
    compare("read_committed", committed, sent)
    everything = read_topic(broker.address, "money", 2000)
    check("read_uncommitted shows them", len(everything) == 2000, len(everything))

    client.begin_transaction()
    client.produce("money", b"open:0:", b"k")
    client.flush(30)
    visible = read_topic(broker.address, "money", sent + 1, "read_committed", seconds=2)
    check("an open transaction's records wait", len(visible) == sent, len(visible))
    reader = consumer(broker.address, "bankers", **{"isolation.level": "read_committed"})
    reader.subscribe(["source"])
    read = take(reader, 100)
    client.send_offsets_to_transaction(
        [TopicPartition("source", 0, read[-1][1] + 1)], reader.consumer_group_metadata(), 30)
    pending = admin.list_consumer_group_offsets(
        [ConsumerGroupTopicPartitions("bankers", [TopicPartition("source", 0)])])["bankers"].result(30)
    check("offsets of an open transaction are not there yet", pending.topic_partitions[0].offset < 0, pending.topic_partitions)
    raises("who wants stable offsets waits", KafkaException, lambda: reader.committed([TopicPartition("source", 0)], 2),
        lambda error: error.args[0].code() == KafkaError._TIMED_OUT)
    client.commit_transaction(30)
    check("they are after the commit", reader.committed([TopicPartition("source", 0)], 10)[0].offset == 100)
    reader.close()

    client.begin_transaction()
    client.produce("money", b"zombie:0:", b"k")
    client.flush(30)
    successor = producer(broker.address, **{"transactional.id": "bank"})
    successor.init_transactions(30)
    raises("a zombie is fenced", KafkaException, lambda: client.commit_transaction(30),
        lambda error: error.args[0].fatal() or error.args[0].code() in (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH))
    visible = read_topic(broker.address, "money", sent + 1, "read_committed")
    check("its records stay hidden", not [r for r in visible if r[3].startswith(b"zombie")])
    successor.begin_transaction()
    successor.produce("money", b"after:0:", b"k")
    successor.commit_transaction(30)

    short = producer(broker.address, **{"transactional.id": "slow", "transaction.timeout.ms": 1500})
    short.init_transactions(30)
    short.begin_transaction()
    short.produce("money", b"slow:0:", b"k")
    short.flush(30)
    gone = wait_until(lambda: b"end:0:" in [r[3] for r in read_topic(broker.address, "money", 10_000, "read_committed", 1)]
        or send_all(producer(broker.address), "money", [(b"k", b"end:0:")]) is None, 20)
    check("a transaction that takes too long is aborted and holds nobody up", gone)


def compaction(broker, admin):
    wait_for(admin.create_topics([NewTopic("compacted", 1, 1, config={
        "cleanup.policy": "compact", "segment.ms": "100", "segment.bytes": "100000", "min.cleanable.dirty.ratio": "0.01",
        "delete.retention.ms": "100", "max.compaction.lag.ms": "200"})]))
    client = producer(broker.address)
    for number in range(20_000):
        client.produce("compacted", f"r:{number}:".encode(), f"key-{number % 50}".encode())
        if number % 2000 == 0:
            client.flush(30)
    client.flush(30)

    def latest_only():
        client.produce("compacted", b"r:99999:", b"roll")
        client.flush(10)
        records = read_topic(broker.address, "compacted", 100_000, seconds=2)
        latest = {}
        for _, _, key, value in records:
            latest[key] = number_of_key(value)
        return len(records) < 5000 and all(latest.get(f"key-{n}".encode()) == 19950 + n for n in range(50))

    def number_of_key(value):
        return int(value.split(b":")[1])

    check("compaction leaves the latest of each key", wait_until(latest_only, 60))


def admin_calls(broker, admin):
    raises("a topic that exists is refused", KafkaException, lambda: wait_for(admin.create_topics([NewTopic("money", 1, 1)])),
        lambda error: error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS)
    raises("a bad name is refused", KafkaException, lambda: wait_for(admin.create_topics([NewTopic("a/b", 1, 1)])),
        lambda error: error.args[0].code() == KafkaError.TOPIC_EXCEPTION)
    wait_for(admin.create_topics([NewTopic("adm", 1, 1, config={"retention.ms": "123456"})]))
    wait_for(admin.create_partitions([NewPartitions("adm", 3)]))
    check("partitions are added", wait_until(lambda: len(admin.list_topics("adm", 10).topics["adm"].partitions) == 3, 10))
    resource = ConfigResource(ResourceType.TOPIC, "adm")
    settings = admin.describe_configs([resource])[resource].result(30)
    check("configs are described, set ones and others", settings["retention.ms"].value == "123456" and "cleanup.policy" in settings, settings.keys())
    change = ConfigResource(ResourceType.TOPIC, "adm", incremental_configs=[
        ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.SET)])
    admin.incremental_alter_configs([change])[change].result(30)
    settings = admin.describe_configs([resource])[resource].result(30)
    check("a config is altered", settings["cleanup.policy"].value == "compact", settings["cleanup.policy"])
    wait_for(admin.create_topics([NewTopic("cut", 1, 1)]))
    send_all(producer(broker.address), "cut", sent_records(1000, "r"))
    admin.delete_records([TopicPartition("cut", 0, 400)])
    reader = consumer(broker.address, "cut")
    check("records are deleted", wait_until(lambda: reader.get_watermark_offsets(TopicPartition("cut", 0), 10) == (400, 1000), 10))
    rest = read_topic(broker.address, "cut", 600)
    check("the rest is there", len(rest) == 600 and rest[0][1] == 400, len(rest), rest[:1])
    reader.close()
    cluster = admin.describe_cluster().result(30)
    check("the cluster is described", len(cluster.nodes) == 1 and cluster.nodes[0].port == broker.port, cluster.nodes)
    listed = admin.list_consumer_groups().result(30)
    check("groups are listed", {"group-range", "crash"} <= {group.group_id for group in listed.valid}, listed.valid)
    wait_for(admin.delete_consumer_groups(["group-range"]))
    listed = admin.list_consumer_groups().result(30)
    check("a group is deleted", "group-range" not in {group.group_id for group in listed.valid})
    wait_for(admin.delete_topics(["adm"]))
    check("a topic is deleted", wait_until(lambda: "adm" not in admin.list_topics(timeout=10).topics, 10))


def main():
    print("librdkafka", confluent_kafka.libversion()[0])
    with Broker(sys.argv[1], "-o", "auto.create.topics.enable=false", "-o", "group.initial.rebalance.delay.ms=0") as broker:
        admin = AdminClient({"bootstrap.servers": broker.address})
        for part in (codecs_and_acks, large_and_empty, groups, crash, static_membership, offsets_by_time, transactions, compaction, admin_calls):
            part(broker, admin)
        check("the broker still runs", broker.process.poll() is None, broker.messages()[-2000:])
        check("and ends cleanly", broker.stop() == 0, broker.messages()[-2000:])
    finish()


if __name__ == "__main__":
    main()
