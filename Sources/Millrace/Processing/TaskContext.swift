public import KafkaProtocol
public import Synchronization

/// What the steps of one task share: where its output goes, its stream time, the record being processed. Owned by
/// the task and used by one thread at a time.
@usableFromInline
final class TaskContext {
    @usableFromInline let applicationID: String
    /// The number of the task's sub-topology.
    var subTopology = 0
    /// Whether the task fills global stores.
    var isGlobal = false
    /// The partition number of the task; changelogs of its stores have the same.
    @usableFromInline let partition: Int32
    @usableFromInline let collector: any RecordCollector
    /// Stores that other threads fill and this task reads.
    let globalStores: [String: any GlobalStateStore]
    /// Bytes of updates that the task's stores may hold back between two commits; 0 forwards every update.
    @usableFromInline var cacheBytes: Int
    /// Whether there are stores that do.
    @usableFromInline var holdsUpdates = false

    // Unchecked as in `KeyValueStore`.

    /// The largest timestamp of all records processed so far; -1 at the start.
    @exclusivity(unchecked) @usableFromInline var streamTime: Int64 = -1
    /// Where the task is at the moment, for others to see.
    @usableFromInline let place = TaskPlace()
    /// Where the record being processed comes from.
    @exclusivity(unchecked) @usableFromInline var recordSource = TopicPartition("", 0)
    /// How many records steps left out.
    @exclusivity(unchecked) var dropped = DroppedRecords()
    /// The policies by which steps get guards; nil where the first failure ends the task.
    var guards: FailurePolicies?
    /// Steps whose failures are those of the step before them, which keeps a record only if they take it.
    var unguardedSteps: Set<String> = []
    /// Whether the records that steps leave out are told of one by one.
    var notesDrops = false
    /// What has failed and is not answered yet.
    @exclusivity(unchecked) var failures: [StepFailure] = []
    /// Why a step left out the record being processed.
    var drop: (number: Int, reason: DropReason, step: String?)?
    /// How many notes of failures and of records left out there are.
    @exclusivity(unchecked) @usableFromInline var noted = 0
    /// Does what the policy for bad records says with a result that was held back and after which a step threw.
    @usableFromInline var setAsideHeld: (_ result: HeldResult, _ error: any Error) throws -> Void = { throw $1 }
    /// The names of the steps that have marks, by the marks' numbers. Complete once the task is put together.
    private(set) var steps: [String] = []
    /// The wall clock in milliseconds since the epoch.
    @usableFromInline var wallClock: () -> Int64 = { 0 }
    /// A clock in milliseconds that never goes back.
    var now: () -> Int64 = { 0 }
    /// Where the changes of stores come together for local state, by store; nil where none is kept.
    var rowBuffers: [String: RowLogBuffer]?
    /// Where stores that are kept on disk have their rows; nil if all are in memory. It is the task's: its stores know the context.
    weak var database: TaskDatabase?
    /// The task's asynchronous steps, those of earlier steps first.
    var asyncSteps: [any AsyncStepping] = []
    /// Their calls.
    var calls = AsyncCalls()
    /// What has gone into them and does not know its record yet.
    var newOrigins: [CallOrigin] = []
    /// The schedules of processors.
    let punctuations = Punctuations()
    /// Memory that keys and values are encoded in, one record at a time.
    @usableFromInline let scratch = Scratch()
    /// Stream times of single steps, saved with each commit, by what they are saved as.
    private(set) var clocks: [String: StreamClock] = [:]
    /// Times that were saved, for clocks that are made later.
    private var savedTimes: [String: Int64] = [:]
    /// What an older Millrace saved a time as, and how much less it was.
    private var formerNames: [String: (name: String, less: Int64)] = [:]

    init(
        applicationID: String, partition: Int32, collector: any RecordCollector,
        globalStores: [String: any GlobalStateStore] = [:], cacheBytes: Int = 0
    ) {
        self.applicationID = applicationID
        self.partition = partition
        self.collector = collector
        self.globalStores = globalStores
        self.cacheBytes = cacheBytes
    }

    /// The stream time of the step called `name`; survives restarts.
    @usableFromInline
    func clock(_ name: String) -> StreamClock { clock(savedAs: TaskProgress.key(timeOf: name)) }

    /// The time at which a store was looked through for closed windows last. It is saved under the store's name, as in Kafka
    /// Streams; an older Millrace saved it as a time of the step, of the last end where ends are inclusive.
    @usableFromInline
    func closedClock(of store: String, step: String, endsAreInclusive: Bool) -> StreamClock {
        formerNames[TaskProgress.key(timeOf: "\(step)-closed")] = (store, endsAreInclusive ? 1 : 0)
        return clock(savedAs: store)
    }

    private func clock(savedAs name: String) -> StreamClock {
        if let clock = clocks[name] { return clock }
        let clock = StreamClock()
        clocks[name] = clock
        resume(from: savedTimes)
        return clock
    }

    /// Takes up times that were saved with a commit.
    func resumeClocks(_ times: [String: Int64]) {
        savedTimes.merge(times, uniquingKeysWith: max)
        resume(from: savedTimes)
    }

    private func resume(from times: [String: Int64]) {
        for (saved, time) in times {
            let former = formerNames[saved]
            _ = clocks[former?.name ?? saved]?.advance(to: time.saturatingAdd(former?.less ?? 0))
        }
    }

    /// The mark of the step called `name`.
    func mark(of name: String) -> StepMark {
        if let number = steps.firstIndex(of: name) { return StepMark(place, number) }
        steps.append(name)
        return StepMark(place, steps.count - 1)
    }

    /// The step that was entered last; nil if none was.
    var step: String? {
        let number = place.step.load(ordering: .relaxed)
        return steps.indices.contains(number) ? steps[number] : nil
    }

    /// The offset of the record being processed; -1 outside of one.
    @inlinable var recordOffset: Int64 {
        get { place.offset.load(ordering: .relaxed) }
        set { place.offset.store(newValue, ordering: .relaxed) }
    }

    /// Where the record being processed was read; nil outside of one.
    @usableFromInline
    var recordMetadata: RecordMetadata? {
        guard recordOffset >= 0 else { return nil }
        return RecordMetadata(topic: recordSource.topic, partition: recordSource.partition, offset: recordOffset)
    }

    /// Why something that a store has could not be read; nil as long as all could. The task throws it before anything more is
    /// sent.
    @usableFromInline var unreadable: (any Error)?

    /// What `read` makes of a key that a store has, or of a row on disk; nil if it throws, which ends the walk through the store
    /// and, before anything more is sent, the task.
    @inlinable
    func stored<Result>(_ read: () throws -> Result) -> Result? {
        do { return try read() } catch {
            unreadable = unreadable ?? error
            return nil
        }
    }
}

/// The largest timestamp that a step has seen: its stream time.
@usableFromInline
final class StreamClock {
    /// In milliseconds; -1 before the first record.
    @exclusivity(unchecked) @usableFromInline var time: Int64 = -1

    @usableFromInline init() {}

    /// Takes note of a timestamp and gives the stream time.
    @inlinable
    func advance(to timestamp: Int64) -> Int64 {
        if timestamp > time { time = timestamp }
        return time
    }
}

/// A reusable buffer.
@usableFromInline
final class Scratch {
    @exclusivity(unchecked) @usableFromInline var writer = ByteWriter(capacity: 1024)
    @usableFromInline init() {}
}
