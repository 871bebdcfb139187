"""Runs the clickstream topology over a real access log with the built executables and compares the answers with the
ground truth: once undisturbed, and once with `kill -9` of the processor at random moments and a rerun.

usage: clickstream_truth.py BIN_DIR LOG.gz TOTALS.json [--rounds N] [--kills N] [--seed N]
"""

import argparse
import csv
import hashlib
import io
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def run(*command, **more):
    return subprocess.run([str(part) for part in command], check=True, **more)


def consume(bin_dir, broker, topic, key_format, value_format):
    output = run(
        bin_dir / "broker", "consume", "--topic", topic, "--from-beginning", "--exit-at-end", "--json", "--key-format",
        key_format, "--value-format", value_format, "--broker", broker, capture_output=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def last_values(records):
    """The last value per key; keys that ended in a tombstone are left out."""
    latest = {}
    for record in records:
        latest[json.dumps(record["key"], sort_keys=True)] = (record["key"], record["value"])
    return [(key, value) for key, value in latest.values() if value is not None]


def as_csv(header, rows):
    """The CSV of the data set's README: RFC 4180 quoting where needed, rows as given."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def answers(bin_dir, broker):
    """Each result as CSV, and the number of malformed lines."""
    def windowed(topic, size):
        return last_values(consume(bin_dir, broker, topic, f"windowed:string:{size}", "int64"))

    views = sorted((key["windowStart"] // 1000, key["key"].encode(), value) for key, value in windowed("page-views", 60000))
    sessions = sorted(
        (key["key"].encode(), key["windowStart"] // 1000, key["windowEnd"] // 1000, value)
        for key, value in last_values(consume(bin_dir, broker, "user-sessions", "session:string", "int64")))
    users = sorted((key["windowStart"] // 1000, value) for key, value in windowed("distinct-users", 300000))
    top = sorted(
        (key["windowStart"] // 1000, value)
        for key, value in last_values(consume(bin_dir, broker, "top-pages", "windowed:string:3600000", "json")))
    malformed = consume(bin_dir, broker, "access-log-malformed", "base64", "base64")
    assert all(any(name == "error" and value for name, value in record["headers"]) for record in malformed)
    return {
        "pageviews_1m": as_csv(
            ["window_start", "page", "count"], [(start, page.decode(), count) for start, page, count in views]),
        "sessions_30m": as_csv(
            ["user", "start", "end", "events"],
            [(user.decode(), start, end, events) for user, start, end, events in sessions]),
        "distinct_users_5m": as_csv(["window_start", "distinct_users"], users),
        "top10_pages_1h": as_csv(
            ["window_start", "rank", "page", "count"],
            [(start, rank + 1, row["page"], row["views"]) for start, pages in top for rank, row in enumerate(pages)]),
    }, len(malformed)


def check(name, found, malformed, totals):
    """Prints how each result compares; returns the numbers of those that agree and that do not."""
    passed = failed = 0
    for result, text in found.items():
        rows = text.count(b"\n") - 1
        ok = hashlib.sha256(text).hexdigest() == totals[result]["sha256"]
        print(f"{'ok  ' if ok else 'FAIL'} {name}: {result} has {rows} rows, the truth {totals[result]['rows']}")
        passed, failed = passed + ok, failed + (not ok)
    ok = malformed == totals["malformed_lines"]
    print(f"{'ok  ' if ok else 'FAIL'} {name}: {malformed} malformed lines, the truth {totals['malformed_lines']}")
    return passed + ok, failed + (not ok)


OUTPUTS = ["page-views", "user-sessions", "distinct-users", "top-pages", "access-log-malformed"]


def fill(bin_dir, broker, log, *others):
    """Makes the topics, which keep records of any age, and sends the log's lines."""
    run(
        bin_dir / "broker", "topics", "create", "access-log", *others, "--partitions", "4", "--topic-config",
        "retention.ms=-1", "--broker", broker)
    run(bin_dir / "broker", "produce", "--topic", "access-log", "--file", log, "--broker", broker)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("totals", type=Path)
    parser.add_argument("--rounds", type=int, default=3, help="rounds with kills")
    parser.add_argument("--kills", type=int, default=3, help="kills in a round")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    totals = json.loads(arguments.totals.read_text())
    print(f"seed {arguments.seed}")
    chance = random.Random(arguments.seed)
    passed = failed = left = 0
    latest = 0.3
    # Rounds whose kills came after all was done prove nothing; they are followed by more, with earlier kills.
    for round in range(arguments.rounds * 3 + 1):
        if round > 0 and left >= arguments.rounds:
            break
        name = f"round {round} with {arguments.kills} kills" if round else "undisturbed"
        with tempfile.TemporaryDirectory() as directory:
            broker = f"embedded:{directory}/data"
            fill(arguments.bin_dir, broker, arguments.log)
            processor = [
                str(arguments.bin_dir / "processor"), "run", "clickstream", "--broker", broker, "--set", "grace=7d",
                "--exit-when-idle"]
            for _ in range(arguments.kills if round else 0):
                process = subprocess.Popen(processor, stderr=subprocess.PIPE)
                time.sleep(chance.uniform(0.02, latest))
                process.send_signal(signal.SIGKILL)
                process.communicate()
            last = run(*processor, capture_output=True).stderr.decode()
            # "... INFO clickstream: processed 1,234 records in 0.5 s, ..."
            processed = re.search(r"processed ([\d,]+) records in .*", last)
            assert processed, last
            print(f"     {name}: the last run {processed[0]}")
            if round and processed[1] == "0":
                latest = max(0.05, latest * 0.7)
            elif round:
                left += 1
            p, f = check(name, *answers(arguments.bin_dir, broker), totals)
            passed, failed = passed + p, failed + f
    if arguments.rounds:
        ok = left > 0
        print(f"{'ok  ' if ok else 'FAIL'} kills left work for the last run in {left} rounds")
        passed, failed = passed + ok, failed + (not ok)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
