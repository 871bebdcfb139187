"""Runs the built programs as users do: results, messages, exit codes, signals, and what happens to bad input.

usage: command_line.py BIN_DIR
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.argv[1])
passed = failed = 0


def run(program, *arguments, input=None, timeout=120):
    return subprocess.run(
        [str(BIN / program), *map(str, arguments)], input=input, capture_output=True, timeout=timeout)


def check(what, ok, *details):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(f"{'ok  ' if ok else 'FAIL'} {what}")
    if not ok:
        for detail in details:
            print("     ", detail)


def says(what, result, code, *texts):
    """Checks exit code and that the messages contain each text."""
    message = result.stderr.decode(errors="replace")
    ok = result.returncode == code and all(text in message for text in texts)
    check(what, ok, f"exit {result.returncode}, expected {code}", message.strip())


def consume(broker, topic, *more):
    result = run("broker", "consume", "--topic", topic, "--from-beginning", "--exit-at-end", "--json", "--broker", broker, *more)
    return [json.loads(line) for line in result.stdout.splitlines()]


def wait_until(condition, seconds=60):
    """Waits for a condition; for what other processes do there is nothing to be woken by."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def usage(broker):
    for program in ("broker", "processor", "benchmarks", "conformance", "clickstream-demo", "word-count"):
        result = run(program, "--help")
        check(f"{program} --help explains itself", result.returncode == 0 and b"sage" in result.stdout, result)
        check(f"{program} --version says it", run(program, "--version").stdout.startswith(program.encode() + b" "))
    settings = run("broker", "serve", "--help-settings").stdout
    check("all settings of a broker are explained", b"\nnum.partitions=1\n    The " in settings, settings[:300])
    says("an unknown flag is named", run("broker", "topics", "list", "--brokr", broker), 64, "--brokr", "--broker")
    says("an unknown command is named", run("broker", "topcs"), 64, "topcs", "topics")
    says("a missing --broker is named", run("broker", "topics", "list"), 64, "--broker")
    says("a topology that is not there is named", run("processor", "run", "word-cont", "--broker", broker), 64, "word-count")
    says(
        "a setting that is not there is named",
        run("processor", "run", "clickstream", "--broker", broker, "--set", "grance=1h"), 64, "grace")
    says(
        "a setting that makes no sense is refused",
        run("processor", "run", "clickstream", "--broker", broker, "--set", "grace=soon"), 64, "grace", "soon")
    listed = run("processor", "list").stdout.decode()
    check("processor list knows the topologies", "word-count" in listed and "clickstream" in listed, listed)
    text = run("processor", "describe", "word-count").stdout.decode()
    check("processor describe prints the text form", text.startswith("Topologies:\n   Sub-topology: 0"), text)
    for form, mark in (("mermaid", "graph"), ("dot", "digraph")):
        drawn = run("processor", "describe", "clickstream", "--format", form).stdout.decode()
        check(f"processor describe draws {form}", mark in drawn, drawn[:200])


def data_directories(root):
    blocked = root / "file"
    blocked.write_text("")
    says("a data directory that is a file is refused", run("broker", "topics", "list", "--broker", f"embedded:{blocked}"), 1, str(blocked))
    says("a data directory that cannot be made is refused", run("broker", "topics", "list", "--broker", "embedded:/proc/none"), 1, "/proc/none")
    broker = f"embedded:{root / 'locked'}"
    run("broker", "topics", "create", "lines", "--broker", broker)
    holder = subprocess.Popen(
        [BIN / "processor", "run", "word-count", "--broker", broker], stderr=subprocess.PIPE, bufsize=0)
    try:
        # Its first words come when it holds the directory.
        os.read(holder.stderr.fileno(), 1)
        says("a data directory in use is refused", run("broker", "topics", "list", "--broker", broker), 1, "locked")
        holder.send_signal(signal.SIGTERM)
        check("SIGTERM ends the processor with exit code 0", holder.wait(30) == 0, holder.returncode)
    finally:
        holder.kill()
    check("the directory is free again", run("broker", "topics", "list", "--broker", broker).returncode == 0)
    mode = (root / "locked").stat().st_mode & 0o777
    check("the data directory is private", mode == 0o700, oct(mode))


