internal import Dispatch
internal import Synchronization

/// Threads for calls that wait for the disk. Swift's own are as many as cores, and a file system that is asked to sync many
/// files at once does so in a fraction of the time: 2,000 files took 2.3 s one after the other, 0.3 s by 16.
enum DiskThreads {
    /// Calls `body` with each of `items`, several at a time, in no order; returns when all calls have.
    static func forEach<Item: Sendable>(
        _ items: [Item], width: Int = 16, _ body: @escaping @Sendable (Item) -> Void
    ) async {
        guard !items.isEmpty else { return }
        let next = Next()
        await withCheckedContinuation { continuation in
            let all = DispatchGroup()
            for number in 0..<min(width, items.count) {
                // A serial queue of its own is a thread of its own while it has work.
                DispatchQueue(label: "millrace.disk.\(number)").async(group: all) {
                    while true {
                        let place = next.take()
                        guard place < items.count else { return }
                        body(items[place])
                    }
                }
            }
            all.notify(queue: .global()) { continuation.resume() }
        }
    }

    private final class Next: Sendable {
        private let place = Atomic<Int>(0)
        func take() -> Int { place.wrappingAdd(1, ordering: .relaxed).oldValue }
    }
}
