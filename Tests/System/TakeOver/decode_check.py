#!/usr/bin/env python3
"""Checks that a dump of an application's internal topics is in the layouts of Kafka Streams. Knows nothing of Millrace's code.

  decode_check.py DUMP [--offsets FILE] [--input FILE ...] [--suppress NAME,NAME] [--partitions N] [--show N]
  decode_check.py --self-test DUMP --input FILE ...

DUMP: JSON lines with topic, partition, key, value (base64 or null), headers ([[key, base64 or null], ...]), and offset and
timestamp if they are known. --offsets: a list of rows with topic, partition and metadata (base64), whose version must be 2.
--input: records as lines, with topic, key and value as text; the hashes in foreign-key messages must be those of a value of
topic `customers` in there. Topics are known by the ends of their names. Checked are foreign-key messages and subscription
stores, waiting stores and window stores of stream joins, suppress changelogs, the buffer of the join with grace, the versioned
store, and the partitions of windowed sinks. Exits 0 if all fits, 1 with a list of what does not, 2 if nothing was checked.
--self-test turns the records of DUMP into the layouts that Millrace had in November 2026 and wants each kind refused.
"""
import base64
import collections
import json
import struct
import sys

M64 = (1 << 64) - 1
BASE_WINDOW = 10_000  # size of the window behind `sup`


SINKS = {"out-win": 8, "out-slide": 8, "out-sup": 8, "out-final": 8, "out-sess": 16}  # bytes of the window in the key


class Wrong(Exception):
    pass


def need(condition, text):
    if not condition:
        raise Wrong(text)


# ---- hashes -------------------------------------------------------------------------------------------------------

def rotl(x, r):
    return ((x << r) | (x >> (64 - r))) & M64


def fmix(k):
    k ^= k >> 33
    k = k * 0xFF51AFD7ED558CCD & M64
    k ^= k >> 33
    k = k * 0xC4CEB9FE1A85EC53 & M64
    return k ^ (k >> 33)


def murmur3_128(data, seed=104729):
    """x64 variant, 128 bits, little-endian blocks; result as two big-endian 64-bit words, 16 bytes."""
    c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
    h1 = h2 = seed
    n = len(data) // 16
    for i in range(n):
        k1, k2 = struct.unpack_from("<QQ", data, i * 16)
        k1 = rotl(k1 * c1 & M64, 31) * c2 & M64
        h1 = (rotl(h1 ^ k1, 27) + h2) & M64
        h1 = (h1 * 5 + 0x52DCE729) & M64
        k2 = rotl(k2 * c2 & M64, 33) * c1 & M64
        h2 = (rotl(h2 ^ k2, 31) + h1) & M64
        h2 = (h2 * 5 + 0x38495AB5) & M64
    tail = data[n * 16:]
    if len(tail) > 8:
        k2 = int.from_bytes(tail[8:], "little")
        h2 ^= rotl(k2 * c2 & M64, 33) * c1 & M64
    if tail:
        k1 = int.from_bytes(tail[:8], "little")
        h1 ^= rotl(k1 * c1 & M64, 31) * c2 & M64
    h1 ^= len(data)
    h2 ^= len(data)
    h1 = (h1 + h2) & M64
    h2 = (h2 + h1) & M64
    h1, h2 = fmix(h1), fmix(h2)
    h1 = (h1 + h2) & M64
    h2 = (h2 + h1) & M64
    return struct.pack(">QQ", h1, h2)


