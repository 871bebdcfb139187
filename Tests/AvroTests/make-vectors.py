#!/usr/bin/env python3
"""Makes Vectors.json: what the Python packages fastavro and avro do with schemas and values, for VectorTests.swift.

    python3 -m venv venv && venv/bin/pip install fastavro==1.13.1 avro==1.12.2
    venv/bin/python Tests/AvroTests/make-vectors.py > Tests/AvroTests/Vectors.json

The same packages make the same file: everything random comes of one seed.
"""

import datetime
import decimal
import io
import json
import random
import struct
import uuid

import avro.schema
import fastavro
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from fastavro.schema import fingerprint, to_parsing_canonical_form

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
random_source = random.Random(13)


def write(schema, value):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


def read(data, writer, reader=None):
    parsed = fastavro.parse_schema(reader) if reader is not None else None
    return fastavro.schemaless_reader(io.BytesIO(data), fastavro.parse_schema(writer), parsed)


# Values as the tests read them: an object with the kind as its only key.


def tagged(value, schema, named=None):
    """A value as Python has it, by its schema; of unions the first branch that it can be of."""
    named = {} if named is None else named
    if isinstance(schema, list):
        return next(tagged(value, branch, named) for branch in schema if is_of(value, branch, named))
    if isinstance(schema, str) and schema in named:
        return tagged(value, named[schema], named)
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind == "null":
        return None
    if kind == "boolean":
        return value
    if kind == "int":
        return {"int": value}
    if kind == "long":
        return {"long": value}
    if kind == "float":
        return {"float": struct.unpack(">I", struct.pack(">f", value))[0]}
    if kind == "double":
        return {"double": struct.pack(">d", value).hex()}
    if kind == "bytes":
        return {"bytes": (value.encode() if isinstance(value, str) else value).hex()}
    if kind == "string":
        return {"string": value if isinstance(value, str) else value.decode()}
    if kind == "array":
        return {"array": [tagged(item, schema["items"], named) for item in value]}
    if kind == "map":
        return {"map": {key: tagged(item, schema["values"], named) for key, item in value.items()}}
    named[schema["name"]] = schema
    if kind == "fixed":
        return {"fixed": value.hex(), "name": schema["name"]}
    if kind == "enum":
        return {"enum": value, "name": schema["name"]}
    return {
        "record": schema["name"],
        "fields": [[field["name"], tagged(value[field["name"]], field["type"], named)] for field in schema["fields"]],
    }


def is_of(value, schema, named):
    if isinstance(schema, str) and schema in named:
        schema = named[schema]
    kind = schema if isinstance(schema, str) else schema["type"]
    return {
        "null": value is None,
        "boolean": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "long": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, float),
        "double": isinstance(value, float),
        "bytes": isinstance(value, bytes),
        "string": isinstance(value, str),
        "array": isinstance(value, list),
        "map": isinstance(value, dict),
        "fixed": isinstance(value, bytes),
        "enum": isinstance(value, str) and isinstance(schema, dict) and value in schema.get("symbols", []),
        "record": isinstance(value, dict),
    }[kind]


# Random schemas, with values.


class Names:
    def __init__(self):
        self.count = 0
        self.defined = []

    def new(self):
        self.count += 1
        return random_source.choice(["", "a.", "a.b."]) + f"N{self.count}"


def random_schema(depth, names, in_union=False):
    kinds = ["primitive"] * 4 + ["fixed", "enum"]
    if depth > 0:
        kinds += ["array", "map", "record", "record"] + ([] if in_union else ["union", "union"])
    kind = random_source.choice(kinds)
    if kind == "primitive":
        return random_source.choice(PRIMITIVES)
    if kind == "array":
        return {"type": "array", "items": random_schema(depth - 1, names)}
    if kind == "map":
        return {"type": "map", "values": random_schema(depth - 1, names)}
    if kind == "union":
        branches, seen = [], set()
        for _ in range(random_source.randint(1, 4)):
            branch = random_schema(depth - 1, names, in_union=True)
            key = branch if isinstance(branch, str) else branch.get("name", branch["type"])
            if key not in seen:
                seen.add(key)
                branches.append(branch)
        return branches
    if kind == "fixed":
        return {"type": "fixed", "name": names.new(), "size": random_source.choice([0, 1, 2, 16])}
    if kind == "enum":
        symbols = [f"S{index}" for index in range(random_source.choice([1, 2, 3, 70]))]
        return {"type": "enum", "name": names.new(), "symbols": symbols}
    name = names.new()
    fields = [{"name": f"f{index}", "type": random_schema(depth - 1, names)} for index in range(random_source.randint(0, 4))]
    if random_source.random() < 0.2:
        fields.append({"name": "next", "type": ["null", name]})
    return {"type": "record", "name": name, "fields": fields}