def topics(root):
    broker = f"embedded:{root / 'topics'}"
    for command in (["topics", "list"], ["groups", "list"], ["users", "list"], ["consume", "--topic", "t"], ["produce", "--topic", "t"]):
        says(f"broker {' '.join(command[:2])} does not make a data directory", run("broker", *command, "--broker", broker), 1, str(root / "topics"))
    check("there is none", not (root / "topics").exists())
    says("topics are created", run("broker", "topics", "create", "a", "b", "--partitions", "3", "--broker", broker), 0, "created a with 3 partitions", "created b")
    says(
        "topics that exist are told with their partitions",
        run("broker", "topics", "create", "a", "c", "--partitions", "4", "--if-missing", "--broker", broker), 0,
        "a exists with 3 partitions, not 4", "created c with 4 partitions")
    says(
        "one wrong name of several does not hide what was done",
        run("broker", "topics", "create", "d", "a/b", "e", "--broker", broker), 1, "created d", "created e", "a/b")
    says("nor in deletions", run("broker", "topics", "delete", "d", "none", "e", "--broker", broker), 1, "deleted d", "deleted e", "none")
    listed = run("broker", "topics", "list", "--broker", broker).stdout.split()
    check("the list is right", listed == [b"a", b"b", b"c"], listed)
    says("usage errors name the command", run("broker", "topics", "create", "--broker", broker), 64, "broker topics create: TOPIC is missing")
    text = run("broker", "topics", "create", "--help").stdout.decode()
    check("--config means one thing in a help", text.count("--config ") == 1 and "--topic-config KEY=VALUE" in text, text)
    run("broker", "topics", "create", "f", "--topic-config", "cleanup.policy=compact", "--broker", broker)
    described = run("broker", "topics", "describe", "f", "--broker", broker)
    check("configs are set", b"cleanup.policy=compact" in described.stdout, described)
    says(
        "a foreign address is told as such",
        run("broker", "serve", "--data", root / "served", "--listen", "203.0.113.1:9092"), 1,
        "Cannot assign requested address", " ERROR broker serve: ")
    says("produce counts what was acknowledged", run("broker", "produce", "--topic", "a", "--broker", broker, input=b"1\n2\n"), 0, "sent 2 records")
    run("broker", "topics", "create", "small", "--topic-config", "max.message.bytes=500", "--broker", broker)
    says("and tells what was not", run("broker", "produce", "--topic", "small", "--broker", broker, input=b"x" * 600 + b"\n"), 1, "sent 0 of 1 records")


def sample_log(root):
    log = root / "access.log"
    says("a sample log is written", run("clickstream-demo", "--write-log", log, "--lines", "5000"), 0, "5,000 lines")
    lines = log.read_bytes().splitlines()
    check("with its lines", len(lines) == 5000 and lines[0].count(b"[") == 1, lines[:1])
    says("and no file is overwritten", run("clickstream-demo", "--write-log", log), 1, "File exists")
    broker = f"embedded:{root / 'sample'}"
    run("broker", "topics", "create", "access-log", "--partitions", "4", "--broker", broker)
    run("broker", "produce", "--topic", "access-log", "--file", log, "--broker", broker)
    result = run("processor", "run", "clickstream", "--broker", broker, "--set", "grace=7d", "--exit-when-idle")
    check("the README's job runs on it", result.returncode == 0, result.stderr)
    views = consume(broker, "page-views", "--key-format", "windowed:string:60000", "--value-format", "int64")
    check("and counts", len(views) > 1000, len(views))


