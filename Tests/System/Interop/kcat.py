"""Our broker under Debian's kcat, which is built on an old librdkafka.

usage: kcat.py BIN_DIR
"""

import json
import subprocess
import sys

from support import Broker, check, compare, finish, sent_records

COUNT = 100_000


def kcat(address, *arguments, input=None):
    return subprocess.run(["kcat", "-b", address, *arguments], input=input, capture_output=True, timeout=120)


def main():
    print(subprocess.run(["kcat", "-V"], capture_output=True).stdout.decode().splitlines()[-1])
    with Broker(sys.argv[1], "-o", "num.partitions=3", "-o", "group.initial.rebalance.delay.ms=0") as broker:

        def ours(command, *arguments, input=None):
            return subprocess.run(
                [sys.argv[1] + "/broker", command, *arguments, "--broker", broker.address], input=input, capture_output=True, timeout=120)

        lines = b"".join(key + b"\t" + value + b"\n" for key, value in sent_records(COUNT, "r"))
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            topic = f"kcat-{codec}"
            sent = kcat(broker.address, "-P", "-t", topic, "-K", "\t", "-z", codec, input=lines)
            check(f"kcat, {codec}: sends", sent.returncode == 0, sent.stderr.decode())
            read = kcat(broker.address, "-C", "-t", topic, "-e", "-q", "-o", "beginning", "-f", "%p\t%o\t%k\t%s\n")
            check(f"kcat, {codec}: reads", read.returncode == 0, read.stderr.decode()[-500:])
            rows = [line.split(b"\t") for line in read.stdout.splitlines()]
            compare(f"kcat, {codec}", [(int(p), int(o), key, value) for p, o, key, value in rows], COUNT)
        listed = kcat(broker.address, "-L", "-J")
        topics = {topic["topic"]: len(topic["partitions"]) for topic in json.loads(listed.stdout)["topics"]}
        check("kcat lists the topics it made", topics.get("kcat-zstd") == 3, topics)
        grouped = kcat(broker.address, "-G", "group", "kcat-none", "-e", "-q", "-X", "auto.offset.reset=earliest")
        check("kcat reads in a group", len(grouped.stdout.splitlines()) == COUNT, len(grouped.stdout.splitlines()), grouped.stderr[-500:])
        headed = kcat(broker.address, "-P", "-t", "kcat-head", "-H", "a=1", "-H", "b=2", input=b"x\n")
        read = kcat(broker.address, "-C", "-t", "kcat-head", "-e", "-q", "-f", "%h %s\n")
        check("kcat's headers come back", headed.returncode == 0 and read.stdout.strip() == b"a=1,b=2 x", read.stdout)
        printed = ours("consume", "--topic", "kcat-head", "--from-beginning", "--exit-at-end", "--header", "b=2", "--json")
        check("and are what we print", json.loads(printed.stdout)["headers"] == [["a", "1"], ["b", "2"]], printed.stdout, printed.stderr)
        sent = ours("produce", "--topic", "kcat-head", "--key-separator", "=", "--null-marker", "NULL", "--header", "h=v", "--timestamp",
            "2023-11-14T22:13:20Z", "--partition", "2", "--compression", "gzip", input=b"k=NULL\n")
        read = kcat(broker.address, "-C", "-t", "kcat-head", "-p", "2", "-o", "-1", "-c", "1", "-e", "-q", "-J")
        record = json.loads(read.stdout or b"{}")
        check("kcat reads header, time and null of ours", (record.get("headers"), record.get("ts"), record.get("key"), record.get("payload"))
            == (["h", "v"], 1700000000000, "k", None), record, sent.stderr)
        read = kcat(broker.address, "-Q", "-t", "kcat-none:0:1")
        check("kcat asks for an offset by time", read.returncode == 0 and b"offset 0" in read.stdout, read.stdout, read.stderr)
        run_keys = b"".join(b"key-%d\tx\n" % number for number in range(300))
        kcat(broker.address, "-P", "-t", "kcat-murmur", "-K", "\t", "-X", "topic.partitioner=murmur2_random", input=run_keys)
        sent = ours("produce", "--topic", "kcat-murmur", "--key-separator", "\\t", input=run_keys)
        read = kcat(broker.address, "-C", "-t", "kcat-murmur", "-e", "-q", "-f", "%p %k\n")
        places = {tuple(line.split()) for line in read.stdout.splitlines()}
        check("told to, kcat chooses partitions as we do", sent.returncode == 0 and len(places) == 300, len(places), sent.stderr)
        check("the broker ends cleanly", broker.stop() == 0, broker.messages()[-2000:])
    finish()


if __name__ == "__main__":
    main()
