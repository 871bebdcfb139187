"""TLS and SASL: our broker under librdkafka and kafka-python, and our own tools against it.

usage: security.py BIN_DIR
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from kafka import KafkaProducer

from librdkafka import consumer, producer, send_all, take, wait_for
from support import Broker, check, compare, finish, raises, sent_records

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


def main():
    with tempfile.TemporaryDirectory() as directory:
        passwords(directory)
        client_certificates(directory)
    finish()


if __name__ == "__main__":
    main()
