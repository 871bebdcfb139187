import KafkaClient
import KafkaProtocol

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
    /// How partitions are read that are not here; nil to leave them to whoever has them.
    var elsewhere: RowsElsewhere<Row>?

    /// Begins to read. Which partitions are read is decided with the first row.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rows: self) }

    /// The rows one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let rows: QueryRows
        private var parts: [Part]?
        /// Up to where the tasks had processed their inputs as of the pages that were read last. Empty without a row.
        public private(set) var position = QueryPosition()
        /// Who has answered.
        private(set) var sources = RowSources()
        /// Until when other instances may answer, all together.
        private var deadline = Int64.max

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
                if rows.elsewhere != nil { deadline = timeout }
                for partition in try rows.application.partitions(of: rows.store, rows.options, everywhere: rows.elsewhere != nil) {
                    var part = Part(partition: partition)
                    try await read(&part)
                    parts.append(part)
                }
            }
            self.parts = []
            var first: Int?
            for number in parts.indices {
                if parts[number].left.isEmpty, parts[number].next != nil { try await read(&parts[number]) }
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

        private var now: Int64 { rows.application.client.environment.now() }
        /// When a page that is asked for now is late.
        private var timeout: Int64 { now.saturatingAdd(Swift.max(0, rows.options.timeout.milliseconds)) }

        /// Reads the next page of a partition that has rows.
        private mutating func read(_ part: inout Part) async throws(QueryError) {
            let late = Swift.min(deadline, timeout)
            do throws(QueryError) {
                var page: RowWalk<Row>.Page
                repeat {
                    page = try await self.page(part, until: late)
                    if page.isPutOff, now >= late {
                        throw QueryError(
                            .timedOut,
                            "the rows of the store \(rows.store.name) are still being put in order for the first range: ask again")
                    }
                } while page.isPutOff
                (part.left, part.next) = (page.items.reversed(), page.next)
            } catch {
                guard rows.elsewhere?.isPartial == true, let partition = part.partition else { throw error }
                sources.note(partition, missing: error)
                (part.left, part.next) = ([], nil)
            }
        }

        private mutating func page(_ part: Part, until late: Int64) async throws(QueryError) -> RowWalk<Row>.Page {
            let (walk, place, clock) = (rows.walk, part.next, rows.application.client.environment.now)
            do throws(QueryError) {
                let answer = try await rows.application.answer(rows.store, part.partition, rows.options) { view in
                    try walk.page(view, behind: place, now: clock)
                }
                position = position.merged(with: answer.position)
                if let partition = part.partition { sources.note(partition, nil) }
                return answer.value
            } catch {
                guard let elsewhere = rows.elsewhere, let partition = part.partition, let server = error.otherServer else { throw error }
                let left = late.saturatingSubtract(now)
                guard left > 0 else {
                    throw QueryError(
                        .timedOut, "the instances that have the store \(rows.store.name) have not all answered in time",
                        at: error.location)
                }
                let answer = try await elsewhere.ask(partition, server, place, left)
                position = position.merged(with: answer.position)
                sources.note(partition, server)
                return answer.page
            }
        }
    }
}
