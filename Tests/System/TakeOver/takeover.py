"""The application of Tests/TakeOver as a processor: what it leaves in its topics is in Kafka Streams' layouts, whether it has
begun anew or has taken a recorded JVM application over, and it waits for a member of one that is in its group still.

usage: takeover.py BIN_DIR
"""

import argparse
import atexit
import base64
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "Interop"))

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from support import Broker, check, finish, wait_until
from wire import Wire

FIXTURES = HERE.parent.parent / "TakeOver" / "Tests" / "Fixtures"
BASE = 1795780800000
GROUP = "takeover"
INPUTS = ["orders", "payments", "customers", "regions", "rates", "items"]
OUTPUTS = ["out-" + name for name in (
    "counts agg reduce win sess slide sup lim final tti ttl tto fk fkl ssj lj oj vj vjg glob".split())]
# The last rows of these do not depend on the order in which tasks wrote to shared topics.
SETTLED = ["counts", "agg", "reduce", "win", "sess", "slide", "tti", "ttl", "tto", "fk", "fkl"]


# ---- the recording ------------------------------------------------------------------------------------------------

def unpacked(field):
    if field == "~":
        return None
    return base64.b64decode(field[1:]) if field.startswith("=") else field.encode()


def entry(fields):
    headers = [header.split(":", 1) for header in fields[3:]]
    return (BASE + int(fields[0]), unpacked(fields[1]), unpacked(fields[2]), [(k, unpacked(v)) for k, v in headers])


def lines(name):
    for line in (FIXTURES / (name + ".tsv")).read_text().splitlines():
        yield line.split("\t")


def inputs(half):
    return [(f[0], int(f[1]), entry(f[2:])) for f in lines(half)]


def recorded():
    """The topics of the JVM application: their configs, and their records by partition."""
    topics, name = {}, None
    for fields in lines("topics"):
        if fields[0] == "#":
            name = fields[1]
            topics[name] = (dict(f.split("=", 1) for f in fields[2:]), [])
        elif fields[0] == "@":
            topics[name][1].append([])
        else:
            topics[name][1][-1].append(entry(fields[1:]))
    return topics


def expected():
    """The last rows of the outputs in the end: topic, partition, key, value, and whether it was written before the stop."""
    place = None
    for fields in lines("expected"):
        if fields[0] == "#":
            place = (fields[1], int(fields[3])) if fields[2] == "latest" else None
        elif place:
            _, key, value, _ = entry(fields[1:])
            yield *place, key, value, fields[0] == "before"


# ---- a cluster ----------------------------------------------------------------------------------------------------

