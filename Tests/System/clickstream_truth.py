"""Runs the clickstream topology over a real access log with the built executables and compares the answers with the
ground truth: once undisturbed, and once with `kill -9` of the processor at random moments and a rerun.

Local state is kept beside the broker's data. After a kill each store that has some must go on from there: it may read the
end of its changelog, not all of it. A store whose first commit was killed before its rows were written has none.

usage: clickstream_truth.py BIN_DIR LOG.gz TOTALS.json [--rounds N] [--kills N] [--seed N] [--guarantee GUARANTEE]
    [--store ENGINE]
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


def check(name, found, malformed, totals, counts_may_be_high=False):
    """Prints how each result compares; returns the numbers of those that agree and that do not."""
    passed = failed = 0
    for result, text in found.items():
        rows = text.count(b"\n") - 1
        ok = hashlib.sha256(text).hexdigest() == totals[result]["sha256"]
        if counts_may_be_high:
            ok = rows == totals[result]["rows"]
        print(f"{'ok  ' if ok else 'FAIL'} {name}: {result} has {rows} rows, the truth {totals[result]['rows']}")
        passed, failed = passed + ok, failed + (not ok)
    ok = malformed == totals["malformed_lines"] or counts_may_be_high and malformed > totals["malformed_lines"]
    print(f"{'ok  ' if ok else 'FAIL'} {name}: {malformed} malformed lines, the truth {totals['malformed_lines']}")
    return passed + ok, failed + (not ok)


def kept_stores(bin_dir, broker):
    """The stores that have local state, as the log names them."""
    rows = run(bin_dir / "processor", "state", "list", "--broker", broker, capture_output=True).stdout.decode().splitlines()
    cells = [re.split(r"\s{2,}", row.strip()) for row in rows[1:]]
    return {f"{store} of task {task}" for _, task, store, _, _, _, offsets in cells if offsets != "-"}


def check_state(name, log, kept):
    """Whether every store of `kept` that read its changelog had gone on from local state; and how much of it there was."""
    loaded = dict(re.findall(r"loaded (\S+ of task \S+): ([\d,]+) records of local state", log))
    restored = dict(re.findall(r"restored (\S+ of task \S+): ([\d,]+) records", log))
    whole = [store for store in restored if store in kept and store not in loaded]
    aside = re.findall(r".*(?:local state of .* (?:is set aside|is damaged|cannot be put back)|on disk (?:are removed|is damaged)).*", log)
    rows, read = (sum(int(count.replace(",", "")) for count in counts.values()) for counts in (loaded, restored))
    ok = not whole and not aside
    print(
        f"{'ok  ' if ok else 'FAIL'} {name}: {len(loaded)} stores had {rows} local rows, {len(restored)} read {read} records "
        f"of changelogs{''.join(chr(10) + '       ' + what for what in whole + aside)}")
    return ok, not ok, rows > 0


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
    parser.add_argument("--guarantee", default="exactly-once", help="at-least-once may count records twice after kills")
    parser.add_argument("--store", default="memory", help="what keeps the rows of stores that can be on disk")
    arguments = parser.parse_args()
    totals = json.loads(arguments.totals.read_text())
    print(f"seed {arguments.seed}")
    chance = random.Random(arguments.seed)
    passed = failed = left = local = 0
    latest = 0.3
    # Rounds whose kills came after all was done, or before there was any state, prove nothing; they are followed by more, with
    # earlier or later kills.
    for round in range(max(18, arguments.rounds * 6) + 1):
        if round > 0 and left >= arguments.rounds:
            break
        name = f"round {round} with {arguments.kills} kills" if round else "undisturbed"
        with tempfile.TemporaryDirectory() as directory:
            broker = f"embedded:{directory}/data"
            fill(arguments.bin_dir, broker, arguments.log)
            processor = [
                str(arguments.bin_dir / "processor"), "run", "clickstream", "--broker", broker, "--set", "grace=7d",
                "--exit-when-idle", "--guarantee", arguments.guarantee, "--store", arguments.store, "--verbose"]
            if arguments.guarantee == "at-least-once":
                processor += ["--commit-interval", "50ms"]
            for _ in range(arguments.kills if round else 0):
                process = subprocess.Popen(processor, stderr=subprocess.PIPE)
                time.sleep(chance.uniform(0.02, latest))
                process.send_signal(signal.SIGKILL)
                process.communicate()
            kept = kept_stores(arguments.bin_dir, broker) if round else set()
            last = run(*processor, capture_output=True).stderr.decode()
            # "... INFO clickstream: processed 1,234 records in 0.5 s, 5,678 of its own topics, ..."
            processed = re.search(r"processed ([\d,]+) records in [\d.]+ \w+(?:, ([\d,]+) of its own topics)?.*", last)
            assert processed, last
            print(f"     {name}: the last run {processed[0]}")
            had_work = processed[1] != "0" or processed[2] or "restored" in processed[0]
            if round and not had_work:
                latest = max(0.05, latest * 0.8)
            p, f = check(
                name, *answers(arguments.bin_dir, broker), totals, round > 0 and arguments.guarantee == "at-least-once")
            passed, failed = passed + p, failed + f
            if round:
                p, f, count = check_state(name, last, kept)
                passed, failed, local = passed + p, failed + f, local + count
                if had_work:
                    left += count
                    if not count:
                        latest *= 1.2
    if arguments.rounds:
        ok = left > 0
        print(f"{'ok  ' if ok else 'FAIL'} kills left work for the last run, and local state, in {left} rounds")
        passed, failed = passed + ok, failed + (not ok)
        ok = local > 0
        print(f"{'ok  ' if ok else 'FAIL'} there was local state after the kills of {local} rounds")
        passed, failed = passed + ok, failed + (not ok)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
