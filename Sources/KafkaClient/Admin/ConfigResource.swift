import KafkaProtocol

/// What has configs.
public enum ConfigResource: Sendable, Hashable {
    /// A topic.
    case topic(String)
    /// A broker, by id.
    case broker(Int32)
    /// A group, by id.
    case group(String)

    /// Names are compared by their bytes, as brokers do.
    public static func == (left: ConfigResource, right: ConfigResource) -> Bool {
        left.type == right.type && Name(left.name) == Name(right.name)
    }

    /// By the bytes of the name.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(Name(name))
    }

    var type: Int8 {
        switch self {
        case .topic: 2
        case .broker: 4
        case .group: 32
        }
    }

    var name: String {
        switch self {
        case .topic(let name): name
        case .broker(let id): String(id)
        case .group(let id): id
        }
    }
}