class Cluster:
    def __init__(self, bin_dir, scratch):
        self.bin_dir, self.scratch = bin_dir, scratch
        self.broker, self.last = Broker(bin_dir), None

    def __enter__(self):
        self.broker.start()
        self.admin = AdminClient({"bootstrap.servers": self.broker.address})
        self.create(INPUTS + OUTPUTS, {"retention.ms": "-1"})
        return self

    def __exit__(self, *_):
        del self.admin  # or it tells that the broker has gone
        self.broker.stop()

    def create(self, names, config):
        for future in self.admin.create_topics([NewTopic(name, 3, config=config) for name in names]).values():
            future.result(30)

    def write(self, records):
        producer = Producer({"bootstrap.servers": self.broker.address, "partitioner": "murmur2_random"})
        for topic, partition, (time, key, value, headers) in records:
            producer.produce(topic, key=key, value=value, partition=partition, timestamp=time, headers=headers)
            producer.poll(0)
        assert producer.flush(60) == 0

    def load(self):
        """The recorded application's topics, and what it had committed. Offsets are numbered anew."""
        for name, (config, partitions) in recorded().items():
            self.create([name], config)
            self.write([(name, number, record) for number, records in enumerate(partitions) for record in records])
        wire = Wire(self.broker.address)
        reader = Consumer({"bootstrap.servers": self.broker.address, "group.id": "none"})
        for topic, partition, _, metadata in lines("offsets"):
            end = reader.get_watermark_offsets(TopicPartition(topic, int(partition)), 30)[1]
            wire.commit(GROUP, topic, int(partition), end, metadata)
        reader.close()

    def start(self, *options):
        """Starts the processor; its messages go to `log`."""
        log = tempfile.NamedTemporaryFile()
        process = subprocess.Popen(
            [str(self.bin_dir / "test-processor"), "run", "takeover", "--application-id", GROUP, "--broker", self.broker.address,
             "--cache-size", "0", "--guarantee", "exactly-once", "--session-timeout", "6s", *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        atexit.register(process.kill)
        return process, lambda: Path(log.name).read_text(errors="replace")

    def process_all(self, what):
        """Runs the processor until it has no input left; it deletes then what it is done with."""
        process, log = self.start("--exit-when-idle")
        ended = wait_until(lambda: process.poll() is not None, 120)
        process.kill()
        check(what, ended and process.wait() == 0, log())

    def kill_when_done(self, what, process, log):
        """Ends the processor when all input is processed, so that it cannot delete what it is done with."""
        done = wait_until(lambda: process.poll() is not None or self.is_done(), 120)
        check(what, done and process.poll() is None, log(), f"not done: {self.offsets()}")
        process.kill()
        process.wait()

    def offsets(self):
        """The input partitions of the application: topic, partition, committed offset (-1: none), its metadata, end."""
        reader = Consumer({"bootstrap.servers": self.broker.address, "group.id": "none"})
        # Python's client reads metadata beyond their end.
        wire, found = Wire(self.broker.address), []
        for topic in reader.list_topics(timeout=30).topics:
            if topic in INPUTS[:5] or topic.endswith(("-repartition", "-topic")):
                for number in range(3):
                    (_, offset, _), metadata, error = wire.committed(GROUP, topic, number)
                    assert error == 0, error
                    found.append((topic, number, offset, metadata, 0))
        # Ends are asked for last, so that what is behind an offset is seen.
        ends = [reader.get_watermark_offsets(TopicPartition(topic, number), 30)[1] for topic, number, *_ in found]
        reader.close()
        return [(*place[:4], end) for place, end in zip(found, ends)]

    def is_done(self):
        # All that is committed, but for a transaction's marker, twice in a row, or what one task writes to another's topic
        # would be passed over.
        state = self.offsets()
        done = len(state) > 30 and all(end - max(0, offset) <= 1 for _, _, offset, _, end in state)
        was, self.last = self.last, state
        return done and was == state

    def dump(self, name):
        """All records of the topics that belong to the application or that it writes, and what it has committed."""
        reader = Consumer({"bootstrap.servers": self.broker.address, "group.id": "none", "isolation.level": "read_committed",
                           "enable.partition.eof": True, "auto.offset.reset": "earliest"})
        topics = [t for t in reader.list_topics(timeout=30).topics if t.startswith((GROUP + "-", "out-"))]
        places = [TopicPartition(topic, number, 0) for topic in topics for number in range(3)]
        for place in places:
            place.offset = reader.get_watermark_offsets(place, 30)[0]
        reader.assign(places)
        left, records = len(places), []
        while left:
            message = reader.poll(30)
            if message is None:
                raise TimeoutError("a topic does not come to its end")
            if message.error():
                left -= 1
                continue
            records.append(message)
        reader.close()
        path = self.scratch / (name + ".jsonl")
        text = lambda data: None if data is None else base64.b64encode(data).decode()
        with open(path, "w") as file:
            for m in records:
                print(json.dumps({
                    "topic": m.topic(), "partition": m.partition(), "offset": m.offset(), "timestamp": m.timestamp()[1],
                    "headers": [[k, text(v)] for k, v in m.headers() or []], "key": text(m.key()), "value": text(m.value()),
                }), file=file)
        committed = self.scratch / (name + "-offsets.json")
        committed.write_text(json.dumps([
            {"topic": topic, "partition": number, "metadata": base64.b64encode(metadata.encode()).decode()}
            for topic, number, offset, metadata, _ in self.offsets() if offset >= 0]))
        return path, committed, records


class Member:
    """A member of the JVM's application: of another protocol than ours."""

    def __init__(self, address):
        self.wire = Wire(address)
        self.name = self.wire.join(GROUP, proto="stream")["me"]
        answer = self.wire.join(GROUP, self.name, proto="stream")
        self.generation = answer["gen"]
        error, _ = self.wire.sync(GROUP, self.generation, self.name, [(self.name, b"")])
        assert answer["error"] == 0 and error == 0, (answer, error)

    def stays(self):
        return self.wire.heartbeat(GROUP, self.generation, self.name) == 0


def decode(*arguments):
    return subprocess.run(
        [sys.executable, str(HERE / "decode_check.py"), *map(str, arguments)], capture_output=True, text=True, timeout=120)


def check_layouts(what, cluster, name, input_files, needed):
    path, offsets, records = cluster.dump(name)
    result = decode(path, "--offsets", offsets, *input_files)
    kinds = dict(re.findall(r"^(\w+): (\d+) ", result.stdout, re.M))
    check(f"{what} is in Kafka Streams' layouts", result.returncode == 0, result.stdout + result.stderr)
    missing = [kind for kind in needed if int(kinds.get(kind, 0)) == 0]
    check(f"{what}: each kind of record was there", not missing, missing, kinds)
    return records


def check_rows(what, records, goes_on):
    """`goes_on`: what was written before the stop need not be there."""
    last = {(m.topic(), m.partition(), m.key()): m.value() for m in records}
    wrong, right = [], 0
    for topic, partition, key, value, is_before in expected():
        place = (topic, partition, key)
        if topic[4:] not in SETTLED or goes_on and is_before and place not in last:
            continue
        if last.get(place) == value:
            right += 1
        else:
            wrong.append((place, value, last.get(place)))
    check(f"{what}: the last rows are those of the JVM", right > 500 and not wrong, right, len(wrong), wrong[:5])


KINDS = ["registration", "response", "subscription", "waiting", "suppress", "buffer", "versioned", "join", "sink", "offsets"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir", type=Path)
    bin_dir = parser.parse_args().bin_dir
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        input_files = []
        for half in ("first-half", "second-half"):
            path = scratch / (half + ".jsonl")
            text = lambda data: None if data is None else data.decode()
            path.write_text("".join(
                json.dumps({"topic": topic, "key": text(key), "value": text(value)}) + "\n"
                for topic, _, (_, key, value, _) in inputs(half)))
            input_files += ["--input", path]

        # From nothing, killed in the middle, to the end.
        with Cluster(bin_dir, scratch) as cluster:
            cluster.write(inputs("first-half"))
            cluster.kill_when_done("a processor takes in the first half", *cluster.start())
            refused = decode("--self-test", cluster.dump("self-test")[0], *input_files)
            check("the checker refuses the layouts of an older Millrace", refused.returncode == 0, refused.stdout)
            check_layouts("what it leaves", cluster, "first", input_files, KINDS)
            cluster.write(inputs("second-half"))
            cluster.process_all("after a kill it takes in the second half")
            check_rows("from nothing", check_layouts("what it leaves", cluster, "second", input_files, KINDS[2:]), goes_on=False)

        # From what the JVM left, while one of its members is in the group still.
        with Cluster(bin_dir, scratch) as cluster:
            cluster.write(inputs("first-half"))
            cluster.load()
            cluster.write(inputs("second-half"))
            member = Member(cluster.broker.address)
            process, log = cluster.start()
            told = wait_until(lambda: process.poll() is not None or member.stays() and "waiting for" in log(), 60)
            check("a processor waits for a member of the JVM's application and says so",
                  told and process.poll() is None and f"join group {GROUP} ({member.name}" in log(), log())
            cluster.kill_when_done("when its session has timed out it takes the application over", process, log)
            check_rows("taken over", check_layouts("what both leave", cluster, "third", input_files, KINDS), goes_on=True)
            cluster.process_all("and ends when it is idle")
    finish()


if __name__ == "__main__":
    main()
