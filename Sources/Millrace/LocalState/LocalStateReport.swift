package import KafkaProtocol

/// What applications keep in a state directory, for those who look at it from outside.
package struct LocalStateReport: Sendable {
    /// A store's rows in the directory of a task.
    package struct Store: Sendable {
        package let application: String
        /// The task's directory, such as `0_1`, or `global`.
        package let task: String
        package let name: String
        package let bytes: Int
        /// Rows, and those that later ones replace.
        package let entries: Int
        /// Up to where the topics are in them.
        package let positions: [(partition: TopicPartition, offset: Int64)]
        /// When the last commit was written, in milliseconds since 1970; nil if there is none.
        package let writtenAt: Int64?
        /// What is wrong, if anything is.
        package let damage: [String]

        init(
            _ application: String, _ task: String, _ name: String, bytes: Int = 0, entries: Int = 0,
            positions: [(partition: TopicPartition, offset: Int64)] = [], writtenAt: Int64? = nil, damage: [String] = []
        ) {
            self.application = application
            self.task = task
            self.name = name
            self.bytes = bytes
            self.entries = entries
            self.positions = positions
            self.writtenAt = writtenAt
            self.damage = damage
        }
    }

    package let root: String
    private let files: any StateFiles = SystemFiles()

    /// A report on the applications in a state directory.
    package init(_ root: String) { self.root = root }

    /// Reports on each directory in `directory` that is a state directory; on itself if there are none.
    package static func all(below directory: String) throws -> [LocalStateReport] {
        let reports = try SystemFiles().names(in: directory).sorted().map { LocalStateReport("\(directory)/\($0)") }
            .filter { try !$0.applications().isEmpty }
        return reports.isEmpty ? [LocalStateReport(directory)] : reports
    }

    /// The ids of the applications.
    package func applications() throws -> [String] {
        try files.names(in: root).filter { (try? files.names(in: "\(root)/\($0)").contains(StateDirectory.lockName)) == true }
            .sorted()
    }

    /// The directories of an application: several if processes have shared the state directory.
    package func places(of application: String) throws -> [String] {
        try applications().filter { $0 == application || $0.hasPrefix("\(application)~") }
    }

    /// Reads all rows of an application's stores, checksums included. An application that runs may change them meanwhile.
    package func stores(of application: String) throws -> [Store] {
        let path = StateDirectory.path(of: application, in: root)
        var stores: [Store] = []
        let tasks = try StateDirectory.tasks(in: path, files).map(\.description)
        for task in tasks + [StateDirectory.globalName] {
            for name in try files.names(in: "\(path)/\(task)").sorted() {
                let directory = "\(path)/\(task)/\(name)"
                switch name {
                case StateDirectory.databaseName: stores += storesOnDisk(application, task, directory)
                case StateDirectory.databaseName + RowDatabase.damagedSuffix:
                    stores.append(
                        Store(application, task, name, damage: ["it was damaged, and is not used any more: remove it"]))
                default: stores.append(store(application, task, name, directory))
                }
            }
        }
        return stores
    }

    private func store(_ application: String, _ task: String, _ name: String, _ path: String) -> Store {
        var scan = RowLogScan()
        var damage: [String] = []
        do {
            scan = try RowLogScan(path, files)
            damage = scan.damage.filter { !$0.isTornEnd }.map { "\($0.name) at \($0.position): \($0.reason)" }
        } catch {
            damage = ["\(error)"]
        }
        return Store(
            application, task, name, bytes: scan.bytes, entries: scan.entries,
            positions: scan.marker?.positions.map { ($0.partition, $0.offset) } ?? [], writtenAt: scan.marker?.writtenAt,
            damage: damage)
    }

    /// The stores that have their rows in a database.
    private func storesOnDisk(_ application: String, _ task: String, _ directory: String) -> [Store] {
        do {
            let found = try RowDatabase.inspect(directory)
            let mark = try found.mark.map { try TaskMark($0) }
            return found.stores.map { name, size in
                let position = mark?.positions[name].map { ($0.partition, $0.offset) }
                return Store(
                    application, task, name, bytes: size.bytes, entries: size.rows, positions: position.map { [$0] } ?? [],
                    writtenAt: mark?.writtenAt)
            }
        } catch let error as RowDatabaseError where error.kind == .locked {
            return [Store(application, task, StateDirectory.databaseName, damage: [])]
        } catch {
            return [Store(application, task, StateDirectory.databaseName, damage: ["\(error)"])]
        }
    }

    /// Calls `body` while no process uses an application's state. Throws `StreamsError` if one does.
    package func whileUnused<R>(_ application: String, _ body: () throws -> R) throws -> R {
        let directory = try StateDirectory(of: application, in: root, files)
        defer { directory.close() }
        return try body()
    }

    /// Removes what an application keeps; returns whether there was something. Throws `StreamsError` while a process uses it.
    package func remove(_ application: String) throws -> Bool {
        let path = StateDirectory.path(of: application, in: root)
        guard try !files.names(in: path).isEmpty else { return false }
        try whileUnused(application) { try files.removeTree(path) }
        return true
    }
}
