"""TLS and SASL: our broker under librdkafka and kafka-python, and our own tools against it.

usage: security.py BIN_DIR
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, NewTopic, ResourcePatternType, ResourceType)
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ACLFilter, ACLOperation, ACLPermissionType, ACLResourcePatternType, ResourcePatternFilter
from kafka.admin import ResourceType as KafkaResourceType

from librdkafka import consumer, producer, send_all, take, wait_for
from support import Broker, check, compare, finish, raises, sent_records, wait_until

BIN = Path(sys.argv[1])
CERTIFICATES = Path(__file__).parent.parent.parent / "Certificates"
COUNT = 10_000
PASSWORD = "correct horse, battery=staple"


def tool(*arguments, input=None):
    return subprocess.run([str(BIN / "broker"), *map(str, arguments)], input=input, capture_output=True, timeout=120)


def round_trip(what, address, topic, settings):
    """Sends and reads records with librdkafka."""
    admin = AdminClient({"bootstrap.servers": address, **settings})
    wait_for(admin.create_topics([NewTopic(topic, 2, 1)]))
    errors = send_all(producer(address, **settings), topic, sent_records(COUNT, "r"))
    check(f"{what}: no send fails", not errors, errors[:3])
    reader = consumer(address, f"group-{topic}", **settings)
    reader.subscribe([topic])
    compare(what, take(reader, COUNT), COUNT)
    reader.close()


def is_refused(what, address, settings):
    """Checks that a client with these settings gets nothing."""
    client = AdminClient({"bootstrap.servers": address, "socket.timeout.ms": 3000, **settings})
    raises(what, KafkaException, lambda: client.list_topics(timeout=4))


def keystore(directory):
    """A file with the server's key and certificates."""
    path = Path(directory) / "server-store.pem"
    path.write_bytes((CERTIFICATES / "server.key").read_bytes() + (CERTIFICATES / "server.pem").read_bytes())
    return path


