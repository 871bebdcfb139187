import KafkaProtocol
import Millrace
import Synchronization

/// W6: a store that a processor fills, and the sum over its rows once all tasks have restored theirs.
final class RestoredStore: Sendable {
    private struct State {
        var waiting: Int
        var checksum = Checksum()
    }

    private let state: Mutex<State>
    /// Whether rows are counted when the tasks end, not when they begin.
    private let countsAtEnd: Bool
    private let finished: @Sendable (Checksum) -> Void

    /// Calls `finished` when so many tasks have counted their part.
    init(tasks: Int, countsAtEnd: Bool = false, finished: @escaping @Sendable (Checksum) -> Void) {
        self.countsAtEnd = countsAtEnd
        state = Mutex(State(waiting: tasks))
        self.finished = finished
    }

    func topology(input: String) throws -> Topology {
        let builder = StreamsBuilder()
        _ = builder.stream(input, key: .bytes, value: .bytes)
            .process(key: .bytes, value: .bytes, stores: [.keyValue("store", key: Serde.bytes, value: Serde.bytes)]) {
                Filler(total: self)
            }
        return try builder.build()
    }

    fileprivate func add(_ part: Checksum) {
        let total = state.withLock { state -> Checksum? in
            state.checksum.count += part.count
            state.checksum.sum &+= part.sum
            state.waiting -= 1
            return state.waiting == 0 ? state.checksum : nil
        }
        if let total { finished(total) }
    }

    private struct Filler: Processor {
        let total: RestoredStore
        var store: StateTable<Bytes, Bytes>?

        mutating func start(_ context: ProcessorContext<Bytes, Bytes>) throws {
            store = try context.keyValueStore("store")
            if !total.countsAtEnd { count() }
        }

        mutating func close() {
            if total.countsAtEnd { count() }
        }

        private func count() {
            guard let store else { return }
            var part = Checksum()
            for row in store.unordered {
                part.count += 1
                part.sum &+= row.key.withUnsafeBytes { key in
                    row.value.withUnsafeBytes { Checksum.hash(key: key, value: $0) }
                }
            }
            total.add(part)
        }

        mutating func process(_ record: Record<Bytes, Bytes>, _ context: ProcessorContext<Bytes, Bytes>) throws {
            guard let key = record.key else { return }
            try store?.put(key, record.value)
        }
    }
}