def word_count(broker):
    run("broker", "topics", "create", "lines", "--partitions", "3", "--broker", broker)
    sent = run("broker", "produce", "--topic", "lines", "--broker", broker, input=b"To be, or not to be\nto see\n\nbe\n")
    check("broker produce sends a record a line", sent.returncode == 0, sent)
    result = run("processor", "run", "word-count", "--broker", broker, "--exit-when-idle", "--partitions", "2")
    check("processor run ends when idle", result.returncode == 0, result.stderr)
    check("it says what it makes topics with", b"created word-counts with retention.ms=-1\n" in result.stderr, result.stderr)
    counts = {r["key"]: r["value"] for r in consume(broker, "word-counts", "--value-format", "int64")}
    check("word counts are right", counts == {"to": 3, "be": 3, "or": 1, "not": 1, "see": 1}, counts)
    described = run("broker", "groups", "describe", "word-count", "--broker", broker)
    check("the group's lag is shown", described.returncode == 0 and b"lines" in described.stdout, described)
    again = run("processor", "run", "word-count", "--broker", broker, "--exit-when-idle")
    check("a second run has nothing to do", again.returncode == 0 and b"processed 0 records" in again.stderr, again.stderr)
    run("broker", "produce", "--topic", "lines", "--broker", broker, input=b"see again\n")
    run("processor", "run", "word-count", "--broker", broker, "--exit-when-idle")
    counts = {r["key"]: r["value"] for r in consume(broker, "word-counts", "--value-format", "int64")}
    check("counts go on from the restored store", counts.get("see") == 2 and counts.get("again") == 1, counts)
    says(
        "bytes that do not fit the format are an error",
        run("broker", "consume", "--topic", "lines", "--from-beginning", "--exit-at-end", "--json", "--value-format", "int64", "--broker", broker),
        1, "lines", "offset")


def bad_input(broker):
    says(
        "missing topics are named when they may not be created",
        run("processor", "run", "clickstream", "--broker", broker, "--no-create-topics", "--exit-when-idle"), 1, "access-log")
    says("consuming an unknown topic is an error", run("broker", "consume", "--topic", "nope", "--exit-at-end", "--broker", broker), 1, "nope")
    lines = (
        b'h1 - - [09/Jul/1995:00:00:00 -0400] "GET /a HTTP/1.0" 200 5\n'
        b"what is this\n\n"
        b'h1 - - [09/Jul/1995:00:00:30 -0400] "GET /a" 304 -\r\n'
        b"\xff\xfe\x00 broken\n"
        b'h2 - - [31/Feb/1995:00:00:00 -0400] "GET /b HTTP/1.0" 200 5\n')
    run("broker", "topics", "create", "access-log", "--broker", broker)
    sent = run("broker", "produce", "--topic", "access-log", "--broker", broker, input=lines)
    check("raw bytes can be sent", sent.returncode == 0, sent.stderr)
    result = run("processor", "run", "clickstream", "--broker", broker, "--exit-when-idle")
    check("malformed lines do not stop the job", result.returncode == 0, result.stderr)
    check("malformed lines are counted", b"3 to access-log-malformed" in result.stderr, result.stderr)
    views = consume(broker, "page-views", "--key-format", "windowed:string:60000", "--value-format", "int64")
    expected = {"key": "/a", "windowStart": 805262400000, "windowEnd": 805262460000}
    check("the good lines count", views and views[-1]["key"] == expected and views[-1]["value"] == 2, views)
    malformed = consume(broker, "access-log-malformed", "--key-format", "base64", "--value-format", "base64")
    check(
        "malformed lines are kept with the reason",
        len(malformed) == 3 and all(r["headers"][0][0] == "error" for r in malformed), malformed)


def listed(*arguments):
    """What a command with --json lists."""
    result = run(*arguments, "--json")
    return [json.loads(line) for line in result.stdout.splitlines()]


