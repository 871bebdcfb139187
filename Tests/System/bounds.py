"""Numbers at the ends of their ranges and of their neighbours', given to the built programs from all sides: requests and
batches to a served broker, options and settings on command lines. Nothing traps, hangs, or takes much memory, and what is
refused is refused in words.

usage: bounds.py BIN_DIR [--seed N]
"""

import argparse
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Interop"))

from support import Broker, check, finish
from wire import Wire, batch, data, parse, record

EDGES = [2**7, 2**15, 2**31, 2**32, 2**63]
NUMBERS = sorted({sign * edge + step for edge in (0, *EDGES) for sign in (1, -1) for step in (-2, -1, 0, 1)})


def peak(process):
    """The most memory that a process has had, in MiB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def ends_cleanly(what, broker, before):
    used = peak(broker.process) - before
    check(f"{what}: memory did not jump", used < 150, used)
    check(f"{what}: the broker ends cleanly", broker.stop() == 0, broker.messages()[-2000:])


# Requests


class Recorder(Wire):
    """Keeps the requests that it sends, without their lengths."""

    def __init__(self, address):
        super().__init__(address)
        self.frames = []

    def send(self, api, version, body, flexible=False):
        super().send(api, version, body, flexible)
        self.frames.append(struct.pack(">hhi", api, version, 1) + b"\0\1b" + (b"\0" if flexible else b"") + body)


def requests(chance, bin_dir):
    """Requests in which a number of any width stands at any place."""
    with Broker(bin_dir) as broker:
        good = Recorder(broker.address)
        good.create("t", 2)
        good.produce("t", 0, batch([(1, b"k", b"v")]))
        good.fetch("t", 0, 0)
        good.list_offsets("t", 0, 1)
        good.init_pid("x")
        good.commit("g", "t", 0, 1)
        good.committed("g", "t", 0)
        member = good.join("m")["me"]
        generation = good.join("m", member)["gen"]
        good.sync("m", generation, member, [(member, b"")])
        good.heartbeat("m", generation, member)
        before, sent = peak(broker.process), 0
        for frame in good.frames:
            open_ones = []
            for at in range(8, len(frame)):
                for form, bits in (("b", 7), ("h", 15), ("i", 31), ("q", 63)):
                    number = chance.choice([-2**bits, -1, 0, 1, 2**bits - 2, 2**bits - 1])
                    new = struct.pack(">" + form, number)
                    if at + len(new) > len(frame):
                        continue
                    wire = Wire(broker.address)
                    wire.socket.sendall(data(frame[:at] + new + frame[at + len(new):]))
                    open_ones.append(wire)
                    sent += 1
            # All are under way at the same time; some wait, as they ask to.
            if not check(f"API {frame[1]}: the broker answers others meanwhile", Wire(broker.address).list_offsets("t", 0, -2)[0] == 0):
                break
            for wire in open_ones:
                wire.close()
        check("thousands of requests were sent", sent > 2000, sent)
        check("what was stored is there", parse(good.fetch("t", 0, 0)["data"])[0][:1] == [(0, 1, b"k", b"v", [], 0)])
        ends_cleanly("requests", broker, before)


def batches(bin_dir):
    """Every number of a batch and of a record."""
    widths = {"base": 64, "leader": 32, "attrs": 16, "last": 32, "first": 64, "maxts": 64, "pid": 64, "epoch": 16, "seq": 32, "count": 32}
    one = [(int(time.time() * 1000), b"k", b"v", [(b"h", b"1")])]
    with Broker(bin_dir) as broker:
        wire = Wire(broker.address)
        wire.create("bounds")
        before, answers = peak(broker.process), []
        for field, width in widths.items():
            for number in NUMBERS:
                if -2**(width - 1) <= number < 2**(width - 1):
                    answers.append(wire.produce("bounds", 0, batch(one, **{field: number}))["error"])
        for number in (number for number in NUMBERS if -2**63 <= number < 2**63):
            for raw in (record(number, 0, b"k", b"v"), record(0, number, b"k", b"v"), record(0, 0, b"k", b"v", length=number)):
                answers.append(wire.produce("bounds", 0, batch(one, raw=raw))["error"])
        check("all batches are answered", len(answers) > 250 and min(answers) >= 0, sorted(set(answers)))
        stored, offset = 0, 0
        while headers := parse(wire.fetch("bounds", 0, offset)["data"])[1]:
            stored += sum(header["count"] for header in headers)
            offset = headers[-1]["base"] + headers[-1]["last"] + 1
        check("what was stored can be read", stored == answers.count(0), stored, answers.count(0))
        ends_cleanly("batches", broker, before)


# Command lines


INTEGERS = [
    str(number) for number in (-2**63 - 1, -2**63, -2**31, -1, 0, 1, 128, 2**15 - 1, 2**15, 2**31 - 1, 2**31, 2**32, 2**63 - 2, 2**63 - 1, 2**63)
] + ["1" + "0" * 40, "1.5", "nan", ""]
SIZES = [number for number in INTEGERS if number] + ["8191GiB", "8589934591GiB", "8589934592GiB", "1.999999999GiB"]
DURATIONS = ["0", "0ms", "1us", "0.000000001s", "1ms", "-1ms", "2147483647ms", "2147483648ms", "4294967296ms", "9223372036854ms",
    "9223372036854775807us", "9223372036s", "106751d", "106752d", "1" + "0" * 40 + "d"]
PARTS = ["0", "-1", "1e-320", "1e-9", "0.001", "1e308", "1e400", "nan", "inf", "-inf"]
ADDRESSES = [f"127.0.0.1:{port}" for port in (-1, 0, 65536, 2**31, 2**63, 2**64)]
KINDS = {"N": INTEGERS, "BYTES": SIZES, "SIZE": SIZES, "DURATION": DURATIONS, "TIME": DURATIONS, "PART": PARTS, "HOST:PORT": ADDRESSES}


def numeric_options(program, *command):
    """The options of a command that are numbers, by its help: (name, values)."""
    shown = subprocess.run([program, *command, "--help"], capture_output=True, text=True, timeout=60).stdout
    for line in shown.splitlines():
        words = line.split()
        if line.startswith("  --") and len(words) > 1 and words[1] in KINDS:
            yield words[0], KINDS[words[1]]


def run(command, directory, patience):
    """Runs a command; what has not ended by itself gets SIGTERM, and another one if it wants to finish its work first. Gives exit
    code, output, the most memory in MiB, and whether it was told to end."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=directory, start_new_session=True)
        try:
            process.stdin.write(b"to be or not to be\n")
            process.stdin.close()
        except BrokenPipeError:
            pass
        told, end = 0, time.monotonic() + patience
        while True:
            found, status, usage = os.wait4(process.pid, os.WNOHANG)
            if found:
                break
            if time.monotonic() > end:
                told, end = told + 1, time.monotonic() + 10
                process.send_signal(signal.SIGTERM if told < 3 else signal.SIGKILL)
            time.sleep(0.01)
        try:
            # What it has started.
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return process.returncode, output.read().decode(errors="replace"), usage.ru_maxrss // 1024, told


