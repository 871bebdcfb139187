#!/usr/bin/env python3
"""Makes the files of Fixtures from a recording as JSON lines (topics, configs, offsets, inputs, expected outputs).

  compact.py RECORDING FIXTURES

README.md beside this script tells the form.
"""
import base64
import collections
import json
import os
import sys

BASE = 1795780800000  # event time 0 of the recording


def field(data):
    """Bytes as a field: ~ for null, text where it is plain, else base64 behind an =."""
    if data is None:
        return "~"
    plain = all(33 <= byte < 127 for byte in data) and data[:1] not in (b"=", b"~")
    return data.decode() if plain else "=" + base64.b64encode(data).decode()


def unpacked(text):
    return None if text is None else base64.b64decode(text)


def headers(pairs, decode):
    return ["%s:%s" % (name, field(decode(value))) for name, value in pairs]


def text(value):
    return None if value is None else value.encode()


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def main(source, target):
    def write(name, rows):
        with open(os.path.join(target, name), "w", encoding="utf-8") as file:
            file.writelines("\t".join(str(part) for part in row) + "\n" for row in rows)

    for half in ("first-half", "second-half"):
        write(half + ".tsv", [
            [r["topic"], r["partition"], r["timestamp"] - BASE, field(text(r["key"])), field(text(r["value"]))]
            + headers(r["headers"], text) for r in lines(os.path.join(source, half + ".jsonl"))])

    configs = json.load(open(os.path.join(source, "topics-config.json")))
    records = collections.defaultdict(list)
    for r in lines(os.path.join(source, "topics.jsonl")):
        records[r["topic"], r["partition"]].append(r)
    rows = []
    for topic in sorted(configs):
        if topic.startswith("out-") or "end_offsets" not in configs[topic]:
            continue  # inputs are above, outputs below
        settings = ["%s=%s" % pair for pair in sorted(configs[topic]["configs"].items())]
        rows.append(["#", topic] + settings)
        for partition, end in enumerate(configs[topic]["end_offsets"]):
            rows.append(["@", partition, end])
            offset = 0
            for r in records[topic, partition]:
                rows.append([r["offset"] - offset, r["timestamp"] - BASE, field(unpacked(r["key"])), field(unpacked(r["value"]))]
                            + headers(r["headers"], unpacked))
                offset = r["offset"] + 1
    write("topics.tsv", rows)

    write("offsets.tsv", [
        [r["topic"], r["partition"], r["offset"], base64.b64decode(r["metadata"]).decode()]
        for r in json.load(open(os.path.join(source, "offsets.json")))])

    rows, last = [], None
    for r in lines(os.path.join(source, "expected.jsonl")):
        place = (r["topic"], r["kind"], r["partition"])
        if place != last:
            rows.append(["#", *place])
            last = place
        if r.get("jvm_only"):
            continue  # what the JVM sent too early
        mark = "before" if r.get("after_cut") is False else "after"
        rows.append([mark, r["timestamp"] - BASE, field(unpacked(r["key"])), field(unpacked(r["value"]))]
                    + headers(r["headers"], unpacked))
    write("expected.tsv", rows)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
