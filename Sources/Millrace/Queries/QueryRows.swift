import KafkaClient

/// Rows of a store, of all its partitions that are here, read page by page as a loop asks for them.
///
/// They come in the order of their keys' bytes, and windows and sessions of a key by time, whichever partition they are in; reversed
/// ones against it. Each page is a turn of its task, so it is consistent; a row that changes between two pages shows as it is when its page
/// is read. A task that goes away in the middle ends the loop with a `QueryError`, so that rows are never left out in silence.
///
/// ```swift
/// for try await row in try counts.range(from: "a", to: "f") { print(row.key, row.value) }
/// ```
public struct QueryRows<Row: Sendable>: AsyncSequence, Sendable {
    /// What is thrown.
    public typealias Failure = QueryError
    /// A row.
    public typealias Element = Row

    let application: StreamsApplication
    let store: StreamsApplication.StoreReference
    let options: QueryOptions
    let walk: RowWalk<Row>

    /// Begins to read. Which partitions are read is decided with the first row.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rows: self) }

    /// The rows one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let rows: QueryRows
        private var parts: [Part]?
        /// Up to where the tasks had processed their inputs as of the pages that were read last. Empty without a row.
        public private(set) var position = QueryPosition()

        /// A partition: the rows of a page that are left, the next one last.
        private struct Part {
            let partition: Int32?
            var left: [RowWalk<Row>.Item] = []
            var next: RowWalk<Row>.Place?
        }

        init(rows: QueryRows) { self.rows = rows }

        /// The next row; nil after the last. Throws `QueryError`, after which there are no more.
        public mutating func next() async throws(QueryError) -> Row? {
            var parts: [Part] = []
            if let found = self.parts {
                parts = found
            } else {
                for partition in try rows.application.partitionsHere(of: rows.store, rows.options) {
                    var part = Part(partition: partition)
                    try await read(&part, isFirst: true)
                    parts.append(part)
                }
            }
            self.parts = []
            var first: Int?
            for number in parts.indices {
                if parts[number].left.isEmpty, parts[number].next != nil { try await read(&parts[number], isFirst: false) }
                guard let item = parts[number].left.last else { continue }
                if let other = first.flatMap({ parts[$0].left.last }), !item.isBefore(other, isReversed: rows.walk.isReversed) {
                    continue
                }
                first = number
            }
            guard let first, let item = parts[first].left.popLast() else { return nil }
            self.parts = parts
            return item.row
        }

        private mutating func read(_ part: inout Part, isFirst: Bool) async throws(QueryError) {
            let (walk, place) = (rows.walk, part.next)
            let now = rows.application.client.environment.now
            let answer = try await rows.application.answer(rows.store, part.partition, rows.options) { view in
                try walk.page(view, behind: place, now: now)
            }
            position = position.merged(with: answer.position)
            part.left = answer.value.items.reversed()
            part.next = answer.value.next
        }
    }
}
