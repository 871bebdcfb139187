import KafkaClient

/// Has it told what tasks are held up by while they change what they are to this instance: a last commit before they go to another one,
/// a standby that is not done yet.
struct HandOverWaits {
    private let client: KafkaClient
    private var keys: [TaskID: WaitBoard.Key] = [:]

    init(_ client: KafkaClient) { self.client = client }

    /// These tasks are changing, and no others.
    mutating func note(_ changes: [TaskID: TaskTable.Change]) {
        for (id, key) in keys where changes[id] == nil {
            client.waits.clear(key)
            keys[id] = nil
        }
        for (id, change) in changes {
            let key = keys[id] ?? WaitBoard.Key(client.waits.newOwner())
            keys[id] = key
            client.waits.note(key, change.what(id), because: change, now: client.environment.now(), isOutage: false)
        }
    }
}

extension TaskTable.Change: CustomStringConvertible {
    /// What waits for it.
    func what(_ id: TaskID) -> String {
        switch self {
        case .ends: "give back task \(id)"
        case .isDropped: "drop task \(id)"
        case .leavesStores: "begin task \(id)"
        case .standbyEnds: "end the standby of task \(id)"
        }
    }

    /// What it waits for.
    var description: String {
        switch self {
        case .ends: "its last commit is not over"
        case .isDropped: "its partitions belong to others, and it is still busy"
        case .leavesStores: "its standby is still busy with what it has read"
        case .standbyEnds: "it is still busy with what it has read"
        }
    }
}

/// What a task that is to move to this instance waits for.
enum WarmUp: Error, Equatable, CustomStringConvertible {
    /// There are so many records to read; nil if that is not known yet.
    case behind(Int64?)
    /// The group has been asked to move it.
    case ready

    /// With so many records of its changelogs to read.
    init(lag: Int64?) {
        self = lag.map { $0 <= TaskPlacement.acceptableLag / 2 } ?? false ? .ready : .behind(lag)
    }

    var description: String {
        switch self {
        case .behind(let lag): lag.map { "\($0) records of its changelogs are to be read here before" } ?? "its changelogs have not been read here yet"
        case .ready: "the group has been asked to move it"
        }
    }
}
