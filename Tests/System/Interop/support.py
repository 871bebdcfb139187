"""What the interop scripts share: checks that are counted, a broker of ours as a process, deterministic records."""

import atexit
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

passed = failed = 0


def check(what, ok, *details):
    """Counts and prints one check."""
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(f"{'ok  ' if ok else 'FAIL'} {what}", flush=True)
    if not ok:
        for detail in details:
            print("     ", str(detail)[:2000], flush=True)
    return ok


def raises(what, error, action, test=lambda error: True):
    """Checks that an action ends in an error of that type for which `test` holds."""
    try:
        result = action()
    except error as thrown:
        return check(what, test(thrown), f"another error: {thrown!r}")
    return check(what, False, f"no error but {result!r}")


def finish():
    """Prints the sums and ends the script."""
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


def wait_until(condition, seconds=60):
    """Waits for a condition; for what other processes do there is nothing to be woken by."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Broker:
    """Our broker, serving a data directory of its own on a free port of the loopback."""

    def __init__(self, bin_dir, *options, directory=None, port=None):
        self.command = [str(Path(bin_dir) / "broker"), "serve"]
        self.options = [str(option) for option in options]
        self.kept = None if directory else tempfile.TemporaryDirectory()
        self.directory = str(directory or Path(self.kept.name) / "data")
        self.port = port or free_port()
        self.log = tempfile.TemporaryFile()
        self.process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            [*self.command, "--data", self.directory, "--listen", self.address, *self.options],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        # A script that ends with an error leaves no broker behind. Killing what has ended does nothing.
        atexit.register(self.process.kill)
        if not wait_until(lambda: self.process.poll() is not None or is_listening(self.port), 60):
            raise RuntimeError(f"the broker does not listen: {self.messages()}")
        if self.process.poll() is not None:
            raise RuntimeError(f"the broker ended with {self.process.returncode}: {self.messages()}")
        return self

    def messages(self):
        """What the broker wrote so far."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Asks the broker to end; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def cpu_seconds(pid):
    """The CPU seconds a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sent_records(count, tag):
    """Keys and values to send: 1,000 keys, each value with its number, 20 to 120 bytes long."""
    for number in range(count):
        yield f"{tag}-{number % 1000}".encode(), f"{tag}:{number}:".encode() + b"x" * (number % 100)


def number_of(value):
    return int(value.split(b":")[1])


def compare(what, received, count):
    """Checks records as (partition, offset, key, value): none lost, none doubled, order kept in each partition."""
    numbers = [number_of(value) for _, _, _, value in received]
    missing = set(range(count)) - set(numbers)
    doubled = len(numbers) - len(set(numbers))
    last, disorder = {}, 0
    for partition, offset, _, value in received:
        before = last.get(partition, (-1, -1))
        now = (offset, number_of(value))
        disorder += now[0] <= before[0] or now[1] <= before[1]
        last[partition] = now
    return check(
        f"{what}: {count} records, none lost, none doubled, order kept", not missing and not doubled and not disorder,
        f"{len(missing)} missing {sorted(missing)[:5]}, {doubled} doubled, {disorder} out of order, {len(numbers)} in all")
