import KafkaProtocol
import Testing

@testable import SchemaRegistry

@Suite struct RegistryRecordTests {
    /// Records as Confluent's registry writes them.
    static let records: [(RegistryRecord, key: String, value: String?)] = [
        (
            .schema(subject: Name("orders-value"), version: 2, .init(id: 7, schema: Schema(#""string""#), isDeleted: false)),
            #"{"keytype":"SCHEMA","subject":"orders-value","version":2,"magic":1}"#,
            #"{"subject":"orders-value","version":2,"id":7,"schema":"\"string\"","deleted":false}"#
        ),
        (
            .schema(
                subject: Name("s"), version: 1,
                .init(
                    id: 1, schema: Schema("{}", type: .json, references: [SchemaReference(name: "a.json", subject: "a", version: 3)]),
                    isDeleted: true)),
            #"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#,
            #"{"subject":"s","version":1,"id":1,"schemaType":"JSON","references":[{"name":"a.json","subject":"a","version":3}],"schema":"{}","deleted":true}"#
        ),
        (.schema(subject: Name("s"), version: 1, nil), #"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#, nil),
        (
            .deleteSubject(Name("s"), through: 4), #"{"keytype":"DELETE_SUBJECT","subject":"s","magic":0}"#,
            #"{"subject":"s","version":4}"#
        ),
        (
            .compatibility(subject: nil, .fullTransitive), #"{"keytype":"CONFIG","subject":null,"magic":0}"#,
            #"{"compatibilityLevel":"FULL_TRANSITIVE"}"#
        ),
        (.compatibility(subject: Name("s"), nil), #"{"keytype":"CONFIG","subject":"s","magic":0}"#, nil),
        (.mode(subject: nil, .readOnly), #"{"keytype":"MODE","subject":null,"magic":0}"#, #"{"mode":"READONLY"}"#),
        (.mode(subject: Name("s"), .import), #"{"keytype":"MODE","subject":"s","magic":0}"#, #"{"mode":"IMPORT"}"#),
        (.noop, #"{"keytype":"NOOP","magic":0}"#, nil),
    ]

    @Test func `records have the bytes of Confluent's`() throws {
        for (record, key, value) in Self.records {
            let encoded = try record.encoded()
            #expect(encoded.key.string == key)
            #expect(encoded.value?.string == value)
        }
    }

    @Test func `records are read back`() throws {
        for (record, key, value) in Self.records {
            #expect(try RegistryRecord(key: Bytes(utf8: key), value: value.map { Bytes(utf8: $0) }) == record)
        }
    }

    @Test func `what later registries add to a value is passed over`() throws {
        let record = try RegistryRecord(
            key: Bytes(utf8: #"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#),
            value: Bytes(
                utf8: #"{"subject":"s","version":1,"id":3,"md5":"X03rOw==","schema":"\"int\"","deleted":false,"ts":1700000000000,"offset":12}"#))
        #expect(record == .schema(subject: Name("s"), version: 1, .init(id: 3, schema: Schema(#""int""#), isDeleted: false)))
        let config = try RegistryRecord(
            key: Bytes(utf8: #"{"keytype":"CONFIG","subject":"s","magic":0}"#), value: Bytes(utf8: #"{"alias":"t","normalize":true}"#))
        #expect(config == .compatibility(subject: Name("s"), nil))
    }

    @Test func `records of unknown types are told apart from damaged ones`() throws {
        #expect(
            try RegistryRecord(key: Bytes(utf8: #"{"keytype":"CONTEXT","tenant":"t","context":".","magic":0}"#), value: Bytes(utf8: "{}"))
                == .unknown("CONTEXT"))
        for (key, value) in [
            (nil, "{}"), ("{", "{}"), (#"{"subject":"s"}"#, "{}"), (#"{"keytype":"SCHEMA","subject":"s","magic":1}"#, "{}"),
            (#"{"keytype":"SCHEMA","subject":"s","version":0,"magic":1}"#, nil),
            (#"{"keytype":"SCHEMA","version":1,"magic":1}"#, nil),
            (#"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#, #"{"subject":"s","version":1,"id":-1,"schema":""}"#),
            (#"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#, #"{"subject":"s","version":1,"id":1,"schemaType":"X","schema":""}"#),
            (#"{"keytype":"MODE","subject":null,"magic":0}"#, #"{"mode":"SOMETIMES"}"#),
        ] as [(String?, String?)] {
            #expect(throws: (any Error).self) {
                try RegistryRecord(key: key.map { Bytes(utf8: $0) }, value: value.map { Bytes(utf8: $0) })
            }
        }
    }
}