def administration(broker):
    """Topics, groups, configs, transactions and rules are looked at and changed; what destroys asks for --execute."""
    where = ("--broker", broker)
    says("partitions are added", run("broker", "topics", "add-partitions", "lines", "--partitions", "5", *where), 0, "lines has 5 partitions")
    says("configs are changed", run("broker", "topics", "alter", "lines", "--set", "retention.ms=-1", "--set", "segment.ms=60000", *where), 0)
    says("and put back", run("broker", "configs", "alter", "--topic", "lines", "--unset", "segment.ms", *where), 0, "changed lines")
    configs = listed("broker", "configs", "describe", "--topic", "lines", *where)
    check("as is shown", [(row["name"], row["value"]) for row in configs] == [("retention.ms", "-1")], configs)
    check("a broker's settings are shown", any(row["name"] == "num.partitions" for row in listed("broker", "configs", "describe", "--broker-id", "1", "--all", *where)))
    says("a change of nothing is refused", run("broker", "configs", "alter", "--topic", "lines", *where), 64, "--set")
    cluster = listed("broker", "cluster", "describe", *where)
    check("the cluster is shown", len(cluster) == 1 and cluster[0]["controller"], cluster)
    rows = [row for row in listed("broker", "groups", "describe", "word-count", *where) if row["topic"] == "lines"]
    check("a group's lag is listed", rows and all(row["lag"] == 0 and row["member"] is None for row in rows), rows)
    moved = run("broker", "groups", "reset-offsets", "word-count", "--topic", "lines", "--to-earliest", *where)
    check("offsets move only when told to", moved.returncode == 0 and b"--execute" in moved.stderr, moved.stderr)
    check("as they stand", listed("broker", "groups", "describe", "word-count", *where) and rows == [
        row for row in listed("broker", "groups", "describe", "word-count", *where) if row["topic"] == "lines"])
    for option, lag in (("--shift-by=-1", 1), ("--to-earliest", None), ("--to-latest", 0), ("--by-duration=1h", None), ("--to-datetime=2100-01-01", 0)):
        run("broker", "groups", "reset-offsets", "word-count", "--topic", "lines:0", option, "--execute", *where)
        row = next(row for row in listed("broker", "groups", "describe", "word-count", *where) if (row["topic"], row["partition"]) == ("lines", 0))
        check(f"offsets are reset with {option}", row["lag"] == (row["end"] if lag is None else min(lag, row["end"])), row)
    exported = run("broker", "groups", "reset-offsets", "word-count", "--topic", "lines", "--to-earliest", "--export", *where).stdout
    again = run("broker", "groups", "reset-offsets", "word-count", "--from-file", "-", "--export", *where, input=exported)
    check("what is exported can be read", exported.count(b"\n") == 5 and again.stdout == exported, again)
    says("a topic that is not there is named", run("broker", "groups", "reset-offsets", "word-count", "--topic", "nope", "--to-latest", *where), 1, "nope")
    says("one target is enough", run("broker", "groups", "reset-offsets", "word-count", "--to-latest", "--to-earliest", *where), 64, "--to-latest")
    deleted = run("broker", "topics", "delete-records", "lines:0", "--all", *where)
    check("records are deleted only when told to", deleted.returncode == 0 and b"--execute" in deleted.stderr, deleted.stderr)
    run("broker", "topics", "delete-records", "lines:0", "--all", "--execute", *where)
    first = listed("broker", "topics", "describe", "lines", *where)[0]
    check("and then are", first["records"] == 0 and first["start"] == first["end"], first)
    transactions = listed("broker", "transactions", "list", *where)
    check("transactional ids are listed", any(row["transactionalId"].startswith("word-count") for row in transactions), transactions)
    name = transactions[0]["transactionalId"]
    check("and described", listed("broker", "transactions", "describe", name, *where)[0]["producerId"] == transactions[0]["producerId"])
    says("a producer is shut out only when told to", run("broker", "transactions", "abort", name, *where), 0, "--execute")
    says("and then is", run("broker", "transactions", "abort", name, "--execute", *where), 0, f"aborted {name}")
    check("no transaction hangs", listed("broker", "transactions", "hanging", "--older-than", "0s", *where) == [])
    says("a hanging transaction is named by its place", run("broker", "transactions", "abort", *where), 64, "--start-offset")
    says("which must be one partition", run("broker", "transactions", "abort", "--topic", "lines", "--start-offset", "0", *where), 64, "T:0")
    says("in which one is open", run("broker", "transactions", "abort", "--topic", "lines:0", "--start-offset", "0", "--execute", *where), 1, "none is open")
    says("an unknown transactional id is an error", run("broker", "transactions", "describe", "nope", *where), 1, "nope")
    says("rules are added", run("broker", "acls", "add", "--allow", "alice", "--topic", "lines", "--operation", "read", *where), 0, "added 1 rule")
    says("rules that make no sense are refused", run("broker", "acls", "add", "--allow", "alice", "--group", "g", "--operation", "write", *where), 64, "WRITE", "GROUP")
    rules = listed("broker", "acls", "list", *where)
    check("and listed", [(rule["principal"], rule["operation"]) for rule in rules] == [("User:alice", "READ")], rules)
    run("broker", "acls", "remove", "--all", "--execute", *where)
    check("and removed", not listed("broker", "acls", "list", *where))
    says("a group's offsets are deleted", run("broker", "groups", "delete-offsets", "word-count", "--topic", "lines:0", "--execute", *where), 0)
    says("a group is deleted only when told to", run("broker", "groups", "delete", "word-count", *where), 0, "--execute")
    says("and then is", run("broker", "groups", "delete", "word-count", "--execute", *where), 0, "deleted word-count")
    says("a group that is gone is named", run("broker", "groups", "delete", "word-count", "--execute", *where), 1, "word-count")


