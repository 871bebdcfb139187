"""The embedded schema registry with Confluent's own client and serializers: schemas are registered, found, compared and deleted; records
in Avro and JSON Schema go from Python through a topology and back; ids stay through kill -9; access control and TLS do not stand in the way.

usage: schema_registry.py BIN_DIR
"""

import atexit
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "Interop"))

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import ConfigCompatibilityLevel, Schema, SchemaReference, SchemaRegistryClient, ServerConfig
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from staying_up import Processor, tool
from support import Broker, check, finish, free_port, raises, wait_until

BIN = Path(sys.argv[1])
CERTIFICATES = Path(__file__).parent.parent / "Certificates"


def avro(fields, name="Order"):
    return json.dumps({"type": "record", "name": name, "namespace": "shop", "fields": [
        {"name": field, "type": kind, **default} for field, kind, default in fields]})


ORDER_1 = avro([("id", "int", {}), ("customer", "string", {})])
ORDER_2 = avro([("id", "long", {}), ("cents", "int", {"default": 7}), ("customer", "string", {}), ("place", "string", {"default": ""})])
NEEDY = avro([("id", "int", {}), ("customer", "string", {}), ("tax", "long", {})])
NOTE = json.dumps({
    "$schema": "http://json-schema.org/draft-07/schema#", "title": "Note", "type": "object", "additionalProperties": False,
    "required": ["customer", "text"], "properties": {"customer": {"type": "string"}, "text": {"type": "string"}}})


def code(status, error):
    """Whether an error is the registry's, with this status and code."""
    return lambda thrown: (thrown.http_status_code, thrown.error_code) == (status, error)


def registered(registry):
    """Confluent's client against all that it can ask."""
    order = registry.register_schema("t-value", Schema(ORDER_1, "AVRO"))
    check("an Avro schema gets an id", order == 1, order)
    check("the same schema elsewhere has the same id", registry.register_schema("u-value", Schema(ORDER_1, "AVRO")) == order)
    fresh = SchemaRegistryClient({"url": registry._rest_client.base_urls[0]})
    check("a schema is found by its id", json.loads(fresh.get_schema(order).schema_str)["name"] == "Order")
    check("subjects", registry.get_subjects() == ["t-value", "u-value"], registry.get_subjects())
    check("versions", registry.get_versions("t-value") == [1])
    latest = registry.get_latest_version("t-value")
    check("the latest version", (latest.version, latest.schema_id, latest.subject) == (1, order, "t-value"), latest)
    check("a schema is looked up", registry.lookup_schema("t-value", Schema(ORDER_1, "AVRO")).version == 1)
    raises("an unknown subject", SchemaRegistryError, lambda: registry.get_versions("none"), code(404, 40401))
    raises("an unknown version", SchemaRegistryError, lambda: registry.get_version("t-value", 9), code(404, 40402))
    raises("an unknown id", SchemaRegistryError, lambda: fresh.get_schema(99), code(404, 40403))
    raises("no schema", SchemaRegistryError, lambda: registry.register_schema("t-value", Schema("{", "AVRO")), code(422, 42201))

    check("a harmless version is compatible", registry.test_compatibility("t-value", Schema(ORDER_2, "AVRO")))
    check("a harmful one is not", not registry.test_compatibility("t-value", Schema(NEEDY, "AVRO")))
    raises("a harmful version", SchemaRegistryError, lambda: registry.register_schema("t-value", Schema(NEEDY, "AVRO")), code(409, 409))
    registry.set_config("t-value", ServerConfig(compatibility=ConfigCompatibilityLevel.NONE))
    check("a subject's level", registry.get_config("t-value").compatibility_level == "NONE", registry.get_config("t-value"))
    needy = registry.register_schema("t-value", Schema(NEEDY, "AVRO"))
    check("where nothing is compared it is a version", needy == 2 and registry.get_versions("t-value") == [1, 2])
    check("the default level", registry.get_compatibility() == "BACKWARD")
    registry.set_compatibility(level="FULL_TRANSITIVE")
    check("another default level", registry.get_compatibility() == "FULL_TRANSITIVE")
    registry.set_compatibility(level="BACKWARD")
    raises("no level", SchemaRegistryError, lambda: registry.set_compatibility(level="SOME"), code(422, 42203))
    registry.update_mode("u-value", "READONLY")
    check("a mode", registry.get_mode("u-value") == "READONLY", registry.get_mode("u-value"))
    raises("read-only", SchemaRegistryError, lambda: registry.register_schema("u-value", Schema(NEEDY, "AVRO")), code(422, 42205))
    registry.update_mode("u-value", "READWRITE")

    customer = avro([("name", "string", {})], "Customer")
    registry.register_schema("customer", Schema(customer, "AVRO"))
    using = Schema(
        avro([("by", "shop.Customer", {})], "Bill"), "AVRO", [SchemaReference("shop.Customer", "customer", 1)])
    bill = registry.register_schema("bill", using)
    check("a schema that refers to another", fresh.get_schema(bill).references[0].subject == "customer")
    check("who refers to it", [entry.subject for entry in fresh.get_schema_versions(bill)] == ["bill"])
    raises("what is referred to stays", SchemaRegistryError, lambda: registry.delete_subject("customer"), code(422, 42206))

    note = registry.register_schema("n-value", Schema(NOTE, "JSON"))
    check("a JSON Schema", fresh.get_schema(note).schema_type == "JSON")
    wider = json.loads(NOTE)
    wider["properties"]["mood"] = {"type": "string"}
    check("a harmless change of it", registry.test_compatibility("n-value", Schema(json.dumps(wider), "JSON")))
    wider["required"].append("mood")
    check("a harmful change of it", not registry.test_compatibility("n-value", Schema(json.dumps(wider), "JSON")))

    check("a subject is deleted", registry.delete_subject("t-value") == [1, 2])
    check("it is not listed", "t-value" not in registry.get_subjects())
    check("its schemas are still found", SchemaRegistryClient({"url": fresh._rest_client.base_urls[0]}).get_schema(needy) is not None)
    check("it is deleted for good", registry.delete_subject("t-value", permanent=True) == [1, 2])
    raises(
        "and then it is not", SchemaRegistryError,
        lambda: SchemaRegistryClient({"url": fresh._rest_client.base_urls[0]}).get_schema(needy), code(404, 40403))


