import KafkaProtocol
import Testing

@testable import Millrace

/// Looks into stores in the middle of a slice.
@Suite struct InterruptionTests {
    @Test(arguments: [1, 2])
    func `between two records a look sees all that the ones before it have done`(_ topics: Int) throws {
        let builder = StreamsBuilder()
        let names = (0..<topics).map { "in\($0)" }
        let input: KStream<String, String> = builder.stream(names)
        _ = input.groupByKey().count(.as("counts"))
        let task = try StreamTask.make(try builder.build(), MemoryCollector())
        try task.start()
        for (number, name) in names.enumerated() {
            task.feed(name, try batch((0..<500).map { ("k\($0 % 3)", "x", Int64($0 * 2 + number)) }))
        }
        let store = try #require(task.ownStore("counts"))
        let view = StoreView(store: store, context: task.context, hasBegun: true)
        var (time, looks, wrong) = (0 as Int64, 0, 0)
        let processed = try task.process(
            milliseconds: 10_000,
            interruption: WorkSlice.Interruption(
                isWanted: { true },
                take: {
                    looks += 1
                    let positions = task.inputs.map(\.position).reduce(0, +)
                    let sum = try? view.look {
                        let table = try view.table(String.self, Int64.self)
                        return (0..<3).reduce(0) { $0 + (table.get("k\($1)") ?? 0) }
                    }
                    if sum != positions { wrong += 1 }
                }),
            now: {
                time += 1
                return time
            })
        #expect(processed == 500 * topics && looks > 3 && wrong == 0)
    }
}