def passwords(directory):
    data = Path(directory) / "data"
    secret = Path(directory) / "password"
    secret.write_text(PASSWORD + "\n")
    made = tool("users", "add", "alice", "--password-file", secret, "--broker", f"embedded:{data}")
    check("the first user is added while the broker does not run", made.returncode == 0, made.stderr.decode())
    settings = Path(directory) / "server.properties"
    settings.write_text(
        "security.protocol=SASL_SSL\nsasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\n"
        f"ssl.keystore.type=PEM\nssl.keystore.location={keystore(directory)}\n")
    with Broker(BIN, "--config", settings, "-o", "group.initial.rebalance.delay.ms=0", directory=data) as broker:
        tls = {"security.protocol": "SASL_SSL", "ssl.ca.location": str(CERTIFICATES / "ca.pem")}
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
            login = {**tls, "sasl.mechanism": mechanism, "sasl.username": "alice", "sasl.password": PASSWORD}
            round_trip(f"librdkafka, {mechanism} over TLS", broker.address, f"sasl-{mechanism}", login)
            is_refused(f"{mechanism}: a wrong password is refused", broker.address, {**login, "sasl.password": "wrong"})
            is_refused(f"{mechanism}: an unknown user is refused", broker.address, {**login, "sasl.username": "mallory"})
        is_refused("a client without TLS is refused", broker.address, {})
        is_refused("a client without a password is refused", broker.address, {**tls, "security.protocol": "SSL"})
        is_refused("a client that trusts another authority refuses the broker", broker.address,
            {**login, "ssl.ca.location": str(CERTIFICATES / "other-ca.pem")})
        client = KafkaProducer(
            bootstrap_servers=broker.address, security_protocol="SASL_SSL", ssl_cafile=str(CERTIFICATES / "ca.pem"),
            sasl_mechanism="SCRAM-SHA-512", sasl_plain_username="alice", sasl_plain_password=PASSWORD)
        check("kafka-python, SCRAM-SHA-512 over TLS", client.send("sasl-PLAIN", b"x:0:").get(30).offset >= 0)
        client.close()

        ours = Path(directory) / "client.properties"
        ours.write_text(
            f"security.protocol=SASL_SSL\nssl.truststore.type=PEM\nssl.truststore.location={CERTIFICATES / 'ca.pem'}\n"
            "sasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
            f'username="alice" password="{PASSWORD}";\n')
        where = ("--broker", broker.address, "--config", ours)
        lines = b"".join(b"line %d\n" % number for number in range(COUNT))
        sent = tool("produce", "--topic", "sasl-SCRAM-SHA-256", *where, input=lines)
        check("our producer over TLS with SCRAM", sent.returncode == 0, sent.stderr.decode())
        read = tool("consume", "--topic", "sasl-SCRAM-SHA-256", "--from-beginning", "--exit-at-end", *where)
        ours_back = [line for line in read.stdout.splitlines() if line.startswith(b"line ")]
        check("our consumer gets all back", sorted(ours_back) == sorted(lines.splitlines()), len(ours_back), read.stderr.decode())
        secret.write_text("another\n")
        added = tool("users", "add", "bob", "--password-file", secret, *where)
        check("a user is added to a running broker", added.returncode == 0, added.stderr.decode())
        listed = tool("users", "list", *where).stdout.decode()
        check("users are listed", "alice" in listed and "bob" in listed, listed)
        bob = {**tls, "sasl.mechanism": "SCRAM-SHA-256", "sasl.username": "bob", "sasl.password": "another"}
        check("the new user can log in", AdminClient({"bootstrap.servers": broker.address, **bob}).list_topics(timeout=20).topics)
        removed = tool("users", "remove", "bob", *where)
        check("a user is removed", removed.returncode == 0, removed.stderr.decode())
        is_refused("and is refused from then on", broker.address, bob)
        ours.write_text(ours.read_text().replace(PASSWORD, "not the password"))
        refused = tool("topics", "list", *where)
        check("our client says that the password is wrong, without showing it",
            refused.returncode != 0 and b"not the password" not in refused.stderr and refused.stderr, refused.stderr.decode())
        check("no password is in the broker's log", PASSWORD not in broker.messages(), broker.messages())
        check("the broker ends cleanly", broker.stop() == 0, broker.messages()[-2000:])
    stored = subprocess.run(["grep", "-r", "-l", "-F", PASSWORD, str(data)], capture_output=True).stdout
    check("no password is in the data directory", not stored, stored)