def read(broker, topic, enough, decode, seconds=60):
    """Reads a topic from its beginning until what was read is `enough`."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": f"r-{time.time()}", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found, end = [], time.monotonic() + seconds
    while not enough(found) and time.monotonic() < end:
        record = consumer.poll(0.2)
        if record is not None and record.error() is None:
            found.append(decode(record.value(), SerializationContext(topic, MessageField.VALUE)))
    consumer.close()
    return found


def round_trip(broker, url):
    """Python writes, a topology reads and writes, Python reads."""
    registry = SchemaRegistryClient({"url": url})
    for topic in ("in", "out", "notes", "shouts"):
        made = tool(BIN, broker, "topics", "create", topic, "--partitions", 2)
        assert made.returncode == 0, made.stderr.decode()
    producer = Producer({"bootstrap.servers": broker.address})
    context = SerializationContext("in", MessageField.VALUE)
    first, second = AvroSerializer(registry, ORDER_1), AvroSerializer(registry, ORDER_2)
    for number in range(100):
        customer = f"c{number % 5}"
        if number < 50:
            value = first({"id": number, "customer": customer}, context)
        else:
            value = second({"id": number, "cents": number, "customer": customer, "place": "here"}, context)
        producer.produce("in", key=str(number), value=value)
    # One that nobody can read, and one of a schema that there is not.
    producer.produce("in", key="bad", value=b"no frame")
    producer.produce("in", key="bad", value=b"\0\0\0\x7f\xff...")
    notes = JSONSerializer(NOTE, registry)
    for number in range(10):
        value = {"customer": f"c{number}", "text": "grüß"}
        producer.produce("notes", value=notes(value, SerializationContext("notes", MessageField.VALUE)))
    check("everything is sent", producer.flush(60) == 0)

    with tempfile.TemporaryDirectory() as state:
        processor = Processor(
            BIN, broker, "registry", "--set", f"registry={url}", "--state-dir", state, "--commit-interval", "100ms",
            "--guarantee", "exactly-once", "--bad-records", "dead-letter:bad")
        atexit.register(processor.kill)
        totals = AvroDeserializer(registry)

        def latest(found):
            return {total["customer"]: (total["orders"], total["cents"]) for total in found}

        right = {f"c{rest}": (20, 10 * 100 + sum(range(50 + rest, 100, 5))) for rest in range(5)}
        found = read(broker, "out", lambda found: latest(found) == right, totals)
        check("sums of orders of two schemas, by a third", latest(found) == right, latest(found), right, processor.messages())
        shouts = JSONDeserializer(NOTE, schema_registry_client=registry)
        found = read(broker, "shouts", lambda found: len(found) >= 10, shouts)
        check(
            "notes in JSON Schema there and back", sorted(note["customer"] for note in found) == [f"c{n}" for n in range(10)]
            and {note["text"] for note in found} == {"GRÜSS"}, found)
        bad = read(broker, "bad", lambda found: len(found) >= 2, lambda value, _: value, 30)
        check("what cannot be read goes to the dead letters", sorted(bad) == [b"\0\0\0\x7f\xff...", b"no frame"], bad, processor.messages())
        check("the processor stops", processor.stop()[0] == 0, processor.messages())
    subjects = registry.get_subjects()
    check("subjects are named by the strategies", {"in-value", "out-value", "notes-value", "shouts-Note"} <= set(subjects), subjects)
    check("the topology's schema is a version of its input's subject", len(registry.get_versions("in-value")) == 3)


def ids(url):
    """What a registry has, asked by a client that remembers nothing."""
    registry = SchemaRegistryClient({"url": url})
    return {
        subject: [(version, registry.get_version(subject, version).schema_id) for version in registry.get_versions(subject)]
        for subject in registry.get_subjects()}


def main():
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with Broker(BIN, "--schema-registry", f"127.0.0.1:{port}") as broker:
        registry = SchemaRegistryClient({"url": url})
        check("the registry answers", wait_until(lambda: answers(url), 30), broker.messages())
        registered(registry)
        round_trip(broker, url)
        before = ids(url)
        broker.kill()
        broker.start()
        check("the registry is back after kill -9", wait_until(lambda: answers(url), 30), broker.messages())
        check("all ids and versions are what they were", ids(url) == before, ids(url), before)
        note = Schema(NOTE, "JSON")
        known = SchemaRegistryClient({"url": url}).lookup_schema("n-value", note).schema_id
        check("a schema has its id again", SchemaRegistryClient({"url": url}).register_schema("elsewhere", note) == known)
        largest = max(id for versions in before.values() for _, id in versions)
        new = SchemaRegistryClient({"url": url}).register_schema("new", Schema('"bytes"', "AVRO"))
        check("a new schema gets a new id", new > largest, new, largest)
        topic = tool(BIN, broker, "topics", "describe", "_schemas").stdout.decode()
        check("the topic is compacted", "cleanup.policy" in topic and "compact" in topic, topic)
        check("the broker stops", broker.stop() == 0)

    secured()
    beside_a_processor()
    outage()
    finish()


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False


def secured():
    """With access control in the broker, and with TLS and a token before the registry."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        token = Path(folder) / "token"
        token.write_text("open-sesame\n")
        options = [
            "-o", "authorizer.class.name=StandardAuthorizer", "-o", "super.users=User:admin", "--schema-registry", f"127.0.0.1:{port}",
            "--http-token", token, "--http-certificate", CERTIFICATES / "server.pem", "--http-key", CERTIFICATES / "server.key"]
        with Broker(BIN, *options) as broker:
            settings = {"url": f"https://localhost:{port}", "ssl.ca.location": str(CERTIFICATES / "ca.pem")}
            check("the secured registry listens", wait_until(lambda: "schema registry on" in broker.messages(), 30), broker.messages())
            with_password = SchemaRegistryClient({**settings, "basic.auth.user.info": "me:open-sesame"})
            check("a password over TLS, beside access control", with_password.register_schema("s", Schema('"int"', "AVRO")) == 1)
            without = SchemaRegistryClient({**settings, "basic.auth.user.info": "me:wrong"})
            raises("a wrong password", SchemaRegistryError, without.get_subjects, lambda error: error.http_status_code == 401)
    refused = subprocess.run(
        [str(BIN / "broker"), "serve", "--data", "/nowhere", "--listen", "127.0.0.1:0", "--schema-registry", "0.0.0.0:0"],
        capture_output=True, timeout=30)
    check("an open registry for everybody is refused", refused.returncode == 64, refused.stderr.decode())


