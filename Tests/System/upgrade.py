"""Three processors of one version become processors of another one by one, under load: versions mix meanwhile, all of them live,
and with exactly-once each record counts once. Then one with the same application id and another topology comes: it is refused
and told why, and the others do not notice.

usage: upgrade.py BIN_DIR [--old BIN_DIR]

Without `--old` both versions are the same.
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "Interop"))

from confluent_kafka import Producer

from rebalance import tasks
from staying_up import Processor, counted, create
from support import Broker, check, finish, wait_until

PARTITIONS = 6
INSTANCES = 3


class Input(threading.Thread):
    """Sends values until told to stop."""

    def __init__(self, address):
        super().__init__()
        self.stopping = threading.Event()
        self.sent = {}
        self.client = Producer({"bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 5})

    def run(self):
        number = 0
        while not self.stopping.is_set():
            for _ in range(20):
                value = f"value-{number % 97}"
                self.client.produce("in", value=value)
                self.sent[value] = self.sent.get(value, 0) + 1
                number += 1
            self.client.poll(0)
            time.sleep(0.01)
        self.client.flush(60)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("bin_dir", type=Path)
    arguments.add_argument("--old", type=Path)
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as directory, Broker(arguments.bin_dir) as broker:
        create(arguments.bin_dir, broker, PARTITIONS)

        def start(bin_dir, instance, topology="counts"):
            return Processor(
                bin_dir, broker, topology, "--application-id", "counts", "--guarantee", "exactly-once", "--session-timeout", "6s",
                "--state-dir", f"{directory}/{instance}")

        def logs():
            return [run.messages()[-1500:] for run in runs]

        runs = [start(arguments.old or arguments.bin_dir, instance) for instance in range(INSTANCES)]
        source = Input(broker.address)
        source.start()
        check("all three have tasks", wait_until(lambda: all(tasks(run) > 0 for run in runs), 60), *logs())
        for instance in range(INSTANCES):
            code, _ = runs[instance].stop()
            check(f"instance {instance} of the old version ends well", code == 0, code, *logs())
            runs[instance] = start(arguments.bin_dir, instance)
            came = wait_until(lambda: tasks(runs[instance]) > 0, 60)
            time.sleep(2)
            alive = [run.process.poll() is None for run in runs]
            check(f"instance {instance} of the new version has tasks, and all live", came and all(alive), alive, *logs())

        stranger = start(arguments.bin_dir, "stranger", "totals")
        ended = wait_until(lambda: stranger.process.poll() is not None, 30)
        stranger.kill()
        log = stranger.messages()
        check("another topology under the same id is refused, and told why",
            ended and stranger.process.returncode != 0 and "another topology" in log, ended, stranger.process.returncode, log[-1500:])
        shares = [tasks(run) for run in runs]
        check("the others keep their tasks", all(run.process.poll() is None for run in runs) and min(shares) > 0, shares, *logs())

        source.stopping.set()
        source.join()
        came = wait_until(lambda: counted(arguments.bin_dir, broker) == source.sent, 60)
        check(f"each of {sum(source.sent.values())} records counts once", came, *logs())
        codes = [run.stop()[0] for run in runs]
        check("all end well", codes == [0] * INSTANCES, codes, *logs())
    finish()


if __name__ == "__main__":
    main()
