"""Our broker under batches that no client should send, and on directories that were damaged while it was down.

usage: logs.py BIN_DIR
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support import Broker, check, finish, wait_until
from wire import Wire, batch, parse, record

BIN = Path(sys.argv[1])
REFUSED = (87, 2)


def tool(*arguments):
    return subprocess.run([str(BIN / "broker"), *map(str, arguments)], capture_output=True, timeout=120)


def milliseconds():
    return int(time.time() * 1000)


def bad_batches():
    with Broker(BIN) as broker:
        wire = Wire(broker.address)
        wire.create("bad")
        now = milliseconds()
        one = [(now, b"k", b"v")]
        cases = {
            "more records than it holds": batch(one * 2, count=3, last=2),
            "fewer records than it holds": batch(one * 2, count=1, last=0),
            "a record longer than its batch": batch(one, raw=record(0, 0, b"k", b"v", length=900)),
            "2^31-1 records and none in it": batch([], count=2**31 - 1, last=2**31 - 2, first=now, maxts=now),
            "an offset delta of 2^62": batch(one, raw=record(2**62, 0, b"k", b"v")),
            "an offset delta of 2^63-1": batch(one, raw=record(2**63 - 1, 0, b"k", b"v")),
            "a negative offset delta": batch(one, raw=record(-1, 0, b"k", b"v")),
            "a last offset that does not fit": batch(one, last=7),
            "a wrong checksum": batch(one, crc=1),
            "an old format": batch(one, magic=1),
            "a damaged codec": batch(one, attrs=1, raw=b"no gzip"),
            "two batches": batch(one) + batch(one),
        }
        for name, records in cases.items():
            answer = wire.produce("bad", 0, records)
            check(f"a batch with {name} is refused", answer["error"] in REFUSED and answer["message"], answer)
        check("a good batch is stored, at offset 0", wire.produce("bad", 0, batch(one, codec=1))["base"] == 0)
        wire.create("times")
        wire.produce("times", 0, batch([(100, b"k", b"a"), (300, b"k", b"b"), (200, b"k", b"c")], maxts=0))
        stored = parse(wire.fetch("times", 0, 0)["data"])[1]
        check("the largest time is that of the records", [header["max"] for header in stored] == [300], stored)
        check("a look-up by time finds the record", wire.list_offsets("times", 0, 250)[2] == 1)
        wire.create("near", configs={"message.timestamp.before.max.ms": "1000"})
        late = wire.produce("near", 0, batch([(now, b"k", b"v"), (now - 5000, b"k", b"v")]))
        check("a record too old for its topic is refused by name", late["error"] == 32 and late["errors"][0][0] == 1, late)
        check("the broker ends cleanly", broker.stop() == 0, broker.messages()[-2000:])


def maintenance():
    """Compaction meets nothing that stops it; retention goes by the records' own times."""
    with Broker(BIN, "-o", "log.retention.check.interval.ms=500") as broker:
        wire = Wire(broker.address)
        now = milliseconds()
        wire.create("compacted", configs={"cleanup.policy": "compact", "segment.bytes": "1024", "min.cleanable.dirty.ratio": "0"})
        wire.create("kept", configs={"retention.ms": "6000", "segment.bytes": "200"})
        wire.produce("compacted", 0, batch([(now, b"k0", b"v")]))
        poison = record(0, 0, b"k1", b"v1") + record(2**63 - 1, 0, b"k2", b"v2")
        check("poison is refused", wire.produce("compacted", 0, batch([(now, b"k1", b"v1")] * 2, raw=poison, first=now, maxts=now))["error"] in REFUSED)
        for number in range(6):
            wire.produce("compacted", 0, batch([(now, b"k", b"x" * 700)]))
        compacted = wait_until(lambda: len(parse(wire.fetch("compacted", 0, 0, max_bytes=1 << 20)["data"])[0]) < 7, 20)
        check("compaction goes on", compacted)
        first = time.monotonic()
        for _ in range(16):
            stamp = milliseconds()
            wire.produce("kept", 0, batch([(stamp, b"k", b"%d" % stamp)], maxts=0))
            # A record is expected for 6 s, less what the fetch itself may take.
            oldest = stamp - 4500
            start = wire.list_offsets("kept", 0, -2)[2]
            found = parse(wire.fetch("kept", 0, start)["data"])[0]
            if not check("nothing younger than the retention time goes", found and found[0][1] <= max(oldest, now + 1000), found[:1], oldest):
                break
            time.sleep(0.5)
        expired = wait_until(lambda: wire.list_offsets("kept", 0, -2)[2] > 0, 20)
        check("what is older goes", expired, time.monotonic() - first)
        check("the broker ends cleanly", broker.stop() == 0, broker.messages()[-2000:])


