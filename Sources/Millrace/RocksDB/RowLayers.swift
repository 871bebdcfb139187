import KafkaProtocol

/// The rows of one family in several buffers, merged: of a key the newest buffer's counts, deletions included.
struct RowLayers {
    private struct Layer {
        // The buffer keeps the memory of the rows alive.
        let buffer: RowBuffer
        let tree: RowTree
        /// The next row; nil if there is none before.
        var next: RowTree.Place?
        /// Where to stop: the place after the last row, or the first one if reversed.
        let limit: RowTree.Place
    }

    private var layers: [Layer]
    private let isReversed: Bool

    /// Reads `buffers`, the newest first, at a family's place.
    init(_ buffers: [RowBuffer], at place: Int, _ range: RowRange = RowRange(), reversed: Bool = false) {
        isReversed = reversed
        layers = buffers.compactMap { buffer in
            guard let tree = buffer.tree(at: place) else { return nil }
            let first = range.lower.map { $0.withUnsafeBytes { tree.place(notBefore: $0) } } ?? tree.place(notBefore: nil)
            let end = range.upper.map { $0.withUnsafeBytes { tree.place(notBefore: $0) } } ?? tree.end
            guard first < end else { return nil }
            return Layer(
                buffer: buffer, tree: tree, next: reversed ? tree.place(before: end) : first, limit: reversed ? first : end)
        }
    }

    /// The row that comes next.
    var peek: RowEntry? {
        var best: RowEntry?
        for layer in layers {
            guard let row = Self.row(layer) else { continue }
            if let other = best, !isBefore(row.key, other.key) { continue }
            best = row
        }
        return best
    }

    /// Passes over the rows with that key.
    mutating func skip(_ key: UnsafeRawBufferPointer) {
        for number in layers.indices {
            guard let row = Self.row(layers[number]), row.key.compared(to: key) == 0,
                let place = layers[number].next
            else { continue }
            let layer = layers[number]
            if isReversed {
                layers[number].next = place == layer.limit ? nil : layer.tree.place(before: place)
            } else {
                let after = layer.tree.place(after: place)
                layers[number].next = after == layer.limit ? nil : after
            }
        }
    }

    private static func row(_ layer: Layer) -> RowEntry? { layer.next.flatMap { layer.tree.row(at: $0) } }

    private func isBefore(_ key: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        isReversed ? key.compared(to: other) > 0 : key.compared(to: other) < 0
    }
}

extension RowTree.Place: Comparable {
    static func < (left: RowTree.Place, right: RowTree.Place) -> Bool {
        left.leaf == right.leaf ? left.row < right.row : left.leaf < right.leaf
    }
}
