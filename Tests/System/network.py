"""A network between processors and broker that delays, cuts, half-closes and swallows everything for longer than a session: the
results are exact, and the processors say what they wait for.

usage: network.py BIN_DIR [--long]
"""

import argparse
import select
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "Interop"))

from exactly_once import PARTITIONS, Input, check_updates
from staying_up import Processor, tool
from support import Broker, check, finish, free_port


class Network:
    """Passes connections on to a port, as well as it is told to."""

    def __init__(self, port, target):
        self.target = target
        self.mode = "pass"
        self.open = set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(near,), daemon=True).start()

    def carry(self, near):
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            near.close()
            return
        with self.lock:
            self.open.add((near, far))
        try:
            while True:
                if self.mode == "swallow":
                    time.sleep(0.05)
                    continue
                ready, _, _ = select.select([near, far], [], [], 0.1)
                if self.mode == "swallow":
                    continue
                for side in ready:
                    data = side.recv(1 << 16)
                    if not data:
                        return
                    if self.mode == "delay":
                        time.sleep(0.1)
                    (far if side is near else near).sendall(data)
        except OSError:
            pass
        finally:
            with self.lock:
                self.open.discard((near, far))
            near.close()
            far.close()

    def each(self, body):
        with self.lock:
            pairs = list(self.open)
        for near, far in pairs:
            try:
                body(near, far)
            except OSError:
                pass

    def cut(self):
        """All connections end at once."""
        self.each(lambda near, far: (near.shutdown(socket.SHUT_RDWR), far.shutdown(socket.SHUT_RDWR)))

    def half_close(self):
        """The broker hears that nothing more comes, and the clients hear nothing."""
        self.each(lambda near, far: far.shutdown(socket.SHUT_WR))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("--long", action="store_true", help="swallows everything for two minutes, not for 15 seconds")
    arguments = parser.parse_args()
    bin_dir, silence = arguments.bin_dir, 120 if arguments.long else 15
    port = free_port()
    with tempfile.TemporaryDirectory() as directory, Broker(bin_dir, "--advertise", f"127.0.0.1:{port}") as broker:
        network = Network(port, broker.port)
        for topic in ("in", "out"):
            made = tool(bin_dir, broker, "topics", "create", topic, "--partitions", PARTITIONS)
            assert made.returncode == 0, made.stderr.decode()
        runs = [
            Processor(
                bin_dir, broker, "running", "--guarantee", "exactly-once", "--cache-size", "0", "--session-timeout", "6s",
                "--state-dir", f"{directory}/{instance}")
            for instance in range(2)]
        source = Input(broker.address, 1)
        source.start()
        steps = [
            ("delays", 5, lambda: setattr(network, "mode", "delay")), ("cuts", 3, network.cut), ("cuts", 3, network.cut),
            ("half-closes", 5, network.half_close), ("swallows", silence, lambda: setattr(network, "mode", "swallow"))]
        time.sleep(3)
        for name, seconds, begin in steps:
            before = [len(run.messages()) for run in runs]
            begin()
            time.sleep(seconds)
            said = [run.messages()[start:] for run, start in zip(runs, before)]
            alive = [run.process.poll() is None for run in runs]
            network.mode = "pass"
            check(f"the network {name}: the processors live", all(alive), *said)
            if name == "swallows":
                check("the network swallows everything: both say what they wait for", all("waiting for" in text for text in said), *said)
            time.sleep(2)
        source.stopping.set()
        source.join()
        check_updates("all ", broker, *runs)
        logs = [run.messages()[-3000:] for run in runs]
        lines = [run.messages().count("\n") for run in runs]
        check("no flood of messages", max(lines) < 120, lines, *logs)
        codes = [run.stop()[0] for run in runs]
        check("both end well", codes == [0, 0], codes, *logs)
    finish()


if __name__ == "__main__":
    main()
