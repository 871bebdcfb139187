internal import KafkaProtocol

/// The topics there are, for those who have to notice that they change.
struct TopicImage: Sendable {
    struct Entry: Equatable, Sendable {
        var id: KafkaUUID
        var partitions: Int32
    }

    private(set) var topics: [Name: Entry] = [:]
    private(set) var names: [KafkaUUID: Name] = [:]
    /// Another number after every change.
    private(set) var version: UInt64 = 0

    /// Sets, or with nil removes, what is known of a topic.
    subscript(name: Name) -> Entry? {
        get { topics[name] }
        set {
            let old = topics[name]
            guard newValue != old else { return }
            if let old { names[old.id] = nil }
            if let newValue { names[newValue.id] = name }
            topics[name] = newValue
            version &+= 1
        }
    }
}