def random_value(schema, named, depth=0):
    """A value for fastavro, and the same for the tests."""
    if isinstance(schema, list):
        candidates = schema
        if depth > 8 and "null" in schema:
            candidates = ["null"]
        branch = random_source.choice(candidates)
        full = named[branch] if isinstance(branch, str) and branch in named else branch
        value, tag = random_value(full, named, depth)
        name = full if isinstance(full, str) else full.get("name", full)
        return (name, value), tag
    if isinstance(schema, str) and schema in named:
        schema = named[schema]
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind == "null":
        value = None
    elif kind == "boolean":
        value = random_source.random() < 0.5
    elif kind == "int":
        value = random_source.choice([0, -1, 63, 64, -64, -65, 2**31 - 1, -(2**31), random_source.randint(-(2**31), 2**31 - 1)])
    elif kind == "long":
        value = random_source.choice([0, 1, 2**63 - 1, -(2**63), random_source.randint(-(2**63), 2**63 - 1), 8191, 8192])
    elif kind == "float":
        value = struct.unpack(">f", struct.pack(">f", random_source.choice([0.0, -0.0, 1.5, 3.4e38, 1e-45, random_source.uniform(-1e6, 1e6)])))[0]
    elif kind == "double":
        value = random_source.choice([0.0, -0.0, 0.1, 1e308, 5e-324, float("inf"), random_source.uniform(-1e6, 1e6)])
    elif kind == "bytes":
        value = random_source.randbytes(random_source.choice([0, 1, 5, 100]))
    elif kind == "string":
        value = random_source.choice(["", "a", "é", "\U0001f600 mixed \u0000", "x" * 70])
    elif kind == "array":
        count = random_source.choice([0, 1, 2, 5, 70 if depth == 0 else 3])
        pairs = [random_value(schema["items"], named, depth + 1) for _ in range(count)]
        return [pair[0] for pair in pairs], {"array": [pair[1] for pair in pairs]}
    elif kind == "map":
        keys = sorted(random_source.sample(["", "a", "b", "key", "é"], random_source.randint(0, 4)))
        pairs = {key: random_value(schema["values"], named, depth + 1) for key in keys}
        return {key: pair[0] for key, pair in pairs.items()}, {"map": {key: pair[1] for key, pair in pairs.items()}}
    elif kind == "fixed":
        value = random_source.randbytes(schema["size"])
    elif kind == "enum":
        value = random_source.choice(schema["symbols"])
    else:
        named[schema["name"]] = schema
        pairs = [(field["name"], *random_value(field["type"], named, depth + 1)) for field in schema["fields"]]
        tag = {"record": schema["name"], "fields": [[name, tag] for name, _, tag in pairs]}
        return {name: value for name, value, _ in pairs}, tag
    return value, tagged(value, schema)


def full_names(schema, namespace=""):
    """The schema with full names, as fastavro names branches by them."""
    if isinstance(schema, list):
        return [full_names(branch, namespace) for branch in schema]
    if isinstance(schema, str):
        return schema if schema in PRIMITIVES or "." in schema or not namespace else f"{namespace}.{schema}"
    schema = dict(schema)
    if "name" in schema:
        if "." not in schema["name"] and namespace:
            schema["name"] = f"{namespace}.{schema['name']}"
        namespace = schema["name"].rpartition(".")[0]
    for key in ("items", "values"):
        if key in schema:
            schema[key] = full_names(schema[key], namespace)
    if "fields" in schema:
        schema["fields"] = [{**field, "type": full_names(field["type"], namespace)} for field in schema["fields"]]
    return schema


def random_cases(count):
    while count > 0:
        schema = full_names(random_schema(3, Names()))
        try:
            value, tag = random_value(schema, {})
            data = write(schema, value)
        except (ValueError, RecursionError, IndexError, OverflowError):
            continue
        if len(data) > 1500:
            continue
        count -= 1
        canonical = to_parsing_canonical_form(fastavro.parse_schema(schema))
        yield {
            "schema": schema,
            "value": tag,
            "bytes": data.hex(),
            "canonical": canonical,
            "fingerprint": fingerprint(canonical, "CRC-64-AVRO"),
        }


# Resolution.


def record(*fields, name="R", **more):
    return {"type": "record", "name": name, "fields": [dict(zip(("name", "type", "default"), field)) for field in fields], **more}


def enumeration(*symbols, **more):
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


def fixed(size, name="F"):
    return {"type": "fixed", "name": name, "size": size}


def array(items):
    return {"type": "array", "items": items}


def mapped(values):
    return {"type": "map", "values": values}


