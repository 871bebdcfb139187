import KafkaProtocol

/// What an instance says of itself when it joins its group: the user data of its subscription.
///
/// The first two bytes are the format's version. A leader that does not know it says so (`TaskRefusal.format`), so that
/// instances of a later version can be told, or write an earlier one.
struct TaskSubscription: Equatable {
    /// The format that is written.
    static let version: Int16 = 1
    /// As many rack tags are read.
    static let mostTags = 64

    /// The process, so that a standby is not in the one that its task is in.
    let process: Name
    /// What the topology's tasks are: see `TaskBlueprint.fingerprint`.
    var topology: UInt64
    /// Raised each time that the instance itself wants a rebalance: coordinators take a join with nothing new for a repetition.
    var serial: Int32 = 0
    /// How many standbys of each task it is for.
    var standbys: Int32 = 0
    /// Where it is: tasks and their standbys are to differ in as many tags as can be.
    var rackTags: [Name: Name] = [:]
    /// How far it has the changelogs of tasks, the offsets of each task's summed up.
    var progress: [TaskID: Int64] = [:]
    /// Where it can be asked about its stores, as `host:port`. From here on in tagged fields, which who does not know them passes over.
    var server: Name?
    /// What tells it from others of its process; 0 if it does not say.
    var number: UInt64 = 0
    /// The tasks that have failed for good here, while the others go on.
    var stopped: Set<TaskID> = []

    private enum Tag: UInt64 { case server, number, stopped }

    func encoded() -> Bytes {
        var writer = ByteWriter(capacity: 256)
        writer.write(Self.version)
        writer.write(name: process)
        writer.write(topology)
        writer.write(serial)
        writer.write(standbys)
        writer.writeUnsignedVarint(UInt64(rackTags.count))
        for (key, value) in rackTags.sorted(by: { $0.key < $1.key }) {
            writer.write(name: key)
            writer.write(name: value)
        }
        writer.writeUnsignedVarint(UInt64(progress.count))
        for (task, offsets) in progress.sorted(by: { $0.key < $1.key }) {
            writer.write(task)
            writer.write(offsets)
        }
        var fields = UserDataFields()
        if let server { fields[Tag.server.rawValue] = Bytes(utf8: server.string) }
        if number != 0 { fields[Tag.number.rawValue] = Bytes(withUnsafeBytes(of: number.bigEndian, Array.init)) }
        if !stopped.isEmpty { fields[Tag.stopped.rawValue] = stopped.encoded() }
        fields.write(to: &writer)
        return writer.finish()
    }

    /// Reads user data. Throws `TaskRefusal.format` if that is of a version, or of a form, that is not known.
    init(decoding bytes: Bytes) throws(TaskRefusal) {
        var reader = ByteReader(bytes)
        do {
            guard try reader.read(Int16.self) == Self.version else { throw TaskRefusal.format(known: Self.version) }
            try self.init(reader: &reader)
        } catch {
            throw .format(known: Self.version)
        }
    }

    private init(reader: inout ByteReader) throws {
        process = try reader.readName()
        topology = try reader.read()
        serial = try reader.read()
        standbys = try reader.read()
        for _ in 0..<(try reader.readCount(most: Self.mostTags)) {
            let key = try reader.readName()
            rackTags[key] = try reader.readName()
        }
        for _ in 0..<(try reader.readCount()) {
            let task = try reader.readTask()
            progress[task] = max(0, try reader.read(Int64.self))
        }
        let fields = try UserDataFields(&reader)
        server = fields[Tag.server.rawValue].map { Name($0.string) }
        if let bytes = fields[Tag.number.rawValue] { number = try bytes.reading { try $0.read(UInt64.self) } }
        if let bytes = fields[Tag.stopped.rawValue] { stopped = try bytes.reading { try $0.readTasks() } }
    }

    init(process: Name, topology: UInt64) {
        self.process = process
        self.topology = topology
    }
}

/// Why an instance gets no tasks: it cannot take part.
enum TaskRefusal: Error, Equatable {
    /// The leader knows formats of user data up to this one.
    case format(known: Int16)
    /// The group's other instances run another topology.
    case topology
}

extension ByteWriter {
    mutating func write(name: Name) {
        writeUnsignedVarint(UInt64(name.string.utf8.count))
        write(utf8: name.string)
    }

    mutating func write(_ task: TaskID) {
        write(Int32(clamping: task.subTopology))
        write(task.partition)
    }

    mutating func write(_ tasks: Set<TaskID>) {
        writeUnsignedVarint(UInt64(tasks.count))
        for task in tasks.sorted() { write(task) }
    }
}

extension Set<TaskID> {
    /// The tasks in order, by themselves.
    func encoded() -> Bytes {
        var writer = ByteWriter(capacity: 8 + 8 * count)
        writer.write(self)
        return writer.finish()
    }
}

extension ByteReader {
    mutating func readTasks() throws -> Set<TaskID> {
        var tasks: Set<TaskID> = []
        for _ in 0..<(try readCount()) { tasks.insert(try readTask()) }
        return tasks
    }

    mutating func readName() throws -> Name { Name(try readSlice(try readCount()).string) }

    mutating func readTask() throws -> TaskID {
        TaskID(subTopology: Int(try read(Int32.self)), partition: try read())
    }

    /// A number of things of which each takes a byte at least.
    mutating func readCount(most: Int = .max) throws -> Int {
        let count = try readUnsignedVarint()
        guard count <= UInt64(min(remaining, most)) else {
            throw KafkaProtocolError(.malformed, "\(count) entries in \(remaining) bytes")
        }
        return Int(count)
    }
}
