import Synchronization

/// The memory that the state of an application may use, over all tasks and stores: one budget, where Kafka Streams has one
/// a store. Three parts share it:
/// - the typed stores' caches: up to three eighths, fairly between those that want more (`CacheShare`);
/// - the buffers of changes that are not in files yet: up to a quarter, likewise (`BufferShare`);
/// - the block cache of RocksDB, with indexes and filters: what is left when the typed caches have what they use.
package final class StateMemory: Sendable {
    /// The bytes to be used.
    let budget: Int
    private let state = Mutex(State())

    private struct State {
        var caches = Shares()
        var buffers = Shares()
        /// Takes the room that the block cache has.
        var setBlockCache: (@Sendable (Int) -> Void)?
        var blockCacheBytes = 0
    }

    /// How many bytes each member of a part uses.
    private struct Shares {
        var used: [Int: Int] = [:]
        var total = 0
        var lastMember = 0

        mutating func join() -> Int {
            lastMember += 1
            used[lastMember] = 0
            return lastMember
        }

        mutating func set(_ bytes: Int, for member: Int) {
            total += bytes - (used.updateValue(bytes, forKey: member) ?? 0)
        }

        mutating func leave(_ member: Int) { total -= used.removeValue(forKey: member) ?? 0 }

        /// What is there for each member if all want much.
        func fair(of limit: Int) -> Int { limit / max(1, used.count) }
    }

    /// The least budget with which this can work.
    static let least = 16 << 20

    package init(budget: Int) { self.budget = max(budget, Self.least) }

    private var cacheLimit: Int { budget / 8 * 3 }
    private var bufferLimit: Int { budget / 4 }

    // MARK: - Typed caches

    /// A share for the cache of one typed store.
    func cacheShare() -> CacheShare { CacheShare(self, state.withLock { $0.caches.join() }) }

    fileprivate func cache(_ member: Int, uses bytes: Int) -> Int {
        state.withLock { state in
            state.caches.set(bytes, for: member)
            resizeBlockCache(&state)
            return max(state.caches.fair(of: cacheLimit), cacheLimit - (state.caches.total - bytes))
        }
    }

    fileprivate func cacheLeaves(_ member: Int) {
        state.withLock { state in
            state.caches.leave(member)
            resizeBlockCache(&state)
        }
    }

    // MARK: - Buffers

    /// A share for the buffers of one database.
    func bufferShare() -> BufferShare { BufferShare(self, state.withLock { $0.buffers.join() }) }

    fileprivate func buffer(_ member: Int, uses bytes: Int) -> BufferShare.Advice {
        state.withLock { state in
            state.buffers.set(bytes, for: member)
            let fair = state.buffers.fair(of: bufferLimit)
            if state.buffers.total > bufferLimit, bytes > fair { return .wait }
            return state.buffers.total > bufferLimit / 2 && bytes >= fair / 2 ? .write : .keep
        }
    }

    /// What the buffers of one database may take if all take much.
    var fairBuffers: Int { state.withLock { $0.buffers.fair(of: bufferLimit) } }

    fileprivate func bufferLeaves(_ member: Int) { state.withLock { $0.buffers.leave(member) } }

    // MARK: - Block cache

    /// Tells `set` at once, and whenever it changes, how many bytes the block cache has.
    func governBlockCache(_ set: @escaping @Sendable (Int) -> Void) {
        state.withLock { state in
            state.setBlockCache = set
            state.blockCacheBytes = 0
            resizeBlockCache(&state)
        }
    }

    /// In steps, as taking room away costs time.
    private func resizeBlockCache(_ state: inout sending State) {
        let bytes = budget - bufferLimit - min(state.caches.total, cacheLimit)
        guard abs(bytes - state.blockCacheBytes) >= budget / 64 else { return }
        state.blockCacheBytes = bytes
        state.setBlockCache?(bytes)
    }

    /// What is in use: typed caches, and buffers of changes.
    var usage: (caches: Int, buffers: Int) { state.withLock { ($0.caches.total, $0.buffers.total) } }
}

/// The share of one typed store's cache in an application's `StateMemory`.
final class CacheShare: Sendable {
    private let memory: StateMemory
    private let member: Int

    fileprivate init(_ memory: StateMemory, _ member: Int) {
        self.memory = memory
        self.member = member
    }

    deinit { memory.cacheLeaves(member) }

    /// Says how many bytes the cache uses, and is told how many it may: one that uses more gives some back. To be asked
    /// when the use has changed by some kilobytes, and at each commit, as the answer changes with what others use.
    func use(_ bytes: Int) -> Int { memory.cache(member, uses: bytes) }
}

/// The share of one database's buffers in an application's `StateMemory`.
final class BufferShare: Sendable {
    /// What to do with the changes.
    enum Advice {
        /// There is room.
        case keep
        /// Write them to files, and go on.
        case write
        /// Go on when those that are being written are done.
        case wait
    }

    private let memory: StateMemory
    private let member: Int

    fileprivate init(_ memory: StateMemory, _ member: Int) {
        self.memory = memory
        self.member = member
    }

    deinit { memory.bufferLeaves(member) }

    /// Says how many bytes the buffers use.
    func use(_ bytes: Int) -> Advice { memory.buffer(member, uses: bytes) }
}
