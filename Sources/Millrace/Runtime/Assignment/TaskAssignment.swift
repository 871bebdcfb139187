import KafkaProtocol

/// What the leader tells an instance besides its partitions, which say what tasks it has: the user data of its assignment.
struct TaskAssignment: Equatable {
    /// Why it gets nothing, if so.
    var refusal: TaskRefusal?
    /// The tasks that it is to follow.
    var standbys: Set<TaskID> = []
    /// Those of them that are to move here: the instance asks for a rebalance when it has caught up with one.
    var warmUps: Set<TaskID> = []
    /// All instances, with what they have. In a tagged field; empty if the leader does not tell.
    var instances: [Instance] = []
    /// The tasks that have failed for good where they are. In a tagged field, too.
    var stopped: Set<TaskID> = []

    /// An instance of the application.
    struct Instance: Equatable {
        /// What tells it from others.
        var number: UInt64
        var process: Name
        var server: Name?
        /// The tasks that it processes.
        var tasks: Set<TaskID> = []
        /// The tasks that it follows.
        var standbys: Set<TaskID> = []
    }

    private enum Tag: UInt64 { case instances, stopped }

    func encoded() -> Bytes {
        var writer = ByteWriter(capacity: 64)
        writer.write(TaskSubscription.version)
        switch refusal {
        case nil: writer.write(0 as UInt8)
        case .format: writer.write(1 as UInt8)
        case .topology: writer.write(2 as UInt8)
        }
        for tasks in [standbys, warmUps] { writer.write(tasks) }
        var fields = UserDataFields()
        if !instances.isEmpty { fields[Tag.instances.rawValue] = Self.encoded(instances) }
        if !stopped.isEmpty { fields[Tag.stopped.rawValue] = stopped.encoded() }
        fields.write(to: &writer)
        return writer.finish()
    }

    /// Reads user data. None, as leaders of an earlier version send it, stands for no standbys. What makes no sense, or is of another
    /// version than this instance has written, counts as a refusal.
    init(decoding bytes: Bytes?) {
        guard let bytes, !bytes.isEmpty else { return }
        var reader = ByteReader(bytes)
        let version = (try? reader.read(Int16.self)) ?? 0
        do {
            let code = try reader.read(UInt8.self)
            switch code {
            case 0 where version == TaskSubscription.version: break
            case 2 where version == TaskSubscription.version: refusal = .topology
            default:
                refusal = .format(known: version)
                return
            }
            standbys = try reader.readTasks()
            warmUps = try reader.readTasks()
            let fields = try UserDataFields(&reader)
            if let bytes = fields[Tag.instances.rawValue] { instances = try Self.instances(bytes) }
            if let bytes = fields[Tag.stopped.rawValue] { stopped = try bytes.reading { try $0.readTasks() } }
        } catch {
            self = TaskAssignment(refusal: .format(known: version))
        }
    }

    private static func encoded(_ instances: [Instance]) -> Bytes {
        var writer = ByteWriter(capacity: 256)
        writer.writeUnsignedVarint(UInt64(instances.count))
        for instance in instances {
            writer.write(instance.number)
            writer.write(name: instance.process)
            writer.write(name: instance.server ?? Name(""))
            for tasks in [instance.tasks, instance.standbys] { writer.write(tasks) }
        }
        return writer.finish()
    }

    private static func instances(_ bytes: Bytes) throws -> [Instance] {
        var reader = ByteReader(bytes)
        var instances: [Instance] = []
        for _ in 0..<(try reader.readCount()) {
            var instance = Instance(number: try reader.read(), process: try reader.readName())
            let server = try reader.readName()
            if server != Name("") { instance.server = server }
            instance.tasks = try reader.readTasks()
            instance.standbys = try reader.readTasks()
            instances.append(instance)
        }
        return instances
    }

    init(refusal: TaskRefusal? = nil, standbys: Set<TaskID> = [], warmUps: Set<TaskID> = []) {
        self.refusal = refusal
        self.standbys = standbys
        self.warmUps = warmUps
    }
}
