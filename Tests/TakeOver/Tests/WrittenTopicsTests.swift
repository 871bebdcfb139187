import KafkaProtocol
import Millrace
import TakeOverTopology
import Testing

/// What the application leaves in its topics is what the Java application left there, so that it can go on from them.
///
/// Between two commits changes of a row are written once here and each time there, so of a row the last record counts, and
/// others must be among those of the Java application.
@Suite struct WrittenTopicsTests {
    /// How the records of a topic are compared.
    enum Rule {
        /// Record by record, but for their order between keys.
        case each
        /// Record by record in any order: several tasks write the topic.
        case any
        /// By rows.
        case rows
        /// By the last record of each row: others depend on when commits fall, or on the order in which several tasks write.
        case last
        /// By rows, which are deleted here once they are out of retention.
        case windows
        /// Not at all: of answers there are more or fewer as the sides happen to come before each other.
        case none

        init(_ topic: String) {
            func ends(_ names: String...) -> Bool { names.contains { topic.hasSuffix("-\($0)") } }
            if ends("subscription-response-topic") {
                self = .none
            } else if ends("repartition", "registration-topic") {
                self = .any
            } else if ends("join-store-changelog", "Buffer-changelog", "rates-store-changelog"), !ends("shared-join-store-changelog") {
                self = .each
            } else if ends("sup-store-changelog", "lim-store-changelog", "agg-changelog", "per-region-changelog") {
                self = .last
            } else if ends("win-changelog", "sess-changelog", "slide-changelog", "final-changelog") {
                self = .windows
            } else {
                self = .rows
            }
        }
    }

    @Test(arguments: TakeOver.parts)
    func `part of the application leaves what the JVM would`(_ part: Int) async throws {
        let topology = try TakeOver.topology([part])
        let own = Cluster.ownTopics(of: topology)
        let written = try #require(
            try await Cluster.run(keepsAll: true) { cluster in
                try await cluster.createTopics(TakeOver.inputs + [TakeOver.output(of: part)])
                for topic in TakeOver.inputs {
                    try await cluster.write(cluster.recording.firstHalf[topic] ?? [], to: topic)
                }
                try await cluster.run(topology)
                var written: [String: [[Recording.Entry]]] = [:]
                for topic in own { written[topic] = try await cluster.read(topic) }
                return written
            })
        let recording = try Recording.shared.get()
        for topic in own {
            let due = try #require(recording.topics[topic]).partitions
            let mine = try #require(written[topic]).map { $0.map { normal($0, topic) } }
            let theirs = due.map { $0.map { normal($0, topic) } }
            let rule = Rule(topic)
            for partition in 0..<3 {
                compare(
                    mine[partition].filter { $0.key != nil }, theirs[partition].filter { $0.key != nil }, rule,
                    "\(topic)-\(partition)")
            }
            // What has no key can be in any partition.
            compare(
                mine.joined().filter { $0.key == nil }, theirs.joined().filter { $0.key == nil }, rule,
                "\(topic) without keys")
        }
    }

    /// An entry without what differs for a reason.
    private func normal(_ entry: Recording.Entry, _ topic: String) -> Recording.Entry {
        var entry = entry
        // Written with the wall clock.
        if ["-sup-store-changelog", "-lim-store-changelog", "-Buffer-changelog"].contains(where: topic.hasSuffix) {
            entry.timestamp = 0
        }
        // The recorded version of Kafka Streams asked for more answers in foreign-key joins than later ones do: 1 in place of 0
        // where a row of a left join comes to refer to another key, 2 in place of 3 where it refers to the same.
        if topic.contains("-subscription-"), let value = entry.value, value.count > 2 {
            var bytes = value.array
            if topic.contains("fkl"), bytes[1] == 1 { bytes[1] = 0 }
            if topic.contains("fki"), bytes[1] == 3 { bytes[1] = 2 }
            entry.value = Bytes(bytes)
        }
        return entry
    }

    private func compare(_ written: [Recording.Entry], _ due: [Recording.Entry], _ rule: Rule, _ place: String) {
        guard rule != .none else { return }
        let (mine, theirs) = (Dictionary(grouping: written, by: \.key), Dictionary(grouping: due, by: \.key))
        for key in Set(mine.keys).union(theirs.keys) {
            let (mine, theirs) = (mine[key] ?? [], theirs[key] ?? [])
            switch rule {
            case .each:
                #expect(mine.filter(isNew(in: theirs)) == theirs, "\(place) \(key?.hex ?? "null")")
                continue
            case .any:
                #expect(counts(mine) == counts(theirs), "\(place) \(key?.hex ?? "null")")
                continue
            case .rows, .last, .windows, .none: break
            }
            // The JVM's last answer of a left foreign-key join can be a wrong one.
            if place.contains("fk-left"), theirs.last?.value?.string.hasSuffix("=null") == true { continue }
            let isExpired = rule == .windows && isOutOfRetention(key)
            // A row that came and went before a commit is not written.
            guard let last = mine.last else {
                #expect(isExpired || theirs.last?.value == nil, "\(place) \(key?.hex ?? "null") is missing")
                continue
            }
            if !(isExpired && last.value == nil) { #expect(last == theirs.last, "\(place) \(key?.hex ?? "null")") }
            for entry in mine where rule != .last && entry.value != nil {
                #expect(theirs.contains(entry), "\(place) \(key?.hex ?? "null")")
            }
        }
    }

    /// Whether a window or a session is so old that the store may have let go of it, which depends on when commits fall: the
    /// first half ends at 60 s, and windows are kept for 7 s (sliding ones) to 15 s.
    private func isOutOfRetention(_ key: Bytes?) -> Bool {
        // Behind the customer windows have their start, sessions their end.
        guard let key, key.count >= 15 else { return false }
        var reader = ByteReader(key[3..<11])
        return (try? reader.read(Int64.self)).map { $0 <= Recording.base + 53_000 } ?? false
    }

    private func counts(_ entries: [Recording.Entry]) -> [Recording.Entry: Int] {
        entries.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// Leaves out what was written a second time, as the latest version of a row is after an older one.
    private func isNew(in due: [Recording.Entry]) -> (Recording.Entry) -> Bool {
        var seen: [Recording.Entry: Int] = [:]
        return { entry in
            seen[entry, default: 0] += 1
            return seen[entry] == 1 || due.filter { $0 == entry }.count > 1
        }
    }
}