def records(root):
    """Records are sent and printed with all their parts, and looked at in the files."""
    broker = f"embedded:{root / 'records'}"
    where = ("--broker", broker)
    run("broker", "topics", "create", "r", "r2", "--partitions", "2", *where)
    lines = (
        b'{"key":"k1","value":"v1","headers":[["h","x"],["n",null]],"timestamp":1700000000000,"partition":1}\n'
        b'{"key":"k2","value":null,"partition":1}\n{"value":"v3","partition":0}\n')
    says("records are sent as JSON", run("broker", "produce", "--topic", "r", "--json", *where, input=lines), 0, "sent 3 records")
    printed = run("broker", "consume", "--topic", "r", "--from-beginning", "--exit-at-end", "--json", *where).stdout
    first = next(json.loads(line) for line in printed.splitlines() if b"k1" in line)
    check("with headers, time and partition", (first["headers"], first["timestamp"], first["partition"]) == ([["h", "x"], ["n", None]], 1700000000000, 1), first)
    again = run("broker", "produce", "--topic", "r2", "--json", *where, input=printed)
    strip = lambda text: sorted((line["partition"], line["offset"], line["key"], line["value"], line["timestamp"]) for line in map(json.loads, text.splitlines()))
    back = run("broker", "consume", "--topic", "r2", "--from-beginning", "--exit-at-end", "--json", *where).stdout
    check("what is printed can be sent", again.returncode == 0 and strip(back) == strip(printed), back)
    sent = run("broker", "produce", "--topic", "r", "--key-separator", "=", "--value-format", "int64", "--null-marker", "NULL", "--header", "src=test",
        "--timestamp", "2023-11-14T22:13:20Z", "--partition", "0", "--compression", "gzip", *where, input=b"a=1\nb=NULL\nc=300\n")
    check("or given one by one", sent.returncode == 0, sent.stderr)
    tail = consume_from(broker, "--topic", "r", "--partition", "0", "--tail", "3", "--value-format", "int64")
    check("formats, null, time and headers hold", [(r["key"], r["value"], r["timestamp"], r["headers"]) for r in tail]
        == [(key, value, 1700000000000, [["src", "test"]]) for key, value in (("a", 1), ("b", None), ("c", 300))], tail)
    says("a line that is no record is named", run("broker", "produce", "--topic", "r", "--value-format", "int64", *where, input=b"1\nx\n"), 1, "line 2", "int64")
    says("so is a partition that is not there", run("broker", "produce", "--topic", "r", "--partition", "9", *where, input=b"1\n"), 1, "partition 9")
    values = lambda *more: [(r["topic"], r["key"]) for r in consume_from(broker, "--value-format", "base64", *more)]
    check("records are chosen by offset", values("--topic", "r", "--partition", "1", "--offset", "1") == [("r", "k2")])
    check("by time", values("--topic", "r", "--partition", "1", "--from-datetime", "2024-01-01") == [("r", "k2")])
    check("by pattern of the topic and by key", sorted(values("--topic-pattern", "r\\d?", "--key-matches", "^k1$", "--from-beginning")) == [("r", "k1"), ("r2", "k1")])
    check("by header", values("--topic", "r", "--header", "src=test", "--key-matches", "b", "--from-beginning") == [("r", "b")])
    check("by value", values("--topic", "r", "--value-matches", "^djE=$", "--from-beginning") == [("r", "k1")])
    text = run("broker", "consume", "--topic", "r", "--partition", "1", "--from-beginning", "--max", "1", "--print-key", "--print-headers",
        "--print-timestamp", "--print-offset", "--print-partition", *where).stdout
    check("lines look like those of Kafka's console consumer", text == b"CreateTime:1700000000000\tPartition:1\tOffset:0\th:x,n:null\tk1\tv1\n", text)
    says("starts that contradict each other are refused", run("broker", "consume", "--topic", "r", "--tail", "1", "--offset", "1", *where), 64, "--tail")
    data = root / "records"
    segments = {row["partition"]: row for row in listed("broker", "logs", "describe", data)}
    check("files are described", segments["r-1"]["records"] == 2 and segments["r-1"]["damages"] == 0, segments)
    batches = listed("broker", "logs", "dump", data, "r-0")
    check("batches are dumped", [row["records"] for row in batches if row["compression"] == "gzip"] == [3], batches)
    dumped = run("broker", "logs", "dump", data, "r-1", "--records").stdout
    check("records are dumped as they are consumed", dumped == b"".join(line + b"\n" for line in printed.splitlines() if b'"partition":1' in line), dumped)
    log = data / "r-1" / "00000000000000000000.log"
    content = bytearray(log.read_bytes())
    content[80] ^= 255
    log.write_bytes(content)
    says("damaged places are named", run("broker", "logs", "dump", data, "r-1"), 1, str(log), "bytes 0 to", "checksum")
    says("in descriptions, too", run("broker", "logs", "describe", data), 1, str(log), "1 damaged place")


