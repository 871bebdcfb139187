import KafkaProtocol

/// How far the directories of tasks have the changelogs, in one small file: what an instance tells its group of tasks that it does not
/// run. It only says where tasks had better go, so it may be old, or lost.
extension StateDirectory {
    static let progressName = ".progress"
    private static let version: UInt8 = 1

    /// Keeps it, for the tasks that have directories. Throws `StateFileError`.
    func keep(_ progress: [TaskID: Int64]) throws {
        let tasks = try Self.tasks(in: path, files)
        var writer = ByteWriter(capacity: 256)
        writer.write(Self.version)
        for task in tasks {
            guard let offsets = progress[task] else { continue }
            writer.write(task)
            writer.write(offsets)
        }
        let name = "\(path)/\(Self.progressName)"
        let file = try files.open("\(name).new", for: .replacing)
        try writer.finish().withUnsafeBytes { try file.write($0, at: 0) }
        try files.rename("\(name).new", to: name)
    }

    /// What was kept last, for the tasks that have directories; nothing where that makes no sense. Throws `StateFileError`.
    func keptProgress() throws -> [TaskID: Int64] {
        guard let content = try files.read("\(path)/\(Self.progressName)", limit: 1 << 20) else { return [:] }
        let tasks = Set(try Self.tasks(in: path, files))
        var reader = ByteReader(Bytes(content))
        var progress: [TaskID: Int64] = [:]
        guard (try? reader.read(UInt8.self)) == Self.version else { return [:] }
        while reader.remaining > 0 {
            guard let task = try? reader.readTask(), let offsets = try? reader.read(Int64.self), offsets >= 0 else {
                return [:]
            }
            if tasks.contains(task) { progress[task] = offsets }
        }
        return progress
    }
}