def beside_a_processor():
    """The registry of a broker inside of a processor, which reads and writes with it."""
    port, listen = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        log = tempfile.TemporaryFile()
        process = subprocess.Popen(
            [str(BIN / "test-processor"), "run", "registry", "--broker", f"embedded:{folder}/data", "--schema-registry",
             f"127.0.0.1:{port}", "--set", f"registry={url}", "--listen", f"127.0.0.1:{listen}"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            check("the registry answers beside a processor", wait_until(lambda: answers(url), 60))
            registry = SchemaRegistryClient({"url": url})
            producer = Producer({"bootstrap.servers": f"127.0.0.1:{listen}"})
            serialize = AvroSerializer(registry, ORDER_1)
            for number in range(10):
                value = serialize({"id": number, "customer": "c"}, SerializationContext("in", MessageField.VALUE))
                producer.produce("in", key="k", value=value)
            check("orders are sent", producer.flush(60) == 0)
            found = read(Address(listen), "out", lambda found: found and found[-1]["orders"] == 10, AvroDeserializer(registry))
            check("and summed up", found and (found[-1]["orders"], found[-1]["cents"]) == (10, 1000), found)
        finally:
            process.terminate()
            check("the processor stops with its registry", process.wait(60) == 0)


def outage():
    """A registry that is away when its first record of a schema comes is waited for, with a word."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with Broker(BIN) as broker, Broker(BIN, "--schema-registry", f"127.0.0.1:{port}") as home, tempfile.TemporaryDirectory() as state:
        for topic in ("in", "out", "notes", "shouts"):
            assert tool(BIN, broker, "topics", "create", topic, "--partitions", 1).returncode == 0
        wait_until(lambda: answers(url), 30)
        registry = SchemaRegistryClient({"url": url})
        producer = Producer({"bootstrap.servers": broker.address})
        context = SerializationContext("in", MessageField.VALUE)
        first = AvroSerializer(registry, ORDER_1)({"id": 1, "customer": "c"}, context)
        second = AvroSerializer(registry, ORDER_2)({"id": 2, "cents": 5, "customer": "c", "place": ""}, context)
        processor = Processor(BIN, broker, "registry", "--set", f"registry={url}", "--state-dir", state, "--commit-interval", "100ms")
        atexit.register(processor.kill)
        totals = AvroDeserializer(registry)

        def count(number):
            return lambda found: bool(found) and found[-1]["orders"] == number

        producer.produce("in", key="k", value=first)
        producer.flush(30)
        check("an order is read", count(1)(read(broker, "out", count(1), totals)), processor.messages())
        home.kill()
        producer.produce("in", key="k", value=second)
        producer.flush(30)
        check(
            "the wait for a registry that is away is told", wait_until(lambda: "does not answer" in processor.messages(), 30),
            processor.messages())
        home.start()
        check("the order is read when it is back", count(2)(read(broker, "out", count(2), totals)), processor.messages())
        check("the processor stops", processor.stop()[0] == 0, processor.messages())


class Address:
    """Where a broker is."""

    def __init__(self, port):
        self.address = f"127.0.0.1:{port}"


main()
