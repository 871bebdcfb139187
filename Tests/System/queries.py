"""Two instances on one broker answer for each other: every key asked at either gives the right value, and ranges have the rows of
both, in order; while one is killed and while a third joins, an answer is right, or an error says why there is none.

usage: queries.py BIN_DIR
"""

import json
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "Interop"))

from confluent_kafka import Producer

from staying_up import Processor, create
from support import Broker, check, finish, free_port, wait_until

PARTITIONS = 4
KEYS = 300
EXPECTED = {f"key {number}/ü": number % 7 + 1 for number in range(KEYS)}
# The names of errors that may come while tasks move, with the statuses that they come with.
PASSING = {"rebalancing": 503, "behind": 503, "notHere": 421, "unreachable": 502, "timedOut": 503, "stopped": 503, "overloaded": 503}


class Instance(Processor):
    """An instance of the application that can be asked over HTTP."""

    def __init__(self, bin_dir, broker, state):
        self.port = free_port()
        self.server = f"127.0.0.1:{self.port}"
        super().__init__(
            bin_dir, broker, "totals", "--commit-interval", "100ms", "--state-dir", state, "--session-timeout", "6s",
            "--http", self.server)

    def ask(self, path):
        """Status, JSON and header fields of an answer; nothing if there is none."""
        try:
            with urllib.request.urlopen(f"http://{self.server}{path}", timeout=30) as answer:
                return answer.status, json.load(answer), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, json.load(error), error.headers
        except OSError:
            return None, None, None

    def key(self, key):
        return self.ask(f"/api/stores/totals/{urllib.parse.quote(key, safe='')}")

    def rows(self, query=""):
        return self.ask(f"/api/stores/totals?limit=10000{query}")

    def tasks(self):
        status, found, _ = self.ask("/api/tasks")
        return [task["id"] for task in found if task["state"] == "running"] if status == 200 else []

    def is_ready(self):
        return self.ask("/readyz")[0] == 200


def produce(broker):
    producer = Producer({"bootstrap.servers": broker.address, "partitioner": "murmur2_random"})
    for key, count in EXPECTED.items():
        for _ in range(count):
            producer.produce("in", key=key.encode(), value=b"x")
    assert producer.flush(60) == 0


def values(answer):
    return {row["key"]: row["value"] for row in answer["rows"]}


def is_complete(instance):
    status, answer, _ = instance.rows()
    return status == 200 and values(answer) == EXPECTED


class Asker:
    """Asks instances for keys and ranges all the time, and counts what comes of it."""

    def __init__(self, *instances):
        self.tally = Counter()
        self.wrong = []
        self.is_over = False
        self.threads = [threading.Thread(target=self.run, args=(instance,)) for instance in instances]
        for thread in self.threads:
            thread.start()

    def run(self, instance):
        keys = list(EXPECTED)
        number = 0
        while not self.is_over:
            number += 1
            if number % 20 == 0:
                status, answer, _ = instance.rows()
                self.note("range", status, answer, lambda: values(answer) == EXPECTED and answer["missing"] == [])
                status, answer, _ = instance.rows("&partial=true")
                self.note("partial range", status, answer, lambda: is_part(answer))
                continue
            key = keys[number * 37 % KEYS]
            status, answer, _ = instance.key(key)
            self.note("key", status, answer, lambda: values(answer) == {key: EXPECTED[key]})

    def note(self, what, status, answer, is_right):
        if status is None:
            self.tally[f"{what}: no answer"] += 1
            time.sleep(0.02)
        elif status == 200:
            right = is_right()
            self.tally[f"{what}: {'right' if right else 'wrong'}"] += 1
            if not right:
                self.wrong.append((what, answer))
        else:
            code = answer.get("code")
            self.tally[f"{what}: {code}"] += 1
            if PASSING.get(code) != status or not answer.get("error"):
                self.wrong.append((what, status, answer))

    def finish(self, what):
        self.is_over = True
        for thread in self.threads:
            thread.join()
        print(f"     {what}: {dict(sorted(self.tally.items()))}", flush=True)
        check(f"{what}: no wrong answer, and each error says what it is", not self.wrong, *self.wrong[:3])
        check(f"{what}: most are answered", self.tally["key: right"] > 0 and self.tally["range: right"] > 0, self.tally)


def is_part(answer):
    """Whether a range has all rows of the partitions that it does not name as missing, and no wrong one."""
    found, missing = values(answer), {part["partition"] for part in answer["missing"]}
    answered = {partition for part in answer["instances"] for partition in part["partitions"]}
    return (all(EXPECTED.get(key) == value for key, value in found.items())
            and (missing or found == EXPECTED) and missing | answered == set(range(PARTITIONS))
            and all(PASSING.get(part["code"]) for part in answer["missing"]))


