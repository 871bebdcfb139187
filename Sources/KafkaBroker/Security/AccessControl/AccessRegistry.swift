internal import KafkaProtocol
internal import Synchronization

/// A broker's rules of access control: the file `acls`, replaced as a whole by every change.
final class AccessRegistry: Sendable {
    private static let fileName = "acls"
    /// The most rules that are kept.
    static let mostRules = 100_000

    private let directory: DataDirectory
    private let rules: Mutex<AccessRules>

    init(in directory: DataDirectory) throws {
        self.directory = directory
        rules = Mutex(try Self.read(from: directory))
    }

    func withRules<R>(_ body: (borrowing AccessRules) throws -> R) rethrows -> R { try rules.withLock { try body($0) } }

    /// Adds rules; on return they are on the disk.
    func add(_ new: [ACLBinding]) throws {
        try change { rules in
            for rule in new { rules.insert(rule) }
            guard rules.all.count <= Self.mostRules else {
                throw RequestError(.invalidRequest, "There are \(Self.mostRules) rules already.")
            }
        }
    }

    /// Removes the rules that the filters mean; returns them, by filter. On return that is on the disk.
    func remove(_ filters: [ACLFilter]) throws -> [[ACLBinding]] {
        var removed: [[ACLBinding]] = []
        try change { rules in
            removed = filters.map { rules.matching($0) }
            rules.remove(removed.joined())
        }
        return removed
    }

    private func change(_ body: (inout AccessRules) throws -> Void) throws {
        try rules.withLock { rules in
            var next = rules
            try body(&next)
            guard next.all != rules.all else { return }
            try directory.replace(Self.fileName, with: PropertyFile(lines: Self.lines(next)).text)
            rules = next
        }
    }

    private static func lines(_ rules: AccessRules) -> [[String]] {
        rules.matching(ACLFilter()).map {
            [
                $0.resourceType.name, $0.patternType.name, $0.resourceName, $0.principal, $0.host, $0.operation.name,
                $0.permission.name,
            ]
        }
    }

    private static func read(from directory: DataDirectory) throws -> AccessRules {
        guard let text = try directory.read(fileName) else { return AccessRules() }
        let name = "\(directory.path)/\(fileName)"
        var rules = AccessRules()
        for (number, line) in try PropertyFile(parsing: text, name: name).lines.enumerated() {
            guard line.count == 7, let type = ACLResourceType(name: line[0]), let pattern = ACLPatternType(name: line[1]),
                let operation = ACLOperation(name: line[5]), let permission = ACLPermission(name: line[6])
            else { throw BrokerError(.corrupt, "line \(number + 1) of \(name) makes no sense") }
            let rule = ACLBinding(permission, line[3], host: line[4], operation, on: type, line[2], pattern)
            if let fault = rule.fault { throw BrokerError(.corrupt, "line \(number + 1) of \(name): \(fault)") }
            rules.insert(rule)
        }
        return rules
    }
}