def command_lines(bin_dir, address):
    """All commands with numeric options, and how to run them: (program, command, arguments, without these options)."""
    def given(program, command, *arguments, but=()):
        return str(bin_dir / program), command.split(), list(arguments), but

    return [
        given("broker", "serve", "--data", "data", but=("--http", "--schema-registry")),
        given("broker", "serve", "--data", "data", "--listen", "127.0.0.1:0", but=("--listen", "--advertise")),
        given("broker", "topics create", "t-{}", "--broker", address),
        given("broker", "consume", "--topic", "lines", "--from-beginning", "--exit-at-end", "--broker", address),
        given("broker", "bench produce", "--topic", "bench-{}", "--broker", address),
        given("broker", "bench consume", "--topic", "lines", "--broker", address),
        given("processor", "run", "word-count", "--exit-when-idle", "--application-id", "count-{}", "--broker", address, but=("--listen", "--advertise")),
        given("processor", "run", "word-count", "--exit-when-idle", "--broker", "embedded:data", but=()),
        given("clickstream-demo", "", but=("--lines",)),
        given("clickstream-demo", "", "--write-log", "log", but=("--rate", "--duration", "--listen", "--advertise")),
        given("benchmarks", "clicks", "--data", "data"),
        given("benchmarks", "wire", "--data", "data"),
    ]


def options(bin_dir):
    """Every numeric option of every command."""
    with Broker(bin_dir) as broker, tempfile.TemporaryDirectory() as root:
        Wire(broker.address).create("lines")
        for number in range(10):
            Wire(broker.address).produce("lines", 0, batch([(number, None, b"a line %d" % number)]))
        jobs = []
        for program, command, arguments, but in command_lines(bin_dir, broker.address):
            seen = 0
            for name, values in numeric_options(program, *command):
                if name in but:
                    continue
                seen += 1
                for value in values:
                    directory = Path(root) / str(len(jobs))
                    line = [program, *command, *(part.format(len(jobs)) for part in arguments), f"{name}={value}"]
                    jobs.append((line, directory))
            if not seen:
                check(f"{Path(program).name} {' '.join(command)} has options with numbers", False)

        def one(job):
            line, directory = job
            directory.mkdir()
            try:
                return line, *run(line, directory, 1.5)
            finally:
                subprocess.run(["rm", "-rf", str(directory)], check=False)

        wrong = 0
        with ThreadPoolExecutor(4) as pool:
            for line, code, text, memory, told in pool.map(one, jobs):
                said = " ".join([Path(line[0]).name, *line[1:]])
                # 130 and 143: it was told to end, and says so.
                fine = code in (0, 1, 64) or told and code in (130, 143)
                fine = fine and memory < 400 and (code != 64 or line[-1].partition("=")[0] in text)
                # A failure has a reason, which is no trace.
                fine = fine and (code not in (1, 64) or len(text.strip()) > 10) and "Fatal error" not in text
                if not fine:
                    wrong += 1
                    check(f"{said}", False, f"exit {code}, {memory} MiB, {'after SIGTERM' if told else 'by itself'}", text[-1500:])
        check(f"{len(jobs)} command lines with numbers at their bounds end in order", wrong == 0 and len(jobs) > 250, wrong)
        check("the broker ends cleanly", broker.stop() == 0, broker.messages()[-2000:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["requests", "batches", "options"])
    arguments = parser.parse_args()
    bin_dir = arguments.bin_dir.absolute()
    chance = random.Random(arguments.seed)
    if arguments.only in (None, "requests"):
        requests(chance, bin_dir)
    if arguments.only in (None, "batches"):
        batches(bin_dir)
    if arguments.only in (None, "options"):
        options(bin_dir)
    finish()


if __name__ == "__main__":
    main()