ALL = record(
    ("a", "int"),
    ("b", "string"),
    ("c", ["null", "double"]),
    ("d", array("long")),
    ("e", mapped("bytes")),
    ("f", enumeration("A", "B")),
    ("g", fixed(3)),
    ("h", record(("x", "float"), name="Inner")),
)
ALL_VALUE = {
    "a": 1, "b": "text", "c": 2.5, "d": [1, -2, 3], "e": {"k": b"\x00\xff"}, "f": "B", "g": b"abc", "h": {"x": 0.5},
}

RESOLUTIONS = (
    # Numbers become wider, strings and bytes each other.
    [(w, v, r) for w, v, rs in [("int", -7, ["long", "float", "double"]), ("long", 2**40, ["float", "double"]), ("float", 1.25, ["double"])] for r in rs]
    + [("string", "é", "bytes"), ("bytes", "é".encode(), "string")]
    # Fields that go, come and move.
    + [(ALL, ALL_VALUE, record((field["name"], field["type"]))) for field in ALL["fields"]]
    + [
        (ALL, ALL_VALUE, record()),
        (ALL, ALL_VALUE, record(*[(field["name"], field["type"]) for field in reversed(ALL["fields"])])),
        (ALL, ALL_VALUE, record(("h", record(("y", "int", 5), ("x", "double"), name="Inner")), ("a", "long"))),
        (record(("a", "int")), {"a": 1}, record(("a", "int"), ("b", "string", "none"), ("c", ["null", "int"], None))),
        (record(("a", "int")), {"a": 1}, record(("b", array("int"), [1, 2]), ("c", mapped("long"), {"k": 3}), ("a", "int"))),
        (record(("a", "int")), {"a": 1}, record(("b", record(("x", "int", 1), ("y", "string"), name="In"), {"x": 1, "y": "z"}))),
        (record(("a", "int")), {"a": 1}, record(("b", enumeration("A", "B"), "B"), ("d", "double", 1), ("f", "float", 0.5))),
        (record(("a", "int")), {"a": 1}, record(("b", "boolean", True), ("l", "long", -5), ("u", ["string", "null"], "s"))),
        # Aliases.
        (record(("old", "int")), {"old": 3}, {"type": "record", "name": "R", "fields": [{"name": "new", "type": "long", "aliases": ["old"]}]}),
        (record(("a", "int"), name="Old"), {"a": 3}, record(("a", "int"), name="New", aliases=["Old"])),
        # Enums.
        (enumeration("A", "B", "C"), "C", enumeration("C", "A", "B")),
        (enumeration("A", "B", "C"), "C", enumeration("A", "B", default="A")),
        (enumeration("A", "B", "C"), "B", enumeration("A", "B", default="A")),
        # Unions.
        (["null", "int"], None, ["null", "long"]),
        (["null", "int"], 5, ["null", "long"]),
        ("int", 5, ["null", "long"]),
        (["null", "string"], "s", "string"),
        (["int", "string"], 3, ["string", "long"]),
        (["null", record(("a", "int"))], {"a": 2}, ["null", record(("a", "int"), ("b", "int", 9))]),
        (record(("u", ["null", "int"])), {"u": 4}, record(("u", "int"))),
        (record(("u", "string")), {"u": "x"}, record(("u", ["null", "string"], None))),
        # Inside of others.
        (array("int"), [1, 2, 3], array("double")),
        (mapped("int"), {"a": 1}, mapped(["null", "long"])),
        (array(record(("a", "int"), ("b", "string"))), [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], array(record(("b", "string"), ("c", "int", 7)))),
        (
            record(("v", "int"), ("next", ["null", "R"])),
            {"v": 1, "next": {"v": 2, "next": None}},
            record(("next", ["null", "R"]), ("v", "long"), ("w", "int", 0)),
        ),
    ]
)


def resolution_cases():
    for writer, value, reader in RESOLUTIONS:
        data = write(writer, value)
        yield {"writer": writer, "reader": reader, "bytes": data.hex(), "value": tagged(read(data, writer, reader), reader)}


# Blocks as other writers make them: several, with sizes, which fastavro reads and does not write.


def zigzag(number):
    number = (number << 1) ^ (number >> 63)
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def block_cases():
    items = [zigzag(number) for number in (1, -2, 300)]
    entries = [zigzag(1) + key + item for key, item in zip((b"a", b"b", b"c"), items)]
    for schema, parts in ((array("long"), items), (mapped("long"), entries)):
        sized = b"".join(parts[:2])
        for data in (
            b"".join(zigzag(1) + part for part in parts) + b"\0",
            zigzag(-2) + zigzag(len(sized)) + sized + zigzag(1) + parts[2] + b"\0",
        ):
            yield {"writer": schema, "reader": schema, "bytes": data.hex(), "value": tagged(read(data, schema), schema)}
            outer = record(("skipped", schema), ("last", "int"))
            last = record(("last", "int"))
            yield {"writer": outer, "reader": last, "bytes": (data + zigzag(7)).hex(), "value": tagged({"last": 7}, last)}


