import Foundation
import Millrace

/// A case as it is in its file: a topology, what goes in, and what must come out.
struct ConformanceCase: Sendable {
    /// One step of the input.
    enum Step: Sendable {
        case record(topic: String, CaseRecord)
        case advanceWallClock(Int64)
    }

    let name: String
    let statements: [Statement]
    let input: [Step]
    /// The records of each output topic, with the step that each came out at.
    let expected: [String: [CaseRecord]]
    let expectedStores: [String: StoreContent]
    /// Look-ups in versioned stores after the last step, and their answers.
    let versioned: [VersionedLookUp]
    let cacheBytes: Int
    let isOptimized: Bool

    /// Reads the file. Throws `CaseError`, or what reading and decoding throw.
    init(contentsOf file: URL) throws {
        try self.init(Fields(JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file)), "the case"))
    }

    init(_ fields: Fields) throws {
        try fields.allow([
            "name", "feature", "notes", "quirk", "config", "topology", "input", "expected", "expectedStores",
            "versionedQueries", "expectedVersioned", "droppedRecords",
        ])
        name = try fields.text("name")
        statements = try fields.list("topology").enumerated().map { number, value in
            try Statement(Fields(value, "statement \(number + 1)"))
        }
        input = try fields.list("input").enumerated().map { number, value in
            let step = try Fields(value, "step \(number)")
            try step.allow(["topic", "key", "value", "timestamp", "headers", "advanceWallClock"])
            if let time = try step.optionalInteger("advanceWallClock") { return .advanceWallClock(time) }
            return .record(topic: try step.text("topic"), try CaseRecord(step))
        }
        let config = try fields["config"].map { try Fields($0, "config") }
        try config?.allow(["cacheBytes", "optimize"])
        cacheBytes = Int(try config?.optionalInteger("cacheBytes") ?? 0)
        isOptimized = config?["optimize"] == .bool(true)
        expected = try Self.values(fields["expected"], "expected").mapValues { value in
            guard case .array(let records) = value else { throw CaseError("expected records are not a list") }
            return try records.map { try CaseRecord(Fields($0, "an expected record")) }
        }
        guard try fields.list("versionedQueries").count == fields.list("expectedVersioned").count else {
            throw CaseError("\(fields.what): not as many versioned answers as queries")
        }
        versioned = try zip(fields.list("versionedQueries"), fields.list("expectedVersioned")).map {
            try VersionedLookUp(Fields($0, "a versioned query"), answer: Fields($1, "a versioned answer"))
        }
        expectedStores = try Self.values(fields["expectedStores"], "expectedStores").mapValues { value in
            let store = try Fields(value, "an expected store")
            return StoreContent(
                kind: try store.text("kind"),
                entries: try store.list("entries").map { try CaseRecord(Fields($0, "an expected entry")) })
        }
    }

    private static func values(_ value: JSONValue?, _ what: String) throws -> [String: JSONValue] {
        try value.map { try Fields($0, what).values } ?? [:]
    }
}

/// One operation of a case's topology.
struct Statement: Sendable {
    let op: String
    /// The node it applies to.
    let from: String?
    /// The name it gives its result.
    let binding: String?
    let fields: Fields

    init(_ fields: Fields) throws {
        op = try fields.text("op")
        from = try fields.optionalText("from")
        binding = try fields.optionalText("let")
        self.fields = fields
        guard let known = Self.knownFields[op] else { throw CaseError("\(fields.what): no operation is called \(op)") }
        try fields.allow(known.union(["op", "let", "from", "name"]))
    }

    /// The fields of each operation, beside those that all have.
    private static let knownFields: [String: Set<String>] = [
        "stream": ["topic", "topics", "key", "value", "timestampExtractor"],
        "table": ["topic", "key", "value", "store", "historyRetentionMs", "timestampExtractor"],
        "globalTable": ["topic", "key", "value", "store"],
        "to": ["topic"], "peek": [], "groupByKey": [], "toTable": ["store"], "repartition": ["partitions"],
        "filter": ["predicate", "store"], "filterNot": ["predicate", "store"],
        "map": ["keyFn", "valueFn"], "mapValues": ["fn", "store"],
        "flatMap": ["fn"], "flatMapValues": ["fn"], "selectKey": ["fn"], "toStream": ["fn"],
        "split": ["branches", "default"], "merge": ["with"],
        "groupBy": ["fn", "keyFn", "valueFn"],
        "process": ["processor", "intervalMs", "type", "store"],
        "suppress": ["until", "ms", "maxRecords"],
        "windowTumbling": ["sizeMs", "graceMs"], "windowHopping": ["sizeMs", "advanceMs", "graceMs"],
        "windowSliding": ["differenceMs", "graceMs"], "windowSession": ["gapMs", "graceMs"],
        "windowUnlimited": ["startMs"], "emitStrategy": ["strategy"],
        "count": ["store", "retentionMs"], "reduce": ["fn", "subtractor", "store", "retentionMs"],
        "aggregate": ["init", "fn", "subtractor", "merger", "store", "retentionMs"],
        "cogroup": ["fn", "type", "with"],
        "join": joinFields, "leftJoin": joinFields, "outerJoin": joinFields,
        "fkJoin": ["with", "fkFn", "joiner", "store"], "fkLeftJoin": ["with", "fkFn", "joiner", "store"],
        "globalJoin": ["with", "keyFn", "joiner"], "globalLeftJoin": ["with", "keyFn", "joiner"],
    ]
    private static let joinFields: Set<String> = [
        "with", "joiner", "beforeMs", "afterMs", "graceMs", "storeName", "store",
    ]

    /// The name of the operator, if it has one.
    var name: Named? { get throws { try fields.optionalText("name").map { Named($0) } } }
    /// The name of the store, if it has one.
    var store: String? { get throws { try fields.optionalText("store") } }
}

/// What a store holds.
struct StoreContent: Equatable, Sendable {
    let kind: String
    let entries: [CaseRecord]
}

/// A look-up in a versioned store, and what it must give.
struct VersionedLookUp: Sendable {
    let store: String
    let key: Cell
    /// Nil for the latest value.
    let asOf: Int64?
    let value: Cell?
    let timestamp: Int64?
    let validTo: Int64?

    init(_ query: Fields, answer: Fields) throws {
        store = try query.text("store")
        guard let key = try query.cell("key") else { throw CaseError("\(query.what): \"key\" is null") }
        self.key = key
        asOf = try query.optionalInteger("asOf")
        value = try answer.cell("value")
        timestamp = try answer.optionalInteger("timestamp")
        validTo = try answer.optionalInteger("validTo")
    }
}