def access_control(directory):
    """Users who may do what rules say: each of them with librdkafka and kafka-python, and our own tools."""
    data = Path(directory) / "ruled"
    secret = Path(directory) / "secret"
    secret.write_text(PASSWORD + "\n")
    for user in ("admin", "alice", "bob"):
        tool("users", "add", user, "--password-file", secret, "--broker", f"embedded:{data}")
    before = tool("acls", "add", "--allow", "alice", "--topic", "orders", "--prefixed", "--operation", "read", "--operation", "WRITE",
        "--broker", f"embedded:{data}")
    check("rules are added while the broker does not run", before.returncode == 0, before.stderr.decode())
    with Broker(BIN, "-o", "security.protocol=SASL_PLAINTEXT", "-o", "sasl.enabled.mechanisms=SCRAM-SHA-256",
            "-o", "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer", "-o", "super.users=User:admin",
            "-o", "group.initial.rebalance.delay.ms=0", directory=data) as broker:

        def login(user):
            return {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-256", "sasl.username": user,
                "sasl.password": PASSWORD, "bootstrap.servers": broker.address}

        def own(user):
            path = Path(directory) / f"{user}.properties"
            path.write_text("".join(f"{name}={value}\n" for name, value in login(user).items()) + "group.id=unused\n")
            return path

        def has(*codes):
            return lambda error: error.args[0].code() in codes

        admin = AdminClient(login("admin"))
        wait_for(admin.create_topics([NewTopic("orders-1", 1, 1), NewTopic("secret", 1, 1)]))
        alice, bob = AdminClient(login("alice")), AdminClient(login("bob"))
        check("a user sees the topics that rules allow", set(alice.list_topics(timeout=20).topics) == {"orders-1"})
        check("and another none", not bob.list_topics(timeout=20).topics)
        raises("a user may not make topics", KafkaException, lambda: wait_for(alice.create_topics([NewTopic("orders-2", 1, 1)])),
            has(KafkaError.TOPIC_AUTHORIZATION_FAILED))
        raises("nor rules", KafkaException, lambda: wait_for(bob.create_acls([AclBinding(
            ResourceType.TOPIC, "*", ResourcePatternType.LITERAL, "User:bob", "*", AclOperation.ALL, AclPermissionType.ALLOW)])),
            has(KafkaError.CLUSTER_AUTHORIZATION_FAILED))
        errors = send_all(producer(broker.address, **login("alice")), "orders-1", sent_records(100, "a"))
        check("a user writes to a topic that a prefix allows", not errors, errors[:2])
        refused = tool("produce", "--topic", "secret", "--config", own("alice"), input=b"x\n")
        check("and not to another, which our producer says",
            refused.returncode == 1 and b"TOPIC_AUTHORIZATION_FAILED" in refused.stderr, refused.stderr.decode())
        reader = consumer(broker.address, "readers", **login("alice"))
        reader.subscribe(["orders-1"])

        def is_refused():
            message = reader.poll(1)
            return message is not None and message.error() and message.error().code() == KafkaError.GROUP_AUTHORIZATION_FAILED

        check("reading in a group needs a rule for the group", wait_until(is_refused, 20))
        reader.close()
        wait_for(admin.create_acls([AclBinding(
            ResourceType.GROUP, "readers", ResourcePatternType.LITERAL, "User:alice", "*", AclOperation.READ, AclPermissionType.ALLOW)]))
        reader = consumer(broker.address, "readers", **login("alice"))
        reader.subscribe(["orders-1"])
        compare("with one it reads", take(reader, 100), 100)
        reader.close()
        found = admin.describe_acls(AclBindingFilter(
            ResourceType.TOPIC, "orders-1", ResourcePatternType.MATCH, None, None, AclOperation.ANY, AclPermissionType.ANY)).result(20)
        check("librdkafka finds the rules that hold for a topic", {rule.operation for rule in found} == {AclOperation.READ, AclOperation.WRITE}, found)
        pure = KafkaAdminClient(bootstrap_servers=broker.address, security_protocol="SASL_PLAINTEXT", sasl_mechanism="SCRAM-SHA-256",
            sasl_plain_username="admin", sasl_plain_password=PASSWORD)
        rules, error = pure.describe_acls(ACLFilter(
            None, None, ACLOperation.ANY, ACLPermissionType.ANY,
            ResourcePatternFilter(KafkaResourceType.ANY, None, ACLResourcePatternType.ANY)))
        check("kafka-python lists all rules", len(rules) == 3, rules)
        pure.close()
        denied = tool("acls", "add", "--deny", "alice", "--topic", "orders-1", "--operation", "write", "--config", own("admin"))
        check("a rule that denies is added", denied.returncode == 0, denied.stderr.decode())
        check("the file of a Java client serves, with a word of what means nothing",
            denied.stderr.count(b"warning") == 1 and b"group.id" in denied.stderr, denied.stderr.decode())
        refused = tool("produce", "--topic", "orders-1", "--config", own("alice"), input=b"x\n")
        check("and goes before those that allow", refused.returncode == 1 and b"TOPIC_AUTHORIZATION_FAILED" in refused.stderr, refused.stderr.decode())
        listed = [json.loads(line) for line in tool("acls", "list", "--json", "--user", "alice", "--config", own("admin")).stdout.splitlines()]
        check("our tool lists them", [rule["permission"] for rule in listed if rule["operation"] == "WRITE"] == ["ALLOW", "DENY"], listed)
        shown = tool("acls", "remove", "--user", "alice", "--config", own("admin"))
        check("rules are removed only when told to", b"--execute" in shown.stderr and shown.returncode == 0, shown.stderr.decode())
        ours = ("--config", own("admin"))
        tool("topics", "create", "lines", "word-counts", *ours)
        tool("produce", "--topic", "lines", *ours, input=b"a b a\n")
        tool("acls", "add", "--allow", "bob", "--topic", "lines", "--operation", "read", *ours)
        tool("acls", "add", "--allow", "bob", "--topic", "word-counts", "--operation", "write", *ours)

        def run(guarantee):
            return subprocess.run(
                [BIN / "processor", "run", "word-count", "--guarantee", guarantee, "--config", own("bob"), "--state-dir", "none", "--exit-when-idle"],
                capture_output=True, timeout=120)

        refused = run("exactly-once")
        check("an application without rules of its own is told what it may not do",
            refused.returncode == 1 and b"AUTHORIZATION_FAILED" in refused.stderr, refused.stderr.decode())
        tool("acls", "add", "--allow", "bob", "--prefixed", "--topic", "word-count-", "--group", "word-count", "--transactional-id", "word-count", *ours)
        for guarantee in ("exactly-once", "at-least-once"):
            ended = run(guarantee)
            check(f"with them it runs {guarantee}", ended.returncode == 0, ended.stderr.decode())
        counted = tool("consume", "--topic", "word-counts", "--from-beginning", "--exit-at-end", "--value-format", "int64", "--json", *ours).stdout
        check("and counts", {row["key"]: row["value"] for row in map(json.loads, counted.splitlines())} == {"a": 2, "b": 1}, counted)
        removed = tool("acls", "remove", "--user", "alice", "--execute", "--config", own("admin"))
        check("and then are", b"removed 4 rules" in removed.stderr, removed.stderr.decode())
        check("which counts at once", not AdminClient(login("alice")).list_topics(timeout=20).topics)
        check("the broker ends cleanly", broker.stop() == 0, broker.messages()[-2000:])