# Logical types.


def logical_case():
    utc = datetime.timezone.utc
    types = {
        "millis": ({"type": "long", "logicalType": "timestamp-millis"}, datetime.datetime(2026, 11, 28, 13, 29, 43, 123000, utc)),
        "micros": ({"type": "long", "logicalType": "timestamp-micros"}, datetime.datetime(1969, 7, 20, 20, 17, 40, 123457, utc)),
        "local": ({"type": "long", "logicalType": "local-timestamp-millis"}, datetime.datetime(2001, 1, 1, 0, 0, 0, 1000)),
        "day": ({"type": "int", "logicalType": "date"}, datetime.date(1969, 12, 30)),
        "time": ({"type": "int", "logicalType": "time-millis"}, datetime.time(23, 59, 59, 999000)),
        "exactTime": ({"type": "long", "logicalType": "time-micros"}, datetime.time(0, 0, 1, 5)),
        "amount": ({"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}, decimal.Decimal("-12345.67")),
        "fixedAmount": (
            {"type": "fixed", "name": "Amount", "size": 8, "logicalType": "decimal", "precision": 18, "scale": 4},
            decimal.Decimal("128.0001"),
        ),
        "id": ({"type": "string", "logicalType": "uuid"}, uuid.UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
    }
    schema = record(*[(name, kind) for name, (kind, _) in types.items()], name="Logical")
    value = {name: value for name, (_, value) in types.items()}
    return {"schema": schema, "bytes": write(schema, value).hex(), "value": {name: str(value) for name, value in value.items()}}


# Compatibility, by the port of Java's rules in the package avro.


def changed(schema, names):
    """A schema in which something differs, or not."""
    if isinstance(schema, list):
        branches = [changed(branch, names) for branch in schema]
        if random_source.random() < 0.3 and len(branches) > 1:
            branches.pop(random_source.randrange(len(branches)))
        return branches
    if isinstance(schema, str):
        widened = {"int": "long", "long": "double", "float": "double", "bytes": "string", "string": "bytes", "double": "float"}
        return widened.get(schema, schema) if random_source.random() < 0.25 and schema in PRIMITIVES else schema
    schema = dict(schema)
    chance = random_source.random()
    if schema["type"] == "fixed" and chance < 0.2:
        schema["size"] += 1
    if schema["type"] == "enum" and chance < 0.4 and len(schema["symbols"]) > 1:
        schema["symbols"] = schema["symbols"][1:]
        if chance < 0.2:
            schema["default"] = schema["symbols"][0]
    if "name" in schema and 0.9 < chance and schema["type"] != "record":
        (schema, old) = ({**schema, "name": "Changed" + schema["name"].replace(".", "_")}, schema["name"])
        if chance > 0.95:
            schema["aliases"] = [old]
    for key in ("items", "values"):
        if key in schema:
            schema[key] = changed(schema[key], names)
    if "fields" in schema:
        schema["fields"] = [{**field, "type": changed(field["type"], names)} for field in schema["fields"]]
        if chance < 0.15:
            schema["fields"].append({"name": "added", "type": "int", **({"default": 1} if chance < 0.1 else {})})
        if 0.2 < chance < 0.4:
            schema["fields"] = schema["fields"][1:]
        if 0.4 < chance < 0.6:
            schema["fields"].reverse()
    return schema


def is_valid(schema):
    try:
        fastavro.parse_schema(schema)
        return avro.schema.parse(json.dumps(schema))
    except Exception:
        return None


def compatibility_cases(count):
    while count > 0:
        writer = full_names(random_schema(3, Names()))
        reader = changed(writer, Names())
        (parsed_writer, parsed_reader) = (is_valid(writer), is_valid(reader))
        if parsed_writer is None or parsed_reader is None or len(json.dumps(writer)) > 900 or reader == writer:
            continue
        result = ReaderWriterCompatibilityChecker().get_compatibility(parsed_reader, parsed_writer)
        compatible = result.compatibility is SchemaCompatibilityType.compatible
        count -= 1
        kinds = sorted({kind.name.upper() for kind in result.incompatibilities})
        yield {"writer": writer, "reader": reader, "compatible": compatible, "kinds": kinds}


def lines(cases):
    return ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases)


print(
    '{"random":[\n' + lines(random_cases(150)) + '\n],"resolution":[\n' + lines([*resolution_cases(), *block_cases()])
    + '\n],"logical":' + lines([logical_case()]) + ',"compatibility":[\n' + lines(compatibility_cases(150)) + "\n]}"
)