def flip(path, place, bit=3):
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


def log_file(directory, partition, which=0):
    return sorted(Path(directory, partition).glob("*.log"))[which]


def batches(path):
    """Where the batches of a log are: (position, size)."""
    data, at, found = path.read_bytes(), 0, []
    while at + 61 <= len(data):
        size = int.from_bytes(data[at + 8:at + 12], "big") + 12
        found.append((at, size))
        at += size
    return found


def committed(address):
    wire = Wire(address)
    return [wire.committed(f"group-{number}", "t", 0)[0][1] for number in range(5)]


def own_logs():
    for ending in ("stop", "kill"):
        broker = Broker(BIN).start()
        wire = Wire(broker.address)
        wire.create("t")
        for number in range(5):
            wire.commit(f"group-{number}", "t", 0, 1234 + number)
        wire.init_pid("tx")
        getattr(broker, ending)()
        path = log_file(broker.directory, "__consumer_offsets-0")
        at, size = batches(path)[2]
        flip(path, at + size - 20)
        transactions = log_file(broker.directory, "__transaction_state-0")
        flip(transactions, batches(transactions)[0][0] + 70)
        verified = tool("logs", "verify", broker.directory)
        check(f"after a {ending} \"logs verify\" finds the damage", verified.returncode == 1 and str(path).encode() in verified.stdout, verified.stdout)
        found = json.loads(tool("logs", "verify", broker.directory, "--json").stdout)
        places = [f["position"] for p in found["partitions"] for f in p["findings"] if f["isDamage"] and f["path"] == str(path)]
        check("and says where, as JSON too", at in places and found["isDamaged"], found)
        broker.start()
        check(f"after a {ending} one batch of offsets is lost, the rest is kept", committed(broker.address) == [1234, 1235, -1, 1237, 1238], committed(broker.address))
        told = broker.messages()
        check("both are told with file and position", f"byte {at} of {path}" in told and f"byte 0 of {transactions}" in told, told)
        check("the bytes are kept", len(list(path.parent.glob("*.damaged"))) == 1)
        broker.stop()
        again = tool("logs", "verify", broker.directory)
        check("then the directory is well again", again.returncode == 0, again.stdout)


def damaged_partition():
    broker = Broker(BIN).start()
    wire = Wire(broker.address)
    wire.create("t", configs={"segment.bytes": "20000"})
    now = milliseconds()
    for number in range(300):
        wire.produce("t", 0, batch([(now, b"k", b"%d" % (number * 100 + index)) for index in range(100)]))
    broker.kill()
    path = log_file(broker.directory, "t-0", 5)
    at, size = batches(path)[3]
    flip(path, at + 200)
    broker.start()
    wire = Wire(broker.address)
    values, offset = [], 0
    while True:
        records, headers = parse(wire.fetch("t", 0, offset)["data"])
        if not headers:
            break
        values += [int(r[3]) for r in records]
        offset = headers[-1]["base"] + headers[-1]["last"] + 1
    check("one damaged batch of 300 costs its 100 records alone", len(values) == 29_900 and values[-1] == 29_999, len(values), values[-1:])
    told = broker.messages()
    check("file, place, offsets and number are told", f"byte {at} of {path}" in told and "100 records, offsets" in told, told)
    aside = list(path.parent.glob("*.damaged"))
    check("the bytes are kept aside", [f.stat().st_size for f in aside] == [size], aside)
    broker.stop()