def consume_from(broker, *more):
    result = run("broker", "consume", "--exit-at-end", "--json", "--broker", broker, *more)
    return [json.loads(line) for line in result.stdout.splitlines()]


def application(root):
    """An application is looked at and begun anew."""
    broker = f"embedded:{root / 'application'}"
    where = ("--broker", broker)
    run("broker", "topics", "create", "lines", "--partitions", "2", *where)
    run("broker", "produce", "--topic", "lines", *where, input=b"a b\nb\n")
    run("processor", "run", "word-count", "--exit-when-idle", *where)
    counts = lambda: {row["key"]: row["value"] for row in consume(broker, "word-counts", "--value-format", "int64")}
    check("an application has counted", counts() == {"a": 1, "b": 2}, counts())
    offsets = listed("processor", "offsets", "word-count", *where)
    check("its offsets are shown with their tasks", {(row["topic"], row["task"], row["kind"]) for row in offsets if row["topic"] == "lines"}
        <= {("lines", "0_0", "input"), ("lines", "0_1", "input")} and all(row["lag"] == 0 for row in offsets), offsets)
    status = listed("processor", "status", "word-count", *where)
    check("nobody has its tasks", status and all(row["role"] == "unassigned" and row["state"] == "Empty" for row in status), status)
    shown = run("processor", "reset", "word-count", *where)
    check("a reset is only shown", shown.returncode == 0 and b"--execute" in shown.stderr, shown.stderr)
    topics = run("broker", "topics", "list", *where).stdout
    check("and nothing is gone", topics.count(b"-changelog") == 1 and topics.count(b"-repartition") == 1, topics)
    done = run("processor", "reset", "--application-id", "word-count", "--delete-local-state", "--execute", *where)
    check("a reset by the id alone does it", done.returncode == 0 and b"delete topic" in done.stdout, done)
    topics = run("broker", "topics", "list", *where).stdout
    check("changelogs and repartition topics are gone", topics.split() == [b"lines", b"word-counts"], topics)
    check("so is local state", b"word-count" not in run("processor", "state", "list", "--state-dir", root / "application" / "state").stdout.split())
    again = run("processor", "run", "word-count", "--exit-when-idle", *where)
    check("all is read again", b"processed 2 records" in again.stderr and counts() == {"a": 1, "b": 2}, again.stderr, counts())
    run("processor", "reset", "word-count", "--to-latest", "--execute", *where)
    run("broker", "produce", "--topic", "lines", *where, input=b"c\n")
    run("processor", "run", "word-count", "--exit-when-idle", *where)
    last = consume(broker, "word-counts", "--value-format", "int64")[-1]
    check("or only what is new", (last["key"], last["value"]) == ("c", 1), last)
    says("an unknown input topic is named", run("processor", "reset", "word-count", "--input-topic", "nope", *where), 1, "nope")
    served = subprocess.Popen(
        [BIN / "processor", "run", "word-count", "--listen", "127.0.0.1:0", *map(str, where)], stderr=subprocess.PIPE, bufsize=0)
    try:
        address = None
        for line in served.stderr:
            if b"listening on " in line:
                address = line.split()[-1].decode()
                break
        properties = root / "java.properties"
        properties.write_text(f"bootstrap.servers={address}\nkey.serializer=org.apache.kafka.common.serialization.StringSerializer\nacks=all\n")
        where = ("--config", properties)

        def running():
            return {row["task"] for row in listed("processor", "status", "word-count", *where) if row["role"] == "active"} >= {"0_0", "0_1"}

        check("who has the tasks is shown over TCP", wait_until(running), listed("processor", "status", "word-count", *where))
        refused = run("processor", "reset", "word-count", "--execute", *where)
        check("an application that runs is not reset", refused.returncode == 1 and b"is running" in refused.stderr, refused.stderr)
        check("a Java client's file gives one warning", refused.stderr.count(b"warning") == 1 and b"acks" in refused.stderr, refused.stderr)
        served.send_signal(signal.SIGTERM)
        served.communicate(timeout=30)
    finally:
        served.kill()
    killed(root)