def client_certificates(directory):
    options = ("-o", "security.protocol=SSL", "-o", f"ssl.keystore.location={keystore(directory)}",
        "-o", "ssl.client.auth=required", "-o", f"ssl.truststore.location={CERTIFICATES / 'ca.pem'}",
        "-o", "group.initial.rebalance.delay.ms=0")
    with Broker(BIN, *options) as broker:
        tls = {"security.protocol": "SSL", "ssl.ca.location": str(CERTIFICATES / "ca.pem")}
        known = {**tls, "ssl.certificate.location": str(CERTIFICATES / "client.pem"), "ssl.key.location": str(CERTIFICATES / "client.key")}
        stranger = {**tls, "ssl.certificate.location": str(CERTIFICATES / "stranger.pem"), "ssl.key.location": str(CERTIFICATES / "stranger.key")}
        round_trip("librdkafka with a client certificate", broker.address, "certified", known)
        is_refused("a client without a certificate is refused", broker.address, tls)
        is_refused("a client with a stranger's certificate is refused", broker.address, stranger)
        check("the broker ends cleanly", broker.stop() == 0, broker.messages()[-2000:])
    for user, is_this in (("User:CN=alice,O=Millrace", True), ("User:CN=bob,O=Millrace", False)):
        with Broker(BIN, *options, "-o", "authorizer.class.name=StandardAuthorizer", "-o", f"super.users={user}") as broker:
            admin = AdminClient({"bootstrap.servers": broker.address, **known})
            made = admin.create_topics([NewTopic("t", 1, 1)])["t"].exception(20)
            check(f"who shows a certificate is known by its name: {user} is {'this' if is_this else 'another'}", (made is None) == is_this, made)


def main():
    with tempfile.TemporaryDirectory() as directory:
        passwords(directory)
        access_control(directory)
        client_certificates(directory)
    finish()


if __name__ == "__main__":
    main()