def repair():
    broker = Broker(BIN).start()
    wire = Wire(broker.address)
    wire.create("t")
    now = milliseconds()
    for number in range(10):
        wire.produce("t", 0, batch([(now, b"k", b"%d" % number)]))
    broker.stop()
    path = log_file(broker.directory, "t-0")
    flip(path, batches(path)[4][0] + 9)
    check("damage to a length is found after a clean stop", tool("logs", "verify", broker.directory).returncode == 1)
    repaired = tool("logs", "repair", broker.directory)
    check("\"logs repair\" says what it set aside", repaired.returncode == 0 and b"1 records, offsets 4 to 4" in repaired.stderr, repaired.stderr)
    check("then there is no damage", tool("logs", "verify", broker.directory).returncode == 0)
    broker.start()
    values = [int(r[3]) for r in parse(Wire(broker.address).fetch("t", 0, 0)["data"])[0]]
    check("and all else can be read", values == [0, 1, 2, 3, 5, 6, 7, 8, 9], values)
    broker.stop()


def missing():
    broker = Broker(BIN).start()
    wire = Wire(broker.address)
    wire.create("a", parts=2, configs={"segment.bytes": "2000"})
    now = milliseconds()
    for partition in range(2):
        for number in range(60):
            wire.produce("a", partition, batch([(now, b"k", b"x" * 100)]))
    broker.stop()
    for name, damage in {
        "a partition's directory": lambda root: shutil.rmtree(root / "a-1"),
        "the active segment": lambda root: log_file(root, "a-0", -1).unlink(),
        "a segment in the middle": lambda root: log_file(root, "a-0", 2).unlink(),
        "the list of topics": lambda root: (root / "topics").unlink(),
    }.items():
        with tempfile.TemporaryDirectory() as copy:
            root = Path(copy) / "data"
            shutil.copytree(broker.directory, root)
            damage(root)
            check(f"{name}: found by \"logs verify\"", tool("logs", "verify", root).returncode == 1)
            other = Broker(BIN, directory=root).start()
            check(f"{name}: told at the start", "missing" in other.messages(), other.messages())
            answer = Wire(other.address).produce("a", 0, batch([(now, b"k", b"v")]))
            check(f"{name}: the broker works", answer["error"] == 0, answer)
            other.stop()


def skipping():
    """Our consumer ends at a damaged batch with its place, or passes over it if it is told to."""
    with Broker(BIN) as broker:
        wire = Wire(broker.address)
        wire.create("t")
        now = milliseconds()
        for number in range(10):
            wire.produce("t", 0, batch([(now, b"k", b"%d" % (number * 10 + index)) for index in range(10)]))
        path = log_file(broker.directory, "t-0")
        at, _ = batches(path)[4]
        flip(path, at + 100)
        # The broker has the file open and gives its bytes out as they are.
        arguments = ["consume", "--topic", "t", "--from-beginning", "--exit-at-end", "--broker", broker.address]
        ended = tool(*arguments)
        check("the consumer ends at the damage and says where", ended.returncode == 1 and b"t-0 from offset 40" in ended.stderr, ended.stderr)
        check("what comes before it is printed", len(ended.stdout.split()) == 40, len(ended.stdout.split()))
        passed = tool(*arguments, "--skip-bad-records")
        numbers = [int(line) for line in passed.stdout.split()]
        check("or passes over it", passed.returncode == 0 and numbers == [*range(40), *range(50, 100)], passed.stderr, numbers)
        check("and says what", b"offsets 40 to 49" in passed.stderr, passed.stderr)
        grouped = tool("consume", "--topic", "t", "--from-beginning", "--group", "g", "--max", "90", "--broker", broker.address, "--skip-bad-records")
        check("in a group too", [int(line) for line in grouped.stdout.split()] == numbers, grouped.stderr)
        wire.produce("t", 0, batch([(now, b"k", b"12345678")]))
        typed = tool(*arguments, "--skip-bad-records", "--value-format", "int64")
        check("records that do not fit the format are passed over", typed.returncode == 0 and len(typed.stdout.split()) == 1, typed.stdout, typed.stderr[-300:])


def main():
    bad_batches()
    maintenance()
    own_logs()
    damaged_partition()
    repair()
    missing()
    skipping()
    finish()


if __name__ == "__main__":
    main()
