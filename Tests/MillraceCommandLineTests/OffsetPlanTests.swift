import KafkaClient
import KafkaProtocol
import Testing

@testable import MillraceCommandLine

@Suite struct OffsetPlanTests {
    private let partition = TopicPartition("t", 0)

    /// Where the partition goes that has records from 10 to 99, of which the group has read those before 50.
    private func move(_ target: OffsetTarget, committed: Int64? = 50, ofTime: Int64? = nil) -> OffsetPlan {
        OffsetPlan(target, [partition: .init(start: 10, end: 100, committed: committed, ofTime: ofTime)])
    }

    @Test(
        arguments: [
            (OffsetTarget.earliest, 10, nil), (.latest, 100, nil), (.current, 50, nil), (.offset(42), 42, nil),
            (.offset(9), 10, 9), (.offset(101), 100, 101), (.shift(10), 60, nil), (.shift(-10), 40, nil),
            (.shift(-50), 10, 0), (.shift(.max), 100, .max), (.shift(.min), 10, .min + 50), (.time(5), 100, nil),
            (.each([TopicPartition("t", 0): 77]), 77, nil), (.each([TopicPartition("t", 0): 7]), 10, 7),
        ] as [(OffsetTarget, Int64, Int64?)])
    func `each target gives an offset between the first and the last record`(
        _ target: OffsetTarget, _ new: Int64, _ wanted: Int64?
    ) {
        let plan = move(target)
        #expect(plan.moves == [partition: .init(current: 50, new: new, wanted: wanted)])
        #expect(plan.unmoved.isEmpty)
    }

    @Test func `a time goes to its first record`() {
        #expect(move(.time(5), ofTime: 33).moves[partition]?.new == 33)
    }

    @Test func `without an offset nothing can be shifted, and the current place is the end`() {
        let shifted = move(.shift(1), committed: nil)
        #expect(shifted.moves.isEmpty && shifted.unmoved == [partition])
        #expect(move(.current, committed: nil).moves[partition]?.new == 100)
    }

    @Test func `partitions that a file does not name stay`() {
        #expect(move(.each([TopicPartition("t", 1): 3])).moves.isEmpty)
    }

    @Test func `what is exported is what a file may say`() throws {
        let plan = move(.offset(42))
        #expect(plan.export == "t,0,42\n")
        #expect(try OffsetFile.parse(plan.export, name: "f") == [partition: 42])
        #expect(try OffsetFile.parse(" t , 0 , 42 \r\n\n", name: "f") == [partition: 42])
    }

    @Test(arguments: ["t,0", "t,0,x", "t,-1,3", ",0,3", "t,0,-3", "t,0,1\nt,0,2", "t,0,9223372036854775808", "t,2147483648,1"])
    func `a file that makes no sense is refused`(text: String) {
        #expect(throws: UsageError.self) { try OffsetFile.parse(text, name: "f") }
    }

    @Test func `a selection names a topic or some of its partitions`() throws {
        let some = try PartitionSelection(parsing: "orders:0,2")
        #expect(some.topic == "orders" && some.partitions == [0, 2])
        #expect(try PartitionSelection(parsing: "orders").partitions == nil)
        for text in ["orders:", ":0", "orders:x", "orders:-1", "orders:0,99999999999"] {
            #expect(throws: UsageError.self) { try PartitionSelection(parsing: text) }
        }
    }

    @Test(
        arguments: [
            ("1700000000000", 1_700_000_000_000), ("2023-11-14T22:13:20Z", 1_700_000_000_000),
            ("2023-11-14T22:13:20.250Z", 1_700_000_000_250), ("2023-11-14T23:13:20+01:00", 1_700_000_000_000),
            ("2023-11-14T22:13:20", 1_700_000_000_000), ("2023-11-14T22:13:20.250", 1_700_000_000_250),
            ("2023-11-15", 1_700_006_400_000), ("0", 0),
        ] as [(String, Int64)])
    func `a time is a number or ISO 8601`(text: String, milliseconds: Int64) throws {
        #expect(try Datetime(parsing: text).milliseconds == milliseconds)
    }

    @Test(arguments: ["", "now", "-5", "2023-13-01", "1900-01-01", "2023-11-14T25:00:00Z", "99999999999999999999"])
    func `other texts are no times`(text: String) {
        #expect(throws: ValueError.self) { try Datetime(parsing: text) }
    }
}