def murmur2(data):
    m, n = 0x5BD1E995, len(data)
    h = (0x9747B28C ^ n) & 0xFFFFFFFF
    for i in range(n // 4):
        k = int.from_bytes(data[i * 4:i * 4 + 4], "little") * m & 0xFFFFFFFF
        k = (k ^ (k >> 24)) * m & 0xFFFFFFFF
        h = (h * m & 0xFFFFFFFF) ^ k
    rest = data[n // 4 * 4:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & 0xFFFFFFFF
    h = (h ^ (h >> 13)) * m & 0xFFFFFFFF
    return h ^ (h >> 15)


def partition_of(key, count):
    return (murmur2(key) & 0x7FFFFFFF) % count


# ---- reading ------------------------------------------------------------------------------------------------------

class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n, what):
        need(0 <= n <= len(self.data) - self.at, f"{what}: {n} bytes wanted at {self.at} of {len(self.data)}")
        self.at += n
        return self.data[self.at - n:self.at]

    def i8(self, what):
        return struct.unpack(">b", self.take(1, what))[0]

    def i32(self, what):
        return struct.unpack(">i", self.take(4, what))[0]

    def i64(self, what):
        return struct.unpack(">q", self.take(8, what))[0]

    def array(self, what):
        n = self.i32(what + " length")
        if n == -1:
            return None
        need(n >= 0, f"{what}: length {n}")
        return self.take(n, what)

    def end(self):
        need(self.at == len(self.data), f"{len(self.data) - self.at} bytes left over")


def utf8(data, what):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong(f"{what} is not UTF-8") from None


def read_context(r):
    ts, offset = r.i64("context time"), r.i64("context offset")
    topic = r.array("context topic")
    need(topic is not None, "context topic is null")
    topic = utf8(topic, "context topic")
    partition, count = r.i32("context partition"), r.i32("context header count")
    need(-1 <= count < 10_000, f"context header count {count}")
    headers = []
    for _ in range(max(count, 0)):
        k = r.array("header key")
        need(k is not None, "header key is null")
        headers.append((utf8(k, "header key"), r.array("header value")))
    return dict(timestamp=ts, offset=offset, topic=topic, partition=partition, headers=headers)


def read_buffer_value(data):
    """Value of a suppress changelog record (version 3) and of the buffer of a stream-table join with grace."""
    r = Reader(data)
    out = dict(context=read_context(r))
    out["prior"] = r.array("prior value")
    n = r.i32("old value length")
    if n == -2:
        out["old"] = out["prior"]
        out["old_is_prior"] = True
    elif n == -1:
        out["old"] = None
    else:
        need(n >= 0, f"old value length {n}")
        out["old"] = r.take(n, "old value")
        need(out["old"] != out["prior"], "old value equals prior value but is written out (-2 is due)")
    out["new"] = r.array("new value")
    out["time"] = r.i64("buffer time")
    r.end()
    return out


def read_subscription(data):
    r = Reader(data)
    first = r.i8("version") & 0xFF
    version, null_hash = first & 0x7F, bool(first & 0x80)
    need(version == 1, f"subscription version {version}, not 1")
    instruction = r.i8("instruction")
    need(0 <= instruction <= 3, f"instruction {instruction}")
    h = None if null_hash else r.take(16, "hash")
    key = r.take(len(data) - r.at - 4, "primary key")
    return dict(version=version, instruction=instruction, hash=h, key=key, partition=r.i32("primary partition"))


def read_response(data):
    r = Reader(data)
    first = r.i8("version") & 0xFF
    need(first & 0x7F == 0, f"response version {first & 0x7F}, not 0")
    h = None if first & 0x80 else r.take(16, "hash")
    rest = data[r.at:]
    return dict(hash=h, value=rest or None)


def read_waiting(key, value):
    r = Reader(key)
    out = dict(timestamp=r.i64("time"), side=r.i8("side"), key=key[9:], values=None)
    need(out["side"] in (0, 1), f"side {out['side']}")
    if value is not None:
        r = Reader(value)
        need(r.i8("list kind") == 1, "list kind is not 1 (entries with their lengths)")
        n = r.i32("number of values")
        need(n >= 1, f"{n} values")
        out["values"] = []
        for _ in range(n):
            item = r.array("value")
            need(item is not None and len(item) >= 1, "empty value")
            need(item[0] == out["side"], f"side byte {item[0]} of a value, {out['side']} in the key")
            out["values"].append(item[1:])
        r.end()
    return out


def read_metadata(text):
    try:
        data = base64.b64decode(text, validate=True)
    except Exception:
        raise Wrong("metadata is not base64") from None
    r = Reader(data)
    version = r.i8("version")
    need(version == 2, f"metadata version {version}, not 2")
    out = dict(time=r.i64("partition time"), map={})
    if r.at < len(data):
        n = r.i32("number of entries")
        need(n >= 1, "an empty map is left out, not written")
        for _ in range(n):
            name = r.array("name")
            need(name is not None, "name is null")
            out["map"][utf8(name, "name")] = r.i64("entry")
    r.end()
    return out


# ---- checks by topic ----------------------------------------------------------------------------------------------

class Checker:
    def __init__(self, suppress, partitions, hashes, rates):
        self.rates = rates
        self.suppressed, self.partitions, self.hashes = suppress, partitions, hashes
        self.counts, self.faults, self.seqs = collections.Counter(), collections.OrderedDict(), {}
        self.sent = collections.defaultdict(set)  # the hashes that went out with registrations, by join

    def note(self, record):
        """Before the checks: what responses have to refer to."""
        kind = self.kind(record["topic"])
        if kind in ("registration", "subscription") and record["value"] is not None:
            end = "-subscription-registration-topic" if kind == "registration" else "-subscription-store-changelog"
            try:
                self.sent[record["topic"][:-len(end)]].add(read_subscription(base64.b64decode(record["value"]))["hash"])
            except Wrong:
                pass  # told when it is checked itself

    def kind(self, topic):
        for end, kind in (("-subscription-registration-topic", "registration"), ("-subscription-response-topic", "response"),
                          ("-subscription-store-changelog", "subscription"), ("-shared-join-store-changelog", "waiting"),
                          ("-Buffer-changelog", "buffer"), ("-this-join-store-changelog", "join"),
                          ("-other-join-store-changelog", "join")):
            if topic.endswith(end):
                return kind
        if any(topic.endswith(f"-{s}-store-changelog") for s in self.suppressed):
            return "suppress"
        if topic.endswith("-rates-store-changelog"):
            return "versioned"
        return "sink" if topic in SINKS else None

    def check(self, record):
        kind = self.kind(record["topic"])
        if kind is None:
            return
        self.counts[kind] += 1
        key = None if record["key"] is None else base64.b64decode(record["key"])
        value = None if record["value"] is None else base64.b64decode(record["value"])
        headers = [(k, None if v is None else base64.b64decode(v)) for k, v in record.get("headers", [])]
        try:
            getattr(self, kind)(record, key, value, headers)
        except Wrong as fault:
            where = f"{record['topic']}-{record['partition']} offset {record.get('offset', '?')}"
            self.faults.setdefault(kind, []).append(f"{where}: {fault}")

    def check_hash(self, h):
        if h is not None and self.hashes:
            need(h in self.hashes, "hash is not that of any value of the left table (murmur3 128, seed 104729)")

    def registration(self, record, key, value, headers):
        need(value is not None, "registration without a value")
        s = read_subscription(value)
        self.check_hash(s["hash"])
        if key is None:
            need(s["instruction"] == 2, f"no foreign key, but instruction {s['instruction']}")
        else:
            need(record["partition"] == partition_of(key, self.partitions), "not in the partition of the foreign key")
        need(s["partition"] == partition_of(s["key"], self.partitions), "primary partition is not that of the primary key")
        if s["hash"] is None:
            # Of a deleted row; 0 as Kafka Streams does since 4.0, 1 before.
            need(s["instruction"] in (0, 1, 2), f"no hash, but instruction {s['instruction']}")

    def response(self, record, key, value, headers):
        need(value is not None and key is not None, "response without key or value")
        s = read_response(value)
        self.check_hash(s["hash"])
        need(record["partition"] == partition_of(key, self.partitions), "not in the primary partition")
        need(s["hash"] is not None or s["value"] is None, "a value without a hash")
        if s["hash"] is not None:
            name = record["topic"][:-len("-subscription-response-topic")]
            need(s["hash"] in self.sent[name], "hash is not that of any registration or subscription of this join")

    def subscription(self, record, key, value, headers):
        r = Reader(key or b"")
        foreign = r.array("foreign key")
        need(foreign is not None, "foreign key is null")
        need(record["partition"] == partition_of(foreign, self.partitions), "not in the partition of the foreign key")
        if value is not None:
            s = read_subscription(value)
            need(s["key"] == key[r.at:], "primary keys of key and value differ")
            need(s["instruction"] in (2, 3), f"a stored row with instruction {s['instruction']}")
            need(s["hash"] is not None or s["instruction"] == 2, "a stored row without a hash")
            self.check_hash(s["hash"])

    def waiting(self, record, key, value, headers):
        need(key is not None and len(key) > 9, "key too short")
        w = read_waiting(key, value)
        need(0 <= w["timestamp"] < 1 << 45, f"time {w['timestamp']} in the key")
        need(record["partition"] == partition_of(w["key"], self.partitions), "not in the partition of its key")

    def suppress(self, record, key, value, headers):
        version = [v for k, v in headers if k == "v"]
        if value is None:
            need(not version, "a deletion with header v")
            return
        need(version == [b"\x03"], f"header v is {version}, not one byte 3")
        b = read_buffer_value(value)
        need(b["context"]["partition"] == record["partition"], "context names another partition")
        need(b["new"] is not None or b["old"] is not None or b["prior"] is not None, "nothing in it")
        for name in ("prior", "old", "new"):
            need(b[name] is None or len(b[name]) == 8, f"{name} value has {len(b[name] or b'')} bytes, a long has 8")
        if record["topic"].endswith("-sup-store-changelog"):
            start = struct.unpack(">q", key[-8:])[0]
            need(b["time"] == start + BASE_WINDOW, f"buffer time {b['time']} is not the window's end {start + BASE_WINDOW}")
        need(0 <= b["context"]["timestamp"] < 1 << 45 and 0 <= b["time"] < 1 << 45, "times are not plausible")

    def buffer(self, record, key, value, headers):
        need(not headers, "headers on a join buffer's record")
        r = Reader(key or b"")
        need(r.i8("prefix") == 0, "first byte of the key is not 0 (order by time)")
        ts = r.i64("time")
        need(0 <= ts < 1 << 45, f"time {ts} in the key")
        name = r.take(len(key) - 13, "key")
        number = r.i32("number")
        need(number >= 0, f"number {number}")
        need(record["partition"] == partition_of(name, self.partitions), "not in the partition of its key")
        if value is not None:
            b = read_buffer_value(value)
            need(b["context"]["timestamp"] == ts, "times of key and context differ")
            need(b["prior"] is None and b["old"] is None and b["new"] is not None, "only the new value is set in this buffer")
            need(b["time"] == 0, f"buffer time {b['time']}, 0 is due in this buffer")

    def join(self, record, key, value, headers):
        need(key is not None and len(key) >= 12, "key too short")
        ts, number = struct.unpack(">qi", key[-12:])
        need(record["partition"] == partition_of(key[:-12], self.partitions), "not in the partition of its key")
        if "timestamp" in record and value is not None:
            need(record["timestamp"] == ts, "times of key and record differ")
        need(number >= 0, f"number {number}")
        if value is None:  # the JVM writes none, but they do no harm
            return
        place = (record["topic"], record["partition"], key)
        need(place not in self.seqs, "the same key twice")
        self.seqs[place] = True


    def versioned(self, record, key, value, headers):
        need(record["partition"] == partition_of(key, self.partitions), "not in the partition of its key")
        if self.rates:
            need((key, value) in self.rates, "not a key and value of topic rates (both are to be plain)")

    def sink(self, record, key, value, headers):
        base = key[:-SINKS[record["topic"]]]
        need(record["partition"] == partition_of(base, self.partitions), "not in the partition of the key without its window")


def check_offsets(path):
    faults, maps = [], 0
    rows = json.load(open(path))
    for row in rows:
        where = f"{row['topic']}-{row['partition']}"
        try:
            maps += bool(read_metadata(base64.b64decode(row["metadata"]).decode())["map"])
        except Wrong as fault:
            faults.append(f"{where}: {fault}")
    return len(rows), maps, faults


# ---- the layouts of November 2026, for the self-test --------------------------------------------------------------

def old_subscriber(h, partition):
    return struct.pack(">iB", partition, h is not None) + (h or b"")


def old_layout(kind, record):
    """The same record as Millrace wrote it in November 2026."""
    b64 = lambda x: None if x is None else base64.b64encode(x).decode()
    out, value = dict(record), record["value"] and base64.b64decode(record["value"])
    key = record["key"] and base64.b64decode(record["key"])
    if kind == "registration":
        s = read_subscription(value)
        out["value"] = b64(bytes([0, s["instruction"]]) + old_subscriber(s["hash"], s["partition"]) + s["key"])
    elif kind == "response":
        s = read_response(value)
        out["value"] = b64(b"\0" + old_subscriber(s["hash"], record["partition"])
                           + (b"\0" if s["value"] is None else b"\1" + s["value"]))
    elif kind == "subscription" and value is not None:
        s = read_subscription(value)
        out["value"] = b64(old_subscriber(s["hash"], s["partition"]))
    elif kind == "waiting" and value is not None:
        out["value"] = b64(b"".join(struct.pack(">i", len(v)) + v for v in read_waiting(key, value)["values"]))
    elif kind == "suppress" and value is not None:
        b = read_buffer_value(value)
        head = struct.pack(">qi", b["time"], len(b["context"]["headers"]))
        for k, v in b["context"]["headers"]:
            head += struct.pack(">i", len(k)) + k.encode() + (struct.pack(">i", -1) if v is None else struct.pack(">i", len(v)) + v)
        prior = b"\0" if b["prior"] is None else b"\1" + struct.pack(">i", len(b["prior"])) + b["prior"]
        if b["new"] is not None and b["old"] is not None:
            change = bytes([len(b["new"]) * 2]) + b["new"] + b["old"] + b"\2"
        elif b["new"] is not None:
            change = b["new"] + b"\1"
        else:
            change = (b["old"] or b"") + b"\0"
        out["headers"], out["value"] = [], b64(head + prior + change)
    elif kind == "buffer" and key is not None:
        out["key"] = b64(key[1:9] + key[-4:] + key[9:-4])
    elif kind == "versioned":
        out["key"] = b64(key + struct.pack(">q", record.get("timestamp", 1)))
        out["value"] = b64(b"\0" if value is None else b"\1" + value)
    elif kind == "sink" and partition_of(key, 3) != record["partition"]:
        out["partition"] = partition_of(key, 3)
    else:
        return None
    return out


def self_test(records, make):
    failed = 0
    for kind in ("registration", "response", "subscription", "waiting", "suppress", "buffer", "versioned", "sink"):
        checker, n = make(), 0
        for record in records:
            checker.note(record)
        for record in records:
            if checker.kind(record["topic"]) == kind:
                old = old_layout(kind, record)
                if old is not None:
                    n += 1
                    checker.check(old)
        refused = len(checker.faults.get(kind, []))
        print(f"{kind}: {refused} of {n} old records refused")
        failed += n == 0 or refused < n
    try:
        read_metadata(base64.b64encode(b"\1" + struct.pack(">q", 1) + b"\0").decode())
        failed += 1
        print("metadata version 1: accepted")
    except Wrong as fault:
        print(f"metadata of old layout: refused ({fault})")
    return failed


def main(args):
    options = {"--offsets": [], "--input": [], "--suppress": [], "--partitions": [], "--show": []}
    plain, test = [], False
    while args:
        a = args.pop(0)
        if a in ("-h", "--help"):
            print(__doc__)
            return 0
        if a == "--self-test":
            test = True
        elif a in options and args:
            options[a].append(args.pop(0))
        elif a.startswith("--") or plain:
            print(__doc__, file=sys.stderr)
            return 2
        else:
            plain.append(a)
    if not plain:
        print(__doc__, file=sys.stderr)
        return 2
    dump = plain[0]
    hashes, rates = set(), set()
    for path in options["--input"]:
        for line in open(path, encoding="utf-8"):
            r = json.loads(line)
            if r["topic"] == "customers" and r["value"] is not None:
                hashes.add(murmur3_128(r["value"].encode()))
            if r["topic"] == "rates":
                rates.add((r["key"].encode(), None if r["value"] is None else r["value"].encode()))
    suppress = (options["--suppress"] or ["sup,lim"])[0].split(",")
    partitions, show = int((options["--partitions"] or ["3"])[0]), int((options["--show"] or ["3"])[0])
    make = lambda: Checker(suppress, partitions, hashes, rates)
    records = [json.loads(line) for line in open(dump, encoding="utf-8") if line.strip()]
    if test:
        return 1 if self_test(records, make) else 0
    checker, bad = make(), 0
    for record in records:
        checker.note(record)
    for record in records:
        checker.check(record)
    for kind, n in sorted(checker.counts.items()):
        faults = checker.faults.get(kind, [])
        bad += len(faults)
        print(f"{kind}: {n} records, {len(faults)} do not fit")
        for text in faults[:show]:
            print("   " + text)
    offsets = options["--offsets"]
    for path in offsets:
        n, maps, faults = check_offsets(path)
        bad += len(faults)
        print(f"offsets: {n} rows, {maps} with a map, {len(faults)} do not fit")
        for text in faults[:show]:
            print("   " + text)
    if not checker.counts and not offsets:
        print("nothing to check in " + dump, file=sys.stderr)
        return 2
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
