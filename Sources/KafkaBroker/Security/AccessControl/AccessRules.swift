internal import KafkaProtocol

/// The rules of access control, and what follows from them. It knows no files and no connections.
struct AccessRules: Sendable {
    private struct Resources: Sendable {
        var literal: [Name: [ACLBinding]] = [:]
        var prefixed: [Name: [ACLBinding]] = [:]
        /// How many bytes the prefixes have that there are.
        var prefixLengths: Set<Int> = []
    }

    private(set) var all: Set<ACLBinding> = []
    private var resources: [ACLResourceType: Resources] = [:]

    init(_ rules: some Sequence<ACLBinding> = []) {
        for rule in rules { insert(rule) }
    }

    mutating func insert(_ rule: ACLBinding) {
        guard all.insert(rule).inserted else { return }
        let name = Name(rule.resourceName)
        if rule.patternType == .prefixed {
            resources[rule.resourceType, default: Resources()].prefixed[name, default: []].append(rule)
            resources[rule.resourceType]?.prefixLengths.insert(rule.resourceName.utf8.count)
        } else {
            resources[rule.resourceType, default: Resources()].literal[name, default: []].append(rule)
        }
    }

    /// The rules that are meant, in order.
    func matching(_ filter: ACLFilter) -> [ACLBinding] { all.filter(filter.matches).sorted(by: Self.precedes) }

    mutating func remove(_ rules: some Sequence<ACLBinding>) { self = AccessRules(all.subtracting(rules)) }

    /// Whether somebody may do that: no rule denies it and one allows it. `unruled` is the answer for a resource for which there is
    /// no rule at all.
    func allow(
        _ operation: ACLOperation, on type: ACLResourceType, _ name: Name, by principal: Name, at host: Name,
        unruled: Bool
    ) -> Bool {
        var isAllowed = false
        var isRuled = false
        for rule in rules(for: type, name) {
            isRuled = true
            guard rule.isFor(principal, at: host) else { continue }
            switch rule.permission {
            case .deny:
                if rule.operation == .all || rule.operation == operation { return false }
            case .allow: isAllowed = isAllowed || rule.operation.implies(operation)
            case .any: break
            }
        }
        return isRuled ? isAllowed : unruled
    }

    /// Whether somebody may do that to any resource of the type, be it one that is not there yet.
    func allow(
        _ operation: ACLOperation, onAny type: ACLResourceType, by principal: Name, at host: Name, unruled: Bool
    ) -> Bool {
        let own = all.filter { $0.resourceType == type && $0.isFor(principal, at: host) }
        let denied = own.filter { $0.permission == .deny && ($0.operation == .all || $0.operation == operation) }
        func isDenied(_ rule: ACLBinding) -> Bool {
            denied.contains { deny in
                if deny.patternType == .literal {
                    return deny.resourceName == ACLBinding.wildcard
                        || rule.patternType == .literal && Name(deny.resourceName) == Name(rule.resourceName)
                }
                return rule.resourceName.utf8.starts(with: deny.resourceName.utf8)
            }
        }
        if denied.contains(where: { $0.patternType == .literal && $0.resourceName == ACLBinding.wildcard }) { return false }
        return unruled
            || own.contains { $0.permission == .allow && $0.operation.implies(operation) && !isDenied($0) }
    }

    /// The rules whose patterns take in the name.
    private func rules(for type: ACLResourceType, _ name: Name) -> [ACLBinding] {
        guard let resources = resources[type] else { return [] }
        var found = resources.literal[name] ?? []
        if name.string != ACLBinding.wildcard { found += resources.literal[Name(ACLBinding.wildcard)] ?? [] }
        let bytes = name.string.utf8
        for length in resources.prefixLengths where length <= bytes.count {
            // What ends within a letter is nobody's prefix.
            guard let prefix = String(bytes.prefix(length)) else { continue }
            found += resources.prefixed[Name(prefix)] ?? []
        }
        return found
    }

    private static func precedes(_ left: ACLBinding, _ right: ACLBinding) -> Bool {
        func key(_ rule: ACLBinding) -> [Name] {
            [
                Name(rule.resourceName), Name(rule.principal), Name(rule.operation.name), Name(rule.permission.name),
                Name(rule.host), Name(rule.patternType.name),
            ]
        }
        if left.resourceType != right.resourceType { return left.resourceType.rawValue < right.resourceType.rawValue }
        return key(left).lexicographicallyPrecedes(key(right))
    }
}

extension ACLBinding {
    fileprivate func isFor(_ principal: Name, at host: Name) -> Bool {
        (Name(self.principal) == principal || self.principal == AccessRules.everybody)
            && (self.host == Self.wildcard || Name(self.host) == host)
    }
}

extension AccessRules {
    /// The principal that stands for all.
    static let everybody = "User:*"
}

extension ACLOperation {
    /// Whether who is allowed this is allowed the other, too.
    fileprivate func implies(_ other: ACLOperation) -> Bool {
        switch (self, other) {
        case (.all, _): true
        case (.read, .describe), (.write, .describe), (.delete, .describe), (.alter, .describe): true
        case (.alterConfigs, .describeConfigs): true
        default: self == other
        }
    }
}
