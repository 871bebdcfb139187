import KafkaProtocol

@testable import Millrace

/// A store of sessions, called as the tests read best.
extension TimedStore {
    func put(_ session: Windowed<Key>, _ value: Value?, headers: [RecordHeader]) throws {
        try put(session.key, session.window, value, timestamp: session.window.end, headers: headers)
    }

    func get(_ session: Windowed<Key>) -> Value? { get(session.key, session.window)?.value }

    func find(_ key: Key, earliestEnd: Int64, latestStart: Int64) -> [(window: Window, value: Value)] {
        sessions(of: key, earliestEnd: earliestEnd, latestStart: latestStart)
    }
}
