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
    bad_input(f"embedded:{root / 'bad'}")
    full_disk(root)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
