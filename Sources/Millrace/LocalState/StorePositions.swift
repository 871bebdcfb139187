import KafkaProtocol

/// Up to where topics are in the stores of a task, by store.
struct StorePositions {
    private(set) var byStore: [String: RowPosition] = [:]

    subscript(store: String) -> RowPosition? {
        get { byStore[store] }
        set { byStore[store] = newValue }
    }

    /// What a store has changed is committed: `ends` says how far changelogs have been written, by store, and `inputs` how far
    /// the inputs have been processed. Gives the store's position then; nil if it has none.
    mutating func advance(
        _ store: String, ends: [String: Int64], inputs: [TopicPartition: RowProgress]
    ) -> RowPosition? {
        guard var position = byStore[store] else { return nil }
        if let input = inputs[position.partition] {
            (position.offset, position.time) = (input.offset, input.time)
        } else if let end = ends[store] {
            position.offset = end
        }
        byStore[store] = position
        return position
    }
}
