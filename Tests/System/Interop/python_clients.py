"""Our broker under kafka-python and aiokafka: records of every codec, groups, offsets by time, transactions, admin.

usage: python_clients.py BIN_DIR
"""

import asyncio
import sys
import threading
import time

import aiokafka
import kafka
from aiokafka.errors import KafkaError as AioError, ProducerFenced
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import AbortTransactionSpec, NewPartitions, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from support import Broker, check, compare, finish, raises, sent_records, wait_until

COUNT = 100_000
CODECS = (None, "gzip", "snappy", "lz4", "zstd")


def as_rows(messages):
    return [(message.partition, message.offset, message.key, message.value) for message in messages]


def python_read(address, topic, count, seconds=120):
    """Reads a topic from its start without a group, and a moment longer than needed."""
    client = KafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest", consumer_timeout_ms=1500)
    partitions = [TopicPartition(topic, partition) for partition in client.partitions_for_topic(topic)]
    client.assign(partitions)
    client.seek_to_beginning()
    rows, end = [], time.monotonic() + seconds
    while len(rows) < count and time.monotonic() < end:
        for messages in client.poll(500, max_records=10_000).values():
            rows += as_rows(messages)
    for messages in client.poll(500).values():
        rows += as_rows(messages)
    client.close()
    return rows


def kafka_python(broker):
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    for codec in CODECS:
        topic = f"python-{codec}"
        admin.create_topics([NewTopic(name=topic, num_partitions=3, replication_factor=1)])
        client = KafkaProducer(bootstrap_servers=broker.address, compression_type=codec, acks="all", linger_ms=5)
        futures = [client.send(topic, value, key) for key, value in sent_records(COUNT, "r")]
        client.flush(120)
        check(f"kafka-python, {codec}: no send fails", all(future.succeeded() for future in futures))
        client.close()
        compare(f"kafka-python, {codec}", python_read(broker.address, topic, COUNT), COUNT)
    raises("kafka-python: a topic that exists is refused", TopicAlreadyExistsError,
        lambda: admin.create_topics([NewTopic(name="python-None", num_partitions=1, replication_factor=1)]))
    python_groups(broker, admin)
    python_admin(broker, admin)
    python_transactions(broker, admin)
    admin.close()


def python_groups(broker, admin):
    admin.create_topics([NewTopic(name="python-group", num_partitions=4, replication_factor=1)])
    client = KafkaProducer(bootstrap_servers=broker.address)
    for key, value in sent_records(5000, "r"):
        client.send("python-group", value, key)
    client.flush(60)

    def member():
        return KafkaConsumer("python-group", bootstrap_servers=broker.address, group_id="python", auto_offset_reset="earliest",
            enable_auto_commit=False, session_timeout_ms=6000, heartbeat_interval_ms=500)

    # A member answers only while it polls, so each has a thread.
    class Member(threading.Thread):
        def __init__(self):
            super().__init__()
            self.client, self.rows, self.leaves, self.assigned = member(), [], threading.Event(), 0

        def run(self):
            while not self.leaves.is_set():
                for messages in self.client.poll(200).values():
                    self.rows += as_rows(messages)
                self.assigned = len(self.client.assignment())
                if self.assigned:
                    try:
                        self.client.commit()
                    except KafkaError:
                        pass  # a rebalance is under way: what is not committed is read again
            self.client.close()

    first, second = Member(), Member()
    first.start()
    check("kafka-python: one member has all partitions", wait_until(lambda: first.assigned == 4, 30), first.assigned)
    second.start()
    check("kafka-python: two members share", wait_until(lambda: (first.assigned, second.assigned) == (2, 2), 40),
        first.assigned, second.assigned)
    second.leaves.set()
    second.join()
    check("kafka-python: one leaves, the other has all", wait_until(lambda: first.assigned == 4, 40), first.assigned)
    check("kafka-python: all records were seen",
        wait_until(lambda: len({row[3] for row in first.rows + second.rows}) == 5000, 30))
    first.leaves.set()
    first.join()
    offsets = admin.list_group_offsets("python") if hasattr(admin, "list_group_offsets") else admin.list_consumer_group_offsets("python")
    committed = offsets.get("python", offsets) if isinstance(offsets, dict) else offsets
    check("kafka-python: the committed offsets add up", sum(offset.offset for offset in committed.values()) == 5000, offsets)


def python_admin(broker, admin):
    client = KafkaProducer(bootstrap_servers=broker.address)
    admin.create_topics([NewTopic(name="python-times", num_partitions=1, replication_factor=1)])
    for number in range(100):
        client.send("python-times", f"t:{number}:".encode(), timestamp_ms=1_700_000_000_000 + number)
    client.flush(30)
    reader = KafkaConsumer(bootstrap_servers=broker.address)
    partition = TopicPartition("python-times", 0)
    found = reader.offsets_for_times({partition: 1_700_000_000_050})[partition]
    check("kafka-python: offset by time", found.offset == 50 and found.timestamp == 1_700_000_000_050, found)
    check("kafka-python: first and last offset",
        (reader.beginning_offsets([partition])[partition], reader.end_offsets([partition])[partition]) == (0, 100))
    reader.close()
    admin.create_partitions({"python-times": NewPartitions(total_count=2)})
    reader = KafkaConsumer(bootstrap_servers=broker.address)
    check("kafka-python: partitions are added", wait_until(lambda: len(reader.partitions_for_topic("python-times") or ()) == 2, 20))
    reader.close()
    raises("kafka-python: too large a record is refused", KafkaError,
        lambda: KafkaProducer(bootstrap_servers=broker.address, max_request_size=9_000_000)
            .send("python-times", b"x" * 5_000_000).get(30), lambda error: "MessageSizeTooLarge" in repr(error) or "RecordTooLarge" in repr(error))
    admin.delete_topics(["python-times"])
    client.close()


