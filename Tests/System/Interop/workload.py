"""The click-stream job of the interop scripts: an access log to work on, and the answers to compare."""

import gzip
import hashlib
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import clickstream_truth


def synthetic_log(path):
    """An access log of a day with 60,000 requests, some lines malformed, some late."""
    chance = random.Random(7)
    with gzip.open(path, "wt") as log:
        for number in range(60_000):
            second = max(0, int(number * 86_400 / 60_000) - chance.choice([0, 0, 0, 1, 30, 900]))
            at = f"09/Jul/1995:{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} -0400"
            if chance.random() < 0.001:
                log.write(f"not a log line {number}\n")
            else:
                page = int(chance.paretovariate(0.7)) % 500
                log.write(f'host{chance.randint(1, 900)}.example - - [{at}] "GET /page/{page} HTTP/1.0" 200 {number}\n')


def results(bin_dir, broker):
    """The hash of each answer, and the number of malformed lines."""
    found, malformed = clickstream_truth.answers(bin_dir, broker)
    return {name: hashlib.sha256(text).hexdigest() for name, text in found.items()} | {"malformed": malformed}


def ground_truth(path):
    """What `results` gives if all is right, from a data set's totals."""
    totals = json.loads(Path(path).read_text())
    hashes = {name: part["sha256"] for name, part in totals.items() if isinstance(part, dict) and "sha256" in part}
    return hashes | {"malformed": totals["malformed_lines"]}
