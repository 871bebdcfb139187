internal import KafkaProtocol

/// What one client may do. The rules are asked each time, so that a change of them counts at once.
struct Access: Sendable {
    /// Who has not proved to be anybody.
    static let anonymous = Name("User:ANONYMOUS")

    let principal: Name
    private let host: Name
    private let isSuperUser: Bool
    private let unruled: Bool
    let broker: Broker

    /// The access of somebody at an address, such as `/127.0.0.1`; nil if the broker asks nobody.
    init?(of principal: Name, at address: String, broker: Broker) {
        guard let configuration = broker.configuration.authorizer else { return nil }
        self.principal = principal
        host = Name(address.hasPrefix("/") ? String(address.dropFirst()) : address)
        isSuperUser = configuration.superUsers.contains { Name($0) == principal }
        unruled = configuration.allowsEveryoneIfNoACL
        self.broker = broker
    }

    func allows(_ operation: ACLOperation, _ type: ACLResourceType, _ name: Name) -> Bool {
        isSuperUser
            || broker.access.withRules {
                $0.allow(operation, on: type, name, by: principal, at: host, unruled: unruled)
            }
    }

    func allows(_ operation: ACLOperation, _ type: ACLResourceType, _ name: String) -> Bool {
        allows(operation, type, Name(name))
    }

    /// Whether it may do that to the cluster.
    func allows(_ operation: ACLOperation) -> Bool { allows(operation, .cluster, Self.cluster) }

    /// Whether it may do that to any topic.
    func allowsOnAnyTopic(_ operation: ACLOperation) -> Bool {
        isSuperUser
            || broker.access.withRules {
                $0.allow(operation, onAny: .topic, by: principal, at: host, unruled: unruled)
            }
    }

    private static let cluster = Name(ACLBinding.clusterName)
}

extension Access? {
    /// The operations that may be done to a resource as a set of bits (KIP-430).
    func operations(on type: ACLResourceType, _ name: String) -> Int32 {
        var bits: Int32 = 0
        for operation in type.operations where self?.allows(operation, type, name) ?? true {
            bits |= 1 << Int32(operation.rawValue)
        }
        return bits
    }
}
