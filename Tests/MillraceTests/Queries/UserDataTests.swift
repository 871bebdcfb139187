import KafkaProtocol
import Testing

@testable import Millrace

/// What instances tell each other about where they can be asked, while versions mix.
@Suite struct UserDataTests {
    static let subscription: TaskSubscription = {
        var subscription = TaskSubscription(process: "host:1", topology: 7)
        subscription.progress = [TaskID(subTopology: 0, partition: 3): 9]
        return subscription
    }()

    @Test func `a server and a number come over, and are passed over by who does not know them`() throws {
        var subscription = Self.subscription
        let earlier = subscription.encoded()
        subscription.server = "host:8080"
        subscription.number = 12
        let encoded = subscription.encoded()
        #expect(try TaskSubscription(decoding: encoded) == subscription)
        // An earlier version reads what it knows, and leaves the rest.
        #expect(encoded[0..<earlier.count] == earlier)
        #expect(try TaskSubscription(decoding: earlier) == Self.subscription)
    }

    @Test func `tags of a later version are passed over`() throws {
        var writer = ByteWriter(capacity: 64)
        writer.write(raw: Self.subscription.encoded())
        var fields = UserDataFields()
        fields[0] = Bytes(utf8: "host:1")
        fields[99] = Bytes(utf8: "something new")
        fields.write(to: &writer)
        var expected = Self.subscription
        expected.server = "host:1"
        #expect(try TaskSubscription(decoding: writer.finish()) == expected)
    }

    @Test func `fields that make no sense are refused`() throws {
        var subscription = Self.subscription
        let known = subscription.encoded().count
        subscription.server = "host:8080"
        let encoded = subscription.encoded()
        for end in known + 1..<encoded.count {
            #expect(throws: TaskRefusal.self) { try TaskSubscription(decoding: encoded[0..<end]) }
        }
        let assignment = TaskAssignment(decoding: Bytes([0, 1, 0, 0, 0, 1, 0, 5, 200]))
        #expect(assignment.refusal == .format(known: 1))
    }

    @Test func `an assignment tells of all instances`() throws {
        let task = TaskID(subTopology: 1, partition: 2)
        var assignment = TaskAssignment(standbys: [task])
        let earlier = assignment.encoded()
        assignment.instances = [
            .init(number: 1, process: "a:1", server: "a:80", tasks: [task]),
            .init(number: 2, process: "b:1", server: nil, standbys: [task]),
        ]
        let encoded = assignment.encoded()
        #expect(TaskAssignment(decoding: encoded) == assignment && encoded[0..<earlier.count] == earlier)
        #expect(TaskAssignment(decoding: earlier).instances.isEmpty)
    }

    @Test func `tasks that are stopped come over, and are passed over by who does not know of them`() throws {
        let tasks: Set = [TaskID(subTopology: 1, partition: 2), TaskID(subTopology: 0, partition: 7)]
        var subscription = Self.subscription
        var assignment = TaskAssignment(standbys: [TaskID(subTopology: 3, partition: 0)])
        let earlier = (subscription.encoded(), assignment.encoded())
        (subscription.stopped, assignment.stopped) = (tasks, tasks)
        let later = (subscription.encoded(), assignment.encoded())
        #expect(try TaskSubscription(decoding: later.0) == subscription)
        #expect(TaskAssignment(decoding: later.1) == assignment)
        #expect(later.0[0..<earlier.0.count] == earlier.0 && later.1[0..<earlier.1.count] == earlier.1)
    }

    @Test(arguments: ["host", "host:", ":80", "host:0", "host:70000", ""])
    func `a server that is no address is refused`(_ server: String) {
        var configuration = StreamsConfiguration(applicationID: "app")
        configuration.server = server
        #expect(throws: StreamsError.self) { try configuration.validate() }
        configuration.server = "[::1]:8080"
        #expect(throws: Never.self) { try configuration.validate() }
    }
}
