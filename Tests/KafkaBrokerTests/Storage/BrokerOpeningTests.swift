import Foundation
import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct BrokerOpeningTests {
    @Test func `a directory has one broker at a time`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, _ in
            let error = #expect(throws: BrokerError.self) { try Broker.open(directory: directory.path) }
            #expect(error?.code == .locked)
            #expect(error?.message.contains(directory.path) == true)
            #expect(error?.message.contains("this process") == true)
        }
        try await withBroker(in: directory) { _, _ in }
    }

    @Test func `the lock names the process that has it`() throws {
        let directory = try TemporaryDirectory()
        let holder = Process()
        holder.executableURL = URL(filePath: "/bin/sh")
        // flock(1) is not everywhere; then there is nothing to test.
        holder.arguments = [
            "-c",
            "command -v flock >/dev/null || exit 9; exec 9>>\(directory.path)/.lock; flock 9; echo $$ > \(directory.path)/.lock; echo ready; read line",
        ]
        let (input, output) = (Pipe(), Pipe())
        holder.standardInput = input
        holder.standardOutput = output
        try holder.run()
        let isReady = !output.fileHandleForReading.availableData.isEmpty
        if isReady {
            let error = #expect(throws: BrokerError.self) { try Broker.open(directory: directory.path) }
            #expect(error?.code == .locked)
            #expect(
                error?.message.contains("process \(holder.processIdentifier)") == true, "\(String(describing: error))")
        }
        try input.fileHandleForWriting.close()
        holder.waitUntilExit()
        _ = try Broker.open(directory: directory.path)
    }

    @Test func `a directory that cannot be written to is named`() throws {
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/file"
        try Data().write(to: URL(filePath: file))
        for path in [file, "\(file)/below", "/proc/none/here"] {
            let error = #expect(throws: BrokerError.self) { try Broker.open(directory: path) }
            #expect(error?.code == .unwritable)
            #expect(error?.message.contains(path) == true)
        }
    }

    @Test func `the directory is made, and is the user's alone`() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/a/b"
        let broker = try Broker.open(directory: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.int16Value == 0o700)
        await broker.close()
    }

    @Test func `the cluster keeps its id`() async throws {
        let directory = try TemporaryDirectory()
        let first = try await withBroker(in: directory) { broker, _ in broker.clusterID }
        let second = try await withBroker(in: directory) { broker, _ in broker.clusterID }
        #expect(first == second)
        #expect(KafkaUUID(first) != nil)
    }

    @Test(arguments: ["meta.properties", "topics", "producer-ids"])
    func `a damaged file is named, not guessed at`(name: String) async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client in
            try await client.createTopic("t")
            _ = try await client.send(InitProducerIdRequest(transactionalId: nil))
        }
        let path = "\(directory.path)/\(name)"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try String(text.dropLast(5)).write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: BrokerError.self) { try Broker.open(directory: directory.path) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains(name) == true)
    }

    @Test func `a directory of a newer release is left alone`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, _ in }
        let path = "\(directory.path)/meta.properties"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("version\t\(ClusterIdentity.formatVersion)", with: "version\t9").write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: BrokerError.self) { try Broker.open(directory: directory.path) }
        #expect(error?.code == .incompatible)
    }

    @Test func `a directory of an earlier release is taken over, with its id and its transactions`() async throws {
        let directory = try TemporaryDirectory()
        let (id, key) = try await withBroker(in: directory) { broker, _ in
            let transaction = Transaction(id: Name("x"), producerID: 41)
            let key = try transaction.encoded().key
            var old = ByteWriter()
            old.write(100 as Int16)
            old.write(41 as Int64)  // producer id
            old.write(7 as Int16)  // epoch
            old.write(6 as Int16)  // epoch before
            for _ in 0..<2 { old.write(-1 as Int64) }  // producer ids before and after
            old.write(5000 as Int64)  // timeout
            old.write(4 as Int8)  // complete, committed
            for time: Int64 in [-1, 123] { old.write(time) }
            old.write(false)
            old.write(1 as Int32)
            try old.write("t", compact: false)
            old.write(3 as Int32)
            old.write(1 as Int32)
            try old.write("g", compact: false)
            try broker.transactions.log.append([(key, old.finish())])
            return (broker.clusterID, key)
        }
        #expect(key.count == 5)
        let path = "\(directory.path)/meta.properties"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("version\t\(ClusterIdentity.formatVersion)", with: "version\t1").write(
            toFile: path, atomically: true, encoding: .utf8)
        for _ in 0..<2 {
            try await withBroker(in: directory) { broker, _ in
                #expect(broker.clusterID == id)
                let transaction = try #require(broker.transactions.transaction(Name("x")))
                #expect(transaction.producerID == 41 && transaction.producerEpoch == 7 && transaction.lastProducerEpoch == 6)
                #expect(transaction.timeout == 5000 && transaction.state == .completeCommit && transaction.lastUpdate == 123)
                #expect(transaction.partitions == [TopicPartition("t", 3)] && transaction.groups == [Name("g")])
                try broker.transactions.log.append([transaction.encoded()])
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
    }

    @Test func `a closed broker says so, and those who wait are answered`() async throws {
        let directory = try TemporaryDirectory()
        let broker = try Broker.open(directory: directory.path)
        async let running: Void = broker.run()
        let client = broker.transport(clientID: "c")
        try await client.createTopic("t")
        async let waiting = client.fetch("t", maxWait: .max)
        await Task.yield()
        await broker.close()
        try await running
        _ = try? await waiting
        let error = await #expect(throws: BrokerError.self) { try await client.send(MetadataRequest(topics: nil)) }
        #expect(error?.code == .closed)
    }

    @Test func `property files keep any word`() throws {
        let lines = [["a", "tab\there", "line\nend", "100 %", ""], ["ü", "%09"]]
        let file = try PropertyFile(parsing: PropertyFile(lines: lines).text, name: "f")
        #expect(file.lines == lines)
        #expect(throws: BrokerError.self) { try PropertyFile(parsing: "a\tb\n", name: "f") }
    }
}
