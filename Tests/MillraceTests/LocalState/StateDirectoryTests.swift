import Foundation
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct StateDirectoryTests {
    static let task = TaskID(subTopology: 0, partition: 1)

    @Test func `a name is one part of a path, whatever is in it`() {
        #expect(StateDirectory.pathComponent("KSTREAM-AGGREGATE-STATE-STORE-0000000003") == "KSTREAM-AGGREGATE-STATE-STORE-0000000003")
        #expect(StateDirectory.pathComponent("a.b_c") == "a.b_c")
        #expect(StateDirectory.pathComponent("..") == "%2e.")
        #expect(StateDirectory.pathComponent("a/b\u{e9}%") == "a%2fb%c3%a9%25")
    }

    @Test func `a second one is refused until the first is closed`() throws {
        let directory = TemporaryDirectory()
        let first = try StateDirectory(of: "app", in: directory.path, SystemFiles())
        let error = #expect(throws: StreamsError.self) {
            try StateDirectory(of: "app", in: directory.path, SystemFiles())
        }
        #expect(error?.message.contains("\(directory.path)/app") == true)
        _ = try StateDirectory(of: "other", in: directory.path, SystemFiles())
        first.close()
        _ = try StateDirectory(of: "app", in: directory.path, SystemFiles())
    }

    @Test func `what a task has left is removed after the delay, unless it is used`() throws {
        let temporary = TemporaryDirectory()
        let files = SystemFiles()
        let directory = try StateDirectory(of: "app", in: temporary.path, files)
        let path = directory.directory(of: Self.task)
        func make() throws {
            try files.makeDirectory("\(path)/store")
            _ = try files.open("\(path)/store/file", for: .writing)
        }
        try make()
        try files.makeDirectory("\(directory.path)/something")
        // From the first look on.
        #expect(try directory.removeUnused(for: 100, now: 1000) == [])
        directory.use(Self.task)
        directory.use(Self.task)
        directory.release(Self.task, now: 1050)
        #expect(try directory.removeUnused(for: 100, now: 5000) == [])
        directory.release(Self.task, now: 5000)
        #expect(try directory.removeUnused(for: 100, now: 5099) == [])
        #expect(try StateDirectory.tasks(in: directory.path, files) == [Self.task])
        #expect(try directory.removeUnused(for: 100, now: 5100) == [Self.task])
        #expect(try StateDirectory.tasks(in: directory.path, files) == [])
        try make()
        #expect(try directory.removeUnused(for: 100, now: 9000) == [])
        directory.close()
        #expect(try directory.removeUnused(for: 100, now: 99_000) == [])
        #expect(try files.names(in: directory.path).sorted() == [".lock", "0_1", "something"])
    }

    @Test func `directories and files are private to the user`() throws {
        let temporary = TemporaryDirectory()
        let directory = try StateDirectory(of: "app", in: "\(temporary.path)/state", SystemFiles())
        for (path, mode) in [("\(temporary.path)/state", 0o700), (directory.path, 0o700), ("\(directory.path)/.lock", 0o600)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == mode)
        }
    }

    @Test func `only what a task's name gives is one`() {
        #expect(TaskID(text: "12_3") == TaskID(subTopology: 12, partition: 3))
        for text in ["", "_", "1_", "_1", "1_2_3", "-1_2", "01_2", "1_99999999999", "global", "+1_2"] {
            #expect(TaskID(text: text) == nil)
        }
    }
}

@Suite struct StateVerdictTests {
    static let partition = TopicPartition("app-store-changelog", 2)
    static let id = KafkaUUID(high: 1, low: 2)

    func verdict(
        _ offset: Int64, id: KafkaUUID = id, of partition: TopicPartition = partition, start: Int64 = 0, end: Int64 = 100,
        isTrimmed: Bool = false, age: Int64 = 0, deletionsStay: Int64? = nil, sourceID: KafkaUUID = id
    ) -> String {
        let marker = RowMarker(
            positions: [RowPosition(partition: partition, topicID: id, offset: offset)], writtenAt: 1_000_000)
        var source = StateVerdict.Source(
            partition: Self.partition, topicID: sourceID, start: start, end: end, isTrimmed: isTrimmed)
        if let deletionsStay { source.deletionsStay = deletionsStay }
        switch StateVerdict(marker, source, now: 1_000_000 + age) {
        case .none: return "none"
        case .use(let position): return "from \(position.offset)"
        case .setAside(let reason): return reason
        }
    }

    @Test func `no marker, no rows`() {
        let source = StateVerdict.Source(partition: Self.partition, topicID: Self.id, start: 0, end: 0)
        #expect(StateVerdict(nil, source, now: 0) == .none)
    }

    @Test func `rows up to an offset that the topic has are gone on from`() {
        #expect(verdict(0) == "from 0" && verdict(50) == "from 50" && verdict(100) == "from 100")
        #expect(verdict(50, start: 50) == "from 50")
        #expect(verdict(0, end: 0) == "from 0")
    }

    @Test func `a topic that is another, shorter, or has lost its beginning is told`() {
        #expect(verdict(50, id: KafkaUUID(high: 9, low: 9)).contains("made anew"))
        #expect(verdict(50, of: TopicPartition("users", 2)).contains("does not come from"))
        #expect(verdict(101).contains("only offsets up to 100"))
        #expect(verdict(49, start: 50).contains("begins at 50"))
        #expect(verdict(49, start: 50, isTrimmed: true) == "from 49")
    }

    @Test func `brokers without topic ids are believed`() {
        #expect(verdict(50, id: .zero) == "from 50" && verdict(50, sourceID: .zero) == "from 50")
    }

    @Test func `rows that are older than deletions stay are not gone on from, unless nothing has come since`() {
        let day = StateVerdict.deletionsStay(86_400_000)
        #expect(day == 82_800_000)
        #expect(verdict(50, age: day) == "from 50")
        #expect(verdict(50, age: day + 1).contains("older than deletions stay"))
        #expect(verdict(100, age: day + 1) == "from 100")
        #expect(verdict(50, isTrimmed: true, age: day + 1) == "from 50")
        #expect(verdict(50, age: 58, deletionsStay: 57).contains("older than deletions stay"))
        #expect(verdict(50, age: day + 1, deletionsStay: day + 1) == "from 50")
    }
}
