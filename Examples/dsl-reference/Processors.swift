import Millrace

/// Lets a record through if its value is another than that of its key before.
struct Changes: Processor {
    var seen: StateTable<String, String>?

    mutating func start(_ context: ProcessorContext<String, String>) throws {
        seen = try context.keyValueStore("seen")
    }

    mutating func process(_ record: Record<String, String>, _ context: ProcessorContext<String, String>) throws {
        guard let key = record.key, seen?.get(key) != record.value else { return }
        try seen?.put(key, record.value)
        try context.forward(record)
    }
}

/// Numbers the records of each key.
struct Numbered: FixedKeyProcessor {
    var times: StateTable<String, Int64>?

    mutating func start(_ context: FixedKeyProcessorContext<String, String>) throws {
        times = try context.keyValueStore("times")
    }

    mutating func process(
        _ record: FixedKeyRecord<String, String>, _ context: FixedKeyProcessorContext<String, String>
    ) throws {
        guard let key = record.key, let value = record.value else { return }
        let count = (times?.get(key) ?? 0) + 1
        try times?.put(key, count)
        try context.forward(record.with(value: "\(count) \(value)"))
    }
}

extension Example {
    static let processors = [
        Example("process") { builder in
            builder.stream("in", key: .string, value: .string)
                .process(stores: [.keyValue("seen", key: .string, value: .string)]) { Changes() }
                .to("out")
        },
        Example("processValues") { builder in
            builder.stream("in", key: .string, value: .string)
                .processValues(stores: [.keyValue("times", key: .string, value: .int64)]) { Numbered() }
                .to("out")
        },
    ]
}
