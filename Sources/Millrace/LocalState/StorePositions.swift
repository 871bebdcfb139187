import KafkaProtocol

/// Up to where topics are in the stores of a task, by store.
struct StorePositions {
    private var positions: [String: RowPosition] = [:]

    subscript(store: String) -> RowPosition? {
        get { positions[store] }
        set { positions[store] = newValue }
    }

    /// Those of all stores, in the order of their names.
    var all: [RowPosition] { positions.sorted { $0.key < $1.key }.map(\.value) }

    /// What a store has changed is committed: `ends` says how far changelogs have been written, by store, and `inputs` how far
    /// the inputs have been processed. Gives the store's position then; nil if it has none.
    mutating func advance(
        _ store: String, ends: [String: Int64], inputs: [TopicPartition: RowProgress]
    ) -> RowPosition? {
        guard var position = positions[store] else { return nil }
        if let input = inputs[position.partition] {
            (position.offset, position.time) = (input.offset, input.time)
        } else if let end = ends[store] {
            position.offset = end
        }
        positions[store] = position
        return position
    }
}
