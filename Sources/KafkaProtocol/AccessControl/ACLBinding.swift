/// A rule of access control: who may, or may not, do what to which resources, and from where (KIP-11, KIP-290).
public struct ACLBinding: Sendable, Hashable {
    /// The name that stands for the cluster as a resource.
    public static let clusterName = "kafka-cluster"
    /// What stands for all names, hosts, or with `User:` before it for everybody.
    public static let wildcard = "*"

    /// The type of resource.
    public var resourceType: ACLResourceType
    /// How the resource's name is meant: `literal` or `prefixed`.
    public var patternType: ACLPatternType
    /// The name of the resource, or how it begins; `*` for all.
    @Name public var resourceName: String
    /// Who: `User:alice`, or `User:*` for everybody.
    @Name public var principal: String
    /// The address it comes from; `*` for anywhere.
    @Name public var host: String
    /// What is done.
    public var operation: ACLOperation
    /// Whether it is allowed or denied.
    public var permission: ACLPermission

    /// A rule.
    public init(
        _ permission: ACLPermission, _ principal: String, host: String = Self.wildcard, _ operation: ACLOperation,
        on resourceType: ACLResourceType, _ resourceName: String, _ patternType: ACLPatternType = .literal
    ) {
        self.resourceType = resourceType
        self.patternType = patternType
        self.resourceName = resourceName
        self.principal = principal
        self.host = host
        self.operation = operation
        self.permission = permission
    }

    /// Why this cannot be a rule; nil if it can.
    public var fault: String? {
        if resourceType == .any { return "a rule is for one type of resource" }
        if patternType != .literal && patternType != .prefixed { return "a rule's pattern is LITERAL or PREFIXED" }
        if resourceName.isEmpty { return "the resource's name is empty" }
        if resourceType == .cluster, resourceName != Self.clusterName {
            return "the only name of a cluster is \(Self.clusterName)"
        }
        if operation == .any || permission == .any { return "ANY is for filters" }
        if operation != .all, !resourceType.operations.contains(operation) {
            return "\(operation.name) means nothing for a \(resourceType.name)"
        }
        if host.isEmpty { return "the host is empty" }
        guard let colon = principal.firstIndex(of: ":"), colon != principal.startIndex,
            principal.index(after: colon) != principal.endIndex
        else { return "the principal is not of the form User:name" }
        return nil
    }

    /// Whether the pattern takes in a resource of that name.
    public func holds(for name: Name) -> Bool {
        switch patternType {
        case .prefixed: name.string.utf8.starts(with: resourceName.utf8)
        case .literal, .any, .match: name == Name(resourceName) || resourceName == Self.wildcard
        }
    }
}

/// Which rules are meant; what is nil or `any` means all.
public struct ACLFilter: Sendable {
    /// The type of resource.
    public var resourceType = ACLResourceType.any
    /// How the resource's name is meant; `match` finds all rules that hold for a resource of that name.
    public var patternType = ACLPatternType.any
    /// The resource's name.
    public var resourceName: String?
    /// Who, as it stands in the rule.
    public var principal: String?
    /// From where, as it stands in the rule.
    public var host: String?
    /// What is done.
    public var operation = ACLOperation.any
    /// Whether it is allowed or denied.
    public var permission = ACLPermission.any

    /// All rules; to be narrowed down.
    public init() {}

    /// Whether the rule is meant.
    public func matches(_ rule: ACLBinding) -> Bool {
        (resourceType == .any || resourceType == rule.resourceType) && matchesName(of: rule)
            && (principal.map { Name($0) == Name(rule.principal) } ?? true)
            && (host.map { Name($0) == Name(rule.host) } ?? true)
            && (operation == .any || operation == rule.operation)
            && (permission == .any || permission == rule.permission)
    }

    private func matchesName(of rule: ACLBinding) -> Bool {
        if patternType == .literal || patternType == .prefixed, patternType != rule.patternType { return false }
        guard let resourceName else { return true }
        return patternType == .match ? rule.holds(for: Name(resourceName)) : Name(resourceName) == Name(rule.resourceName)
    }
}