def python_transactions(broker, admin):
    """An administrator aborts in a partition what a producer left open there."""
    admin.create_topics([NewTopic(name="python-open", num_partitions=1, replication_factor=1)])
    partition = TopicPartition("python-open", 0)
    client = KafkaProducer(bootstrap_servers=broker.address, transactional_id="python-open")
    client.init_transactions()
    client.begin_transaction()
    client.send("python-open", b"open").get(30)
    found = [producer for producer in admin.describe_producers([partition])[partition].active_producers
        if producer.current_transaction_start_offset == 0]
    check("kafka-python: an open transaction is found in its partition", len(found) == 1, found)
    admin.abort_transaction(AbortTransactionSpec(partition, found[0].producer_id, found[0].producer_epoch))
    after = admin.describe_producers([partition])[partition].active_producers
    check("kafka-python: and is aborted there", [p.current_transaction_start_offset for p in after] == [-1], after)
    client.close(timeout=5)


async def aiokafka_clients(broker):
    for codec in CODECS:
        topic = f"aio-{codec}"
        client = aiokafka.AIOKafkaProducer(
            bootstrap_servers=broker.address, compression_type=codec, enable_idempotence=True, acks="all", linger_ms=5)
        await client.start()
        futures = [await client.send(topic, value, key) for key, value in sent_records(COUNT // 4, "r")]
        await asyncio.gather(*futures)
        await client.stop()
        compare(f"aiokafka, {codec}", await aio_read(broker, topic, COUNT // 4), COUNT // 4)

    client = aiokafka.AIOKafkaProducer(bootstrap_servers=broker.address, transactional_id="aio")
    await client.start()
    sent = 0
    for round in range(9):
        await client.begin_transaction()
        for number in range(50):
            value = f"abort:{number}:" if round % 3 == 1 else f"r:{sent}:"
            sent += round % 3 != 1
            await client.send("aio-money", value.encode(), f"k{number}".encode())
        await (client.abort_transaction() if round % 3 == 1 else client.commit_transaction())
    rows = await aio_read(broker, "aio-money", sent, isolation_level="read_committed")
    compare("aiokafka, read_committed", rows, sent)
    successor = aiokafka.AIOKafkaProducer(bootstrap_servers=broker.address, transactional_id="aio")
    await successor.start()

    async def zombie():
        await client.begin_transaction()
        await client.send_and_wait("aio-money", b"zombie:0:")
        await client.commit_transaction()

    try:
        await zombie()
        check("aiokafka: a zombie is fenced", False, "it is not")
    except (ProducerFenced, AioError) as error:
        check("aiokafka: a zombie is fenced", True, error)
    await successor.stop()
    try:
        await client.stop()
    except AioError:
        pass  # it is fenced

    members = [aiokafka.AIOKafkaConsumer(
        "aio-None", bootstrap_servers=broker.address, group_id="aio", auto_offset_reset="earliest",
        session_timeout_ms=6000, heartbeat_interval_ms=500) for _ in range(2)]
    rows = []
    for member in members:
        await member.start()
    end = time.monotonic() + 60
    while len({row[3] for row in rows}) < COUNT // 4 and time.monotonic() < end:
        for member in members:
            for messages in (await member.getmany(timeout_ms=200)).values():
                rows += as_rows(messages)
    check("aiokafka: two members read all", len({row[3] for row in rows}) == COUNT // 4, len(rows))
    for member in members:
        await member.stop()
    again = aiokafka.AIOKafkaConsumer("aio-None", bootstrap_servers=broker.address, group_id="aio", auto_offset_reset="earliest")
    await again.start()
    rest = [row for messages in (await again.getmany(timeout_ms=3000)).values() for row in messages]
    check("aiokafka: offsets are resumed", not rest, len(rest))
    await again.stop()


async def aio_read(broker, topic, count, **more):
    client = aiokafka.AIOKafkaConsumer(bootstrap_servers=broker.address, auto_offset_reset="earliest", **more)
    await client.start()
    partitions = [aiokafka.TopicPartition(topic, number) for number in client.partitions_for_topic(topic) or
        (await client._client.fetch_all_metadata()).partitions_for_topic(topic)]
    client.assign(partitions)
    await client.seek_to_beginning()
    rows, end = [], time.monotonic() + 60
    while len(rows) < count and time.monotonic() < end:
        for messages in (await client.getmany(timeout_ms=500)).values():
            rows += as_rows(messages)
    for messages in (await client.getmany(timeout_ms=500)).values():
        rows += as_rows(messages)
    await client.stop()
    return rows


def main():
    print("kafka-python", kafka.__version__, "aiokafka", aiokafka.__version__)
    with Broker(sys.argv[1], "-o", "num.partitions=3", "-o", "group.initial.rebalance.delay.ms=0") as broker:
        kafka_python(broker)
        asyncio.run(aiokafka_clients(broker))
        check("the broker still runs", broker.process.poll() is None, broker.messages()[-2000:])
        check("and ends cleanly", broker.stop() == 0, broker.messages()[-2000:])
    finish()


if __name__ == "__main__":
    main()
