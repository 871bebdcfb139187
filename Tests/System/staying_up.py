"""Processors stay up: slow and blocking closures, brokers that are killed, stopped or out of disk space for longer than a
session, signals while no broker answers. The results are exact, the log says what is waited for, and does not flood.

usage: staying_up.py BIN_DIR [--long]
"""

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Interop"))

from confluent_kafka import Producer

from support import Broker, check, finish, wait_until
from wire import Wire


class Processor:
    """A run of a test topology."""

    def __init__(self, bin_dir, broker, topology, *options):
        self.log = tempfile.NamedTemporaryFile()
        self.process = subprocess.Popen(
            [str(bin_dir / "test-processor"), "run", topology, "--broker", broker.address, *map(str, options)],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def messages(self):
        return Path(self.log.name).read_text(errors="replace")

    def stop(self, within=30):
        """Ends it by SIGTERM; gives exit code and seconds."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        return code, time.monotonic() - began

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def tool(bin_dir, broker, *arguments, input=None, timeout=120):
    return subprocess.run(
        [str(bin_dir / "broker"), *map(str, arguments), "--broker", broker.address], input=input, capture_output=True,
        timeout=timeout)


def create(bin_dir, broker, partitions):
    for topic in ("in", "out"):
        made = tool(bin_dir, broker, "topics", "create", topic, "--partitions", partitions)
        assert made.returncode == 0, made.stderr.decode()


def produce(broker, lines, partition=-1):
    producer = Producer({"bootstrap.servers": broker.address, "queue.buffering.max.messages": 1_000_000})
    for line in lines:
        producer.produce("in", value=line.encode(), partition=partition)
    assert producer.flush(60) == 0


def values(bin_dir, broker, *options):
    read = tool(bin_dir, broker, "consume", "--topic", "out", "--from-beginning", "--exit-at-end", *options)
    return read.stdout.decode().splitlines()


def counted(bin_dir, broker):
    """The last count of each key."""
    table = {}
    for line in values(bin_dir, broker, "--print-key", "--value-format", "int64"):
        key, _, count = line.partition("\t")
        table[key] = int(count)
    return table


def progress(condition, amount, longest, seconds):
    """Waits for a condition; gives whether it came, and the longest time in which the amount stood still."""
    end = time.monotonic() + seconds
    last, since, gap = amount(), time.monotonic(), 0
    while not condition(last):
        if time.monotonic() > end:
            return False, gap
        time.sleep(0.25)
        now = amount()
        if now != last:
            gap, last, since = max(gap, time.monotonic() - since), now, time.monotonic()
        gap = max(gap, time.monotonic() - since)
    return True, gap


def slow(bin_dir, guarantee):
    """60 ms a record, with all defaults otherwise."""
    with Broker(bin_dir) as broker:
        create(bin_dir, broker, 4)
        for partition in range(4):
            produce(broker, [f"{partition}-{number}" for number in range(60)], partition)
        run = Processor(
            bin_dir, broker, "sleepy", "--set", "delay=60ms", "--guarantee", guarantee, "--commit-interval", "100ms")
        done, gap = progress(lambda n: n >= 240, lambda: len(values(bin_dir, broker)), 5, 90)
        code, _ = run.stop()
        found = Counter(values(bin_dir, broker))
        check(f"{guarantee}, 60 ms a record: all out, once, with steady progress (longest gap {gap:.1f} s)",
            done and gap < 5 and code == 0 and len(found) == 240 and max(found.values()) == 1,
            done, code, len(found), found.most_common(3), run.messages()[-2000:])


def blocking(bin_dir, guarantee, seconds):
    """A closure that blocks for longer than session and transaction may last, once a partition."""
    with Broker(bin_dir) as broker:
        create(bin_dir, broker, 6)
        for partition in range(6):
            lines = [f"{partition}-{number}" for number in range(50)]
            lines.insert(25, f"block:{seconds * 1000}")
            produce(broker, lines, partition)
        run = Processor(
            bin_dir, broker, "sleepy", "--guarantee", guarantee, "--session-timeout", "6s", "--commit-interval", "100ms")
        done, _ = progress(lambda n: n >= 306, lambda: len(values(bin_dir, broker)), 60, 30 + 4 * seconds)
        code, _ = run.stop()
        found = Counter(values(bin_dir, broker))
        doubled = sum(count - (6 if value.startswith("block") else 1) for value, count in found.items())
        log = run.messages()
        check(f"{guarantee}, a closure that blocks {seconds} s once a partition, session 6 s: all out",
            done and code == 0 and len(found) == 301 and (doubled == 0 or guarantee == "at-least-once"),
            done, code, len(found), doubled, log[-3000:])
        check(f"{guarantee}, the blocking record is named within five seconds", re.search(r"record in-\d offset 25", log), log[-2000:])


def outage(bin_dir, guarantee, what, seconds, begin, end, broker):
    """Counts under load while the broker is away for longer than a session."""
    create(bin_dir, broker, 3)
    keys = [f"k{number % 100}" for number in range(20_000)]
    run = Processor(
        bin_dir, broker, "counts", "--guarantee", guarantee, "--session-timeout", "6s", "--commit-interval", "200ms")
    produce(broker, keys)
    wait_until(lambda: sum(counted(bin_dir, broker).values()) > 1000, 20)
    begin(broker)
    time.sleep(seconds)
    log = run.messages()
    alive = run.process.poll() is None
    end(broker)
    produce(broker, keys)
    want = {f"k{number}": 400 for number in range(100)}
    came = wait_until(lambda: all(counted(bin_dir, broker).get(key, 0) >= 400 for key in want), 90)
    code, _ = run.stop()
    found = counted(bin_dir, broker)
    right = found == want if guarantee == "exactly-once" else came
    check(f"{guarantee}, {what} for {seconds} s: waits, goes on, and is right", alive and right and code == 0,
        alive, came, code, [(key, count) for key, count in found.items() if count != 400][:5], run.messages()[-3000:])
    check(f"{guarantee}, {what}: told what is waited for", "waiting for" in log, log[-2000:])
    check(f"{guarantee}, {what}: no flood of messages", run.messages().count("\n") < 60, run.messages().count("\n"), run.messages()[-3000:])


def kill(broker):
    broker.kill()


def suspend(broker):
    broker.process.send_signal(signal.SIGSTOP)


def resume(broker):
    broker.process.send_signal(signal.SIGCONT)


def away(bin_dir, guarantee, seconds):
    with Broker(bin_dir) as broker:
        outage(bin_dir, guarantee, "broker killed", seconds, kill, lambda broker: broker.start(), broker)


def stopped(bin_dir, guarantee, seconds):
    with Broker(bin_dir) as broker:
        outage(bin_dir, guarantee, "broker stopped", seconds, suspend, resume, broker)


def full_disk(bin_dir, guarantee, seconds):
    with tempfile.TemporaryDirectory() as directory:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", directory], capture_output=True)
        if mounted.returncode != 0:
            print("not run: a full disk of the broker (cannot mount a small file system here)")
            return
        filler = Path(directory) / "filler"

        def fill(broker):
            with filler.open("wb") as file:
                try:
                    while True:
                        file.write(b"x" * 65536)
                        file.flush()
                except OSError:
                    pass

        try:
            with Broker(bin_dir, directory=f"{directory}/data") as broker:
                def end(broker):
                    filler.unlink()

                create(bin_dir, broker, 3)
                options = ("counts", "--guarantee", guarantee, "--commit-interval", "200ms")
                # It makes its topics; then the disk is full before there is anything to do.
                first = Processor(bin_dir, broker, *options, "--exit-when-idle")
                first.process.wait(timeout=60)
                keys = [f"k{number % 100}" for number in range(20_000)]
                produce(broker, keys)
                fill(broker)
                run = Processor(bin_dir, broker, *options)
                time.sleep(seconds)
                alive, log = run.process.poll() is None, run.messages()
                end(broker)
                want = {f"k{number}": 200 for number in range(100)}
                came = wait_until(lambda: all(counted(bin_dir, broker).get(key, 0) >= 200 for key in want), 90)
                code, _ = run.stop()
                found = counted(bin_dir, broker)
                check(f"{guarantee}, the broker's disk full for {seconds} s: waits, goes on, and is right",
                    alive and came and code == 0 and (found == want or guarantee == "at-least-once"),
                    alive, came, code, [(k, n) for k, n in found.items() if n != 200][:5], run.messages()[-3000:], broker.messages()[-1000:])
                check(f"{guarantee}, full disk: the processor says what it waits for", "waiting for" in log, log[-2000:])
                check(f"{guarantee}, full disk: no flood in either log",
                    run.messages().count("\n") < 60 and broker.messages().count("\n") < 60,
                    run.messages()[-1500:], broker.messages()[-1500:])
        finally:
            subprocess.run(["umount", directory], capture_output=True)


def full_state_disk(bin_dir):
    """The disk with the local state is full for so long that too much waits for it: processing goes on from memory, and once there
    is room the tasks start anew and local state is whole."""
    with tempfile.TemporaryDirectory() as directory, Broker(bin_dir) as broker:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m", "tmpfs", directory], capture_output=True)
        if mounted.returncode != 0:
            print("not run: a full disk of local state (cannot mount a small file system here)")
            return
        filler = Path(directory) / "filler"
        total = 0

        def more(count):
            nonlocal total
            produce(broker, [f"key-{number:030d}" for number in range(total, total + count)])
            total += count

        def committed():
            return sum(counted(bin_dir, broker).values()) >= total

        try:
            create(bin_dir, broker, 3)
            options = ("counts", "--guarantee", "exactly-once", "--commit-interval", "200ms", "--state-dir", f"{directory}/state")
            run = Processor(bin_dir, broker, *options)
            more(1000)
            begun = wait_until(committed, 60)
            with filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * 65536)
                except OSError:
                    pass
            more(400_000)
            on = wait_until(committed, 120)
            told = wait_until(lambda: "processing goes on from memory" in run.messages(), 20)
            filler.unlink()

            def anew():
                more(10)
                time.sleep(1)
                return run.messages().count("starts anew from local state") >= 3

            again = wait_until(anew, 120)
            right = wait_until(committed, 60)
            code, _ = run.stop()
            check("local state, full disk: processing goes on, and that is told", begun and on and told, begun, on, told, run.messages()[-2000:])
            check("local state, room again: the tasks start anew", again and code == 0, again, code, run.messages()[-3000:])
            verified = subprocess.run(
                [str(bin_dir / "test-processor"), "state", "verify", "--state-dir", f"{directory}/state"], capture_output=True)
            last = Processor(bin_dir, broker, *options, "--exit-when-idle", "--verbose")
            last.process.wait(60)
            loaded = re.findall(r"loaded counts of task \S+: ([\d,]+) records", last.messages())
            restored = re.findall(r"restored counts of task \S+: ([\d,]+) records", last.messages())
            rows = sum(int(count.replace(",", "")) for count in loaded)
            check(f"local state, room again: it is whole ({rows} entries), and nothing is read from the changelog",
                right and verified.returncode == 0 and rows >= total and set(restored) <= {"0"},
                right, verified.stdout.decode(), total, rows, restored, last.messages()[-2000:])
            found = counted(bin_dir, broker)
            check("local state, full disk: each record counts once", len(found) == total and set(found.values()) == {1},
                len(found), total, Counter(found.values()).most_common(3))
        finally:
            subprocess.run(["umount", directory], capture_output=True)


def signals(bin_dir):
    """SIGTERM ends it within its limit in every state."""
    with Broker(bin_dir) as broker:
        create(bin_dir, broker, 3)
        produce(broker, [f"k{number % 100}" for number in range(50_000)])
        for state in ("connecting", "working", "idle"):
            if state == "connecting":
                suspend(broker)
            run = Processor(bin_dir, broker, "counts", "--guarantee", "exactly-once", "--stop-within", "4s", "--session-timeout", "6s")
            time.sleep(1 if state != "idle" else 5)
            if state != "connecting":
                suspend(broker)
            code, took = run.stop()
            check(f"SIGTERM while {state} and the broker does not answer: ends within its limit (took {took:.1f} s)",
                code == 0 and took < 6, code, took, run.messages()[-2000:])
            resume(broker)
        run = Processor(bin_dir, broker, "counts", "--stop-within", "4s")
        time.sleep(2)
        code, took = run.stop()
        check(f"SIGTERM with a broker: commits and ends at once (took {took:.1f} s)", code == 0 and took < 3, code, took, run.messages()[-2000:])


def dead(bin_dir):
    """The process of an exactly-once application dies in the middle of a transaction: readers of committed records are held up
    for the transaction's time-out, ten seconds, and no longer."""
    with Broker(bin_dir) as broker:
        create(bin_dir, broker, 3)
        produce(broker, [f"k{number % 100}" for number in range(20_000)])
        wire = Wire(broker.address)

        def is_open():
            found = [wire.fetch("out", partition, 0) for partition in range(3)]
            return any(part["lso"] < part["hw"] for part in found)

        run = Processor(bin_dir, broker, "counts", "--guarantee", "exactly-once", "--commit-interval", "8s")
        opened = wait_until(is_open, 60)
        run.kill()
        died = time.monotonic()
        closed = wait_until(lambda: not is_open(), 60)
        took = time.monotonic() - died
        check(f"the process dies in a transaction: readers wait for its time-out, 10 s (took {took:.1f} s)",
            opened and closed and took < 14, opened, closed, took, run.messages()[-2000:], broker.messages()[-1000:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("--long", action="store_true", help="outages of minutes instead of seconds")
    arguments = parser.parse_args()
    bin_dir = arguments.bin_dir
    seconds = 100 if arguments.long else 15
    signals(bin_dir)
    dead(bin_dir)
    full_state_disk(bin_dir)
    for guarantee in ("exactly-once", "at-least-once"):
        slow(bin_dir, guarantee)
        blocking(bin_dir, guarantee, 15)
        away(bin_dir, guarantee, seconds)
        stopped(bin_dir, guarantee, seconds)
        full_disk(bin_dir, guarantee, seconds)
    finish()


if __name__ == "__main__":
    main()
