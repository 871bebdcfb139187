import Testing

@testable import conformance

/// Random topologies and inputs in the format of the cases. What comes out is not known, but it must come without a
/// fault, and be the same with restarts.
@Suite struct RandomTopologyTests {
    @Test(arguments: 0..<150 as Range<UInt64>)
    func `a random topology gives the same with a restart after each record`(_ seed: UInt64) throws {
        var random = RandomCase(seed: seed)
        let json = random.make()
        // All output differs from the expected nothing, and so is told.
        let output = try ConformanceCase(Fields(json, "the case")).run()
        let restarted = try ConformanceCase(Fields(json, "the case")).run(restarts: true)
        #expect(output == restarted, "\(json)")
    }
}

/// Makes a case from a seed.
struct RandomCase {
    /// A stream or a table that statements have made; its keys and values are strings.
    struct Node {
        let name: String
        let isTable: Bool
        var isVersioned = false
    }

    var state: UInt64
    var statements: [JSONValue] = []
    var nodes: [Node] = []
    var names = 0

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

    mutating func below(_ limit: Int) -> Int {
        // SplitMix64.
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((bits ^ (bits >> 31)) % UInt64(limit))
    }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }

    mutating func pick(table: Bool, versioned: Bool = true) -> String {
        pick(nodes.filter { $0.isTable == table && (versioned || !$0.isVersioned) }).name
    }

    /// Adds a statement and gives the name that it binds.
    mutating func add(_ op: String, _ from: String? = nil, _ fields: [String: JSONValue] = [:]) -> String {
        names += 1
        var values = fields
        values["let"] = .string("n\(names)")
        values["op"] = .string(op)
        if let from { values["from"] = .string(from) }
        statements.append(.object(values))
        return "n\(names)"
    }

    mutating func addStream(_ op: String, _ from: String, _ fields: [String: JSONValue] = [:]) {
        nodes.append(Node(name: add(op, from, fields), isTable: false))
    }

    mutating func addTable(_ op: String, _ from: String, _ fields: [String: JSONValue] = [:]) {
        var fields = fields
        if op != "suppress", below(2) == 0 { fields["store"] = .string("s\(names)") }
        nodes.append(Node(name: add(op, from, fields), isTable: true))
    }

    mutating func make() -> JSONValue {
        let sources: [(op: String, fields: [String: JSONValue])] = [
            ("stream", [:]), ("stream", [:]), ("table", [:]),
            ("table", ["store": .string("versions"), "historyRetentionMs": .integer(30)]),
        ]
        for (number, source) in sources.enumerated() {
            let fields: [String: JSONValue] = [
                "topic": .string("in\(number)"), "key": .string("string"), "value": .string("string"),
            ]
            let name = add(source.op, nil, fields.merging(source.fields) { $1 })
            nodes.append(Node(name: name, isTable: source.op == "table", isVersioned: number == 3))
        }
        for _ in 0..<3 + below(6) { step() }
        for node in nodes.dropFirst(4) {
            statements.append(
                .object(["op": .string("to"), "from": .string(node.name), "topic": .string("out-\(node.name)")]))
        }
        let config: [String: JSONValue] = [
            "cacheBytes": .integer(pick([0, 0, 1_000_000])), "optimize": .bool(below(3) == 0),
        ]
        return .object([
            "name": .string("random"), "topology": .array(statements), "config": .object(config),
            "input": .array(makeInput()),
        ])
    }

    mutating func makeInput() -> [JSONValue] {
        var now: Int64 = 0
        return (0..<30).map { number in
            if below(15) == 0 { return .object(["advanceWallClock": .integer(Int64(below(12)))]) }
            now += Int64(pick([0, 0, 1, 2, 5, 17]))
            let value: JSONValue = below(8) == 0 ? .null : .string(pick(["1", "a", "b,1", "", "a,b,c", "2"]))
            return .object([
                "topic": .string("in\(below(4))"), "value": value,
                "key": below(20) == 0 ? .null : .string(pick(["a", "b", "1"])),
                "timestamp": .integer(max(0, now - Int64(pick([0, 0, 3, 20])))),
                "headers": .array(below(4) == 0 ? [.array([.string("h"), .string("\(number)")])] : []),
            ])
        }
    }

    /// Adds an operation, or a few that belong together.
    mutating func step() {
        let (stream, table) = (pick(table: false), pick(table: true))
        let joiner: [String: JSONValue] = ["joiner": .string("concat")]
        switch below(12) {
        case 0: addStream("filter", stream, ["predicate": .string("contains:a")])
        case 1: addStream("flatMapValues", stream, ["fn": .string(pick(["split", "repeat:2"]))])
        case 2: addStream("selectKey", stream, ["fn": .string(pick(["firstChar", "nullKeyIf:b", "toString"]))])
        case 3: addStream("toStream", table)
        case 4: addStream("merge", stream, ["with": .string(pick(table: false))])
        case 5: aggregate(stream)
        case 6:
            let spans = pick([(5, 5, 0), (0, 8, 3), (-2, 6, 1), (7, 0, 20)])
            addStream(
                pick(["join", "leftJoin", "outerJoin"]), stream,
                joiner.merging([
                    "with": .string(pick(table: false)), "beforeMs": .integer(Int64(spans.0)),
                    "afterMs": .integer(Int64(spans.1)), "graceMs": .integer(Int64(spans.2)),
                ]) { $1 })
        case 7: addStream(pick(["join", "leftJoin"]), stream, joiner.merging(["with": .string(table)]) { $1 })
        case 8:
            addTable(
                pick(["join", "leftJoin", "outerJoin"]), table, joiner.merging(["with": .string(pick(table: true))]) { $1 })
        case 9:
            addTable(
                pick(["fkJoin", "fkLeftJoin"]), table,
                joiner.merging(["with": .string(pick(table: true)), "fkFn": .string("field:0")]) { $1 })
        case 10:
            addTable("filter", table, ["predicate": .string(pick(["contains:a", "valueIs:1"]))])
            if below(2) == 0 {
                addTable(
                    "suppress", pick(table: true, versioned: false),
                    ["until": .string("timeLimit"), "ms": .integer(5), "maxRecords": .integer(Int64(1 + below(4)))])
            }
        default:
            let grouped = add("groupBy", table, ["keyFn": .string("firstChar"), "valueFn": .string("value")])
            addTable("reduce", grouped, ["fn": .string("concat"), "subtractor": .string("remove")])
        }
        // What a filter without a store makes of a versioned table is versioned too.
        if nodes.last?.isTable == true, table == nodes.first(where: \.isVersioned)?.name {
            nodes[nodes.count - 1].isVersioned = true
        }
    }

    /// Adds an aggregate of a stream, with windows or without.
    mutating func aggregate(_ stream: String) {
        var grouped = add("groupByKey", stream)
        let grace = JSONValue.integer(Int64(pick([0, 4, 30])))
        let windows: [(op: String, fields: [String: JSONValue])] = [
            ("windowTumbling", ["sizeMs": .integer(10)]),
            ("windowHopping", ["sizeMs": .integer(10), "advanceMs": .integer(4)]),
            ("windowSliding", ["differenceMs": .integer(6)]), ("windowSession", ["gapMs": .integer(5)]),
        ]
        let number = below(6)
        guard number < windows.count else {
            return addTable("aggregate", grouped, ["init": .string("i"), "fn": .string(pick(["concat", "nullOn:1"]))])
        }
        grouped = add(windows[number].op, grouped, windows[number].fields.merging(["graceMs": grace]) { $1 })
        let isOnClose = below(3) == 0
        if isOnClose { grouped = add("emitStrategy", grouped, ["strategy": .string("onWindowClose")]) }
        let fields: [String: JSONValue] = [
            "init": .string("i"), "fn": .string("concat"), "retentionMs": .integer(100),
        ]
        let merger: [String: JSONValue] = number == 3 ? ["merger": .string("pipe")] : [:]
        var table = add("aggregate", grouped, fields.merging(merger) { $1 })
        if !isOnClose, below(2) == 0 { table = add("suppress", table, ["until": .string("windowCloses")]) }
        // Keys of one type, so that it can be joined with all others.
        addStream("toStream", table, ["fn": .string("windowKey")])
    }
}