def main():
    bin_dir = Path(sys.argv[1])
    state = tempfile.TemporaryDirectory()
    with Broker(bin_dir) as broker:
        create(bin_dir, broker, PARTITIONS)
        produce(broker)
        instances = [Instance(bin_dir, broker, f"{state.name}/{number}") for number in range(2)]
        one, two = instances
        logs = lambda: [instance.messages()[-1500:] for instance in instances]
        shared = wait_until(lambda: sorted(len(instance.tasks()) for instance in instances) == [2, 2])
        check("two instances share the tasks", shared, [instance.tasks() for instance in instances], *logs())
        check("a range at either has all rows", wait_until(lambda: is_complete(one) and is_complete(two)), one.rows(), *logs())

        wrong, elsewhere = [], Counter()
        for instance in instances:
            for key, value in EXPECTED.items():
                status, answer, headers = instance.key(key)
                if status != 200 or values(answer) != {key: value}:
                    wrong.append((instance.server, key, status, answer))
                elsewhere[instance.server, headers and headers.get("X-Answered-By")] += 1
        check("every key asked at either gives the right value", not wrong, *wrong[:3])
        check("the other one is asked for what it has, and nobody else",
              set(elsewhere) == {(one.server, None), (one.server, two.server), (two.server, None), (two.server, one.server)}, elsewhere)
        check("a key that is not there has no row", all(i.key("none")[:2][1].get("rows") == [] for i in instances))

        order = sorted(EXPECTED, key=str.encode)
        for instance, other in ((one, two), (two, one)):
            _, answer, _ = instance.rows()
            check("rows come in the order of their keys", [row["key"] for row in answer["rows"]] == order, answer)
            check("an answer says which instances it is of",
                  sorted((part["server"], part["isLocal"], len(part["partitions"])) for part in answer["instances"])
                  == sorted([(instance.server, True, 2), (other.server, False, 2)]) and answer["missing"] == [], answer["instances"])
            _, answer, _ = instance.rows("&reversed=true")
            check("and reversed", [row["key"] for row in answer["rows"]] == order[::-1])
            some = [key for key in order if "key 1" <= key <= "key 2/ü"]
            first, last = urllib.parse.quote("key 1"), urllib.parse.quote("key 2/ü")
            _, answer, _ = instance.rows(f"&from={first}&to={last}")
            check("between two keys", [row["key"] for row in answer["rows"]] == some, answer)
            _, answer, _ = instance.rows("&prefix=key%2013")
            check("that begin with something", [row["key"] for row in answer["rows"]] == [k for k in order if k.startswith("key 13")])
            status, answer, _ = instance.ask("/api/stores/totals?limit=10")
            check("so many", [row["key"] for row in answer["rows"]] == order[:10] and answer["more"])
            _, answer, _ = instance.rows("&local=true")
            found = values(answer)
            check("those that are here", 0 < len(found) < KEYS and found.items() <= EXPECTED.items()
                  and [part["isLocal"] for part in answer["instances"]] == [True])

        for path, status, code in [
            ("/api/stores/none", 404, "unknownStore"), ("/api/stores/none/k", 404, "unknownStore"),
            ("/api/stores/totals?from-time=1", 400, "wrongTypes"),
            ("/api/stores/totals/%00?key-format=base64", 400, None), ("/api/stores/totals?limit=x", 400, None),
            ("/api/peers/stores/totals?partition=0&ask=x", 400, None), ("/api/peers/stores/totals?ask=", 400, None),
        ]:
            found, answer, _ = one.ask(path)
            check(f"{path} is refused in JSON", found == status and answer["error"] and answer.get("code") == code, found, answer)

        asker = Asker(one, two)
        time.sleep(1)
        two.kill()
        check("after a kill the other one comes to have all", wait_until(lambda: len(one.tasks()) == PARTITIONS), one.messages()[-1500:])
        check("and every row", wait_until(lambda: is_complete(one)), one.rows())
        time.sleep(0.5)
        asker.finish("while one is killed")

        asker = Asker(one)
        instances = [one] + [Instance(bin_dir, broker, f"{state.name}/{number}") for number in (2, 3)]
        joined = wait_until(lambda: sorted(len(instance.tasks()) for instance in instances) == [1, 1, 2])
        check("two more share the tasks", joined, [instance.tasks() for instance in instances], *logs())
        check("and each has every row", wait_until(lambda: all(map(is_complete, instances))), *logs())
        more = Asker(*instances[1:])
        time.sleep(1)
        code = instances[1].stop()[0]
        check("one ends well", code == 0, code, instances[1].messages()[-1500:])
        check("what is left has every row", wait_until(lambda: all(map(is_complete, [one, instances[2]]))), *logs())
        asker.finish("while others come and go")
        more.finish("at those that come and go")
        for instance in [one, instances[2]]:
            instance.stop()
    state.cleanup()
    finish()


if __name__ == "__main__":
    main()
