"""Our tools and `processor run clickstream` over TCP against our broker: once undisturbed with each guarantee, and
exactly-once while broker and processor are killed. The answers must equal those of the same log on the embedded broker,
or the ground truth of a real log.

usage: own_broker.py BIN_DIR [LOG.gz TOTALS.json] [--seed N]
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import clickstream_truth
from support import Broker, check, finish, wait_until
from workload import ground_truth, results, synthetic_log


def tool(bin_dir, program, *arguments, input=None):
    return subprocess.run([str(bin_dir / program), *map(str, arguments)], input=input, capture_output=True, timeout=240)


def tools(bin_dir, broker):
    def run(*arguments, input=None):
        return tool(bin_dir, "broker", *arguments, "--broker", broker.address, input=input)

    made = run("topics", "create", "words", "--partitions", "3")
    check("topics create", made.returncode == 0, made.stderr.decode())
    check("topics list", b"words" in run("topics", "list").stdout)
    check("topics describe", b"words" in run("topics", "describe", "words").stdout)
    lines = b"".join(b"line %d\n" % number for number in range(20_000))
    sent = run("produce", "--topic", "words", input=lines)
    check("produce", sent.returncode == 0, sent.stderr.decode())
    read = run("consume", "--topic", "words", "--from-beginning", "--exit-at-end")
    check("consume gives back every line", sorted(read.stdout.splitlines()) == sorted(lines.splitlines()), read.stderr.decode())
    counted = tool(bin_dir, "processor", "run", "word-count", "--broker", broker.address, "--exit-when-idle")
    check("processor run ends well", counted.returncode == 0, counted.stderr.decode())
    check("groups list", b"word-count" in run("groups", "list").stdout)
    described = run("groups", "describe", "word-count")
    check("groups describe", described.returncode == 0 and described.stdout, described.stderr.decode())
    check("topics delete", run("topics", "delete", "words").returncode == 0)
    check("a deleted topic is gone", wait_until(lambda: b"words" not in run("topics", "list").stdout.split(), 10))
    gone = tool(bin_dir, "broker", "topics", "list", "--broker", "127.0.0.1:1")
    check("a broker that is not there is named", gone.returncode != 0 and b"127.0.0.1:1" in gone.stderr, gone.stderr.decode())


def processor(bin_dir, broker, *more):
    return [str(bin_dir / "processor"), "run", "clickstream", "--broker", broker, "--set", "grace=7d", "--exit-when-idle", *more]


def undisturbed(bin_dir, log, truth, guarantee):
    with Broker(bin_dir) as broker:
        clickstream_truth.fill(bin_dir, broker.address, log)
        ran = subprocess.run(processor(bin_dir, broker.address, "--guarantee", guarantee), capture_output=True, timeout=240)
        found = results(bin_dir, broker.address)
        check(f"{guarantee}: the answers are right", ran.returncode == 0 and found == truth, found, truth, ran.stderr.decode()[-2000:])


def killed(bin_dir, log, truth, chance, round):
    """The broker is killed three times, the processor once, at random moments."""
    with tempfile.TemporaryDirectory() as directory:
        broker = Broker(bin_dir, directory=f"{directory}/data").start()
        clickstream_truth.fill(bin_dir, broker.address, log)
        command = processor(bin_dir, broker.address, "--guarantee", "exactly-once")
        running = subprocess.Popen(command, stderr=subprocess.PIPE)
        victim = chance.randrange(3)
        for kill in range(3):
            time.sleep(chance.uniform(0.05, 0.6))
            if kill == victim:
                running.send_signal(signal.SIGKILL)
                running.communicate()
            broker.kill()
            time.sleep(chance.uniform(0, 0.3))
            broker.start()
            if kill == victim:
                running = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            _, messages = running.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            running.kill()
            _, messages = running.communicate()
        found = results(bin_dir, broker.address)
        check(f"round {round}, exactly-once with kill -9 of broker and processor: the answers are right",
            running.returncode == 0 and found == truth, found, truth, running.returncode, messages.decode()[-3000:])
        broker.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("log", type=Path, nargs="?")
    parser.add_argument("totals", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    chance = random.Random(arguments.seed)
    bin_dir = arguments.bin_dir
    with tempfile.TemporaryDirectory() as directory:
        if arguments.totals:
            log = arguments.log
            truth = ground_truth(arguments.totals)
        else:
            log = Path(directory) / "access.log.gz"
            synthetic_log(log)
            embedded = f"embedded:{directory}/data"
            clickstream_truth.fill(bin_dir, embedded, log)
            subprocess.run(processor(bin_dir, embedded), check=True, capture_output=True, timeout=240)
            truth = results(bin_dir, embedded)
            print("     the truth is that of the embedded broker")
        with Broker(bin_dir) as broker:
            tools(bin_dir, broker)
        for guarantee in ("at-least-once", "exactly-once"):
            undisturbed(bin_dir, log, truth, guarantee)
        for round in range(arguments.rounds):
            killed(bin_dir, log, truth, chance, round)
    finish()


if __name__ == "__main__":
    main()