def killed(root):
    """An application that was killed is still in its group, and begins anew only by force."""
    broker = subprocess.Popen(
        [BIN / "broker", "serve", "--data", root / "application", "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, bufsize=0)
    runs = None
    try:
        address = next(line.split()[-1].decode() for line in broker.stderr if b"listening on " in line)
        where = ("--broker", address)
        runs = subprocess.Popen(
            [BIN / "processor", "run", "word-count", "--state-dir", "none", *where], stderr=subprocess.DEVNULL)
        active = lambda: any(row["role"] == "active" for row in listed("processor", "status", "word-count", *where))
        check("a processor has tasks", wait_until(active), listed("processor", "status", "word-count", *where))
        runs.kill()
        runs.wait()
        says("one that was killed is still there", run("processor", "reset", "word-count", "--execute", *where), 1, "is running")
        forced = run("processor", "reset", "word-count", "--force", "--execute", *where)
        check("and is put out by force", forced.returncode == 0 and b"remove member" in forced.stdout, forced)
        check("its offsets are at the beginning", all(
            row["current"] == 0 for row in listed("processor", "offsets", "word-count", *where) if row["topic"] == "lines"))
    finally:
        for process in filter(None, (runs, broker)):
            process.kill()
            process.wait()


def full_disk(root):
    small = root / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode != 0:
        print("not run: a full disk (cannot mount a small file system here)")
        return
    try:
        broker = f"embedded:{small / 'data'}"
        run("broker", "topics", "create", "t", "--broker", broker)
        result = run("broker", "produce", "--topic", "t", "--broker", broker, input=b"0123456789" * 10 + b"\n", timeout=60)
        check("a small disk takes what fits", result.returncode == 0, result.stderr)
        line = b"x" * 999 + b"\n"
        result = run("broker", "produce", "--topic", "t", "--broker", broker, input=line * 4000, timeout=300)
        message = result.stderr.decode(errors="replace")
        check("a full disk is an error that says so", result.returncode == 1 and "space" in message, result.returncode, message)
        kept = consume(broker, "t")
        check("what was acknowledged before is still there", kept and len(kept[0]["value"]) == 100, len(kept))
    finally:
        subprocess.run(["umount", str(small)], check=False)


with tempfile.TemporaryDirectory() as directory:
    root = Path(directory)
    usage(f"embedded:{root / 'usage'}")
    data_directories(root)
    topics(root)
    sample_log(root)
    word_count(f"embedded:{root / 'words'}")
    administration(f"embedded:{root / 'words'}")
    application(root)
    records(root)
    bad_input(f"embedded:{root / 'bad'}")
    full_disk(root)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
