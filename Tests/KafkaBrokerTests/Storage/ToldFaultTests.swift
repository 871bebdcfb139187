import Foundation
import KafkaProtocol
import Testing

@testable import KafkaBroker

/// Answers that have room for no more than an error code leave the cause in the broker's log.
@Suite struct ToldFaultTests {
    @Test func `that there is no room for more producer ids is told once a minute`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        let told = ToldLines()
        try await withBroker(in: directory, clock: clock.clock, endsBy: .abandoning, report: told.add) {
            broker, client async throws in
            try FileManager.default.removeItem(atPath: directory.path)
            for _ in 0..<3 {
                let answer = try await client.send(InitProducerIdRequest(transactionalId: nil))
                #expect(answer.errorCode == KafkaErrorCode.kafkaStorageError.rawValue)
            }
            #expect(told.all.count == 1 && told.contains("producer-ids", "No such file"), "\(told.all)")
        }
    }

    @Test func `that the broker cannot write its own records down is told once a minute`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        let told = ToldLines()
        try await withBroker(in: directory, clock: clock.clock, endsBy: .abandoning, report: told.add) {
            broker, client async throws in
            try await client.createTopic("t")
            #expect(try await client.commit("g", "t", 1) == KafkaErrorCode.none)
            // The next segment cannot be made.
            try FileManager.default.removeItem(atPath: "\(directory.path)/__consumer_offsets-0")
            broker.groups.log.log.configuration.segmentMs = 1
            clock.advance(by: 10)
            for _ in 0..<3 { #expect(try await client.commit("g", "t", 2) != KafkaErrorCode.none) }
            #expect(told.all.count == 1 && told.contains("__consumer_offsets-0: ", "No such file"), "\(told.all)")
            clock.advance(by: 60_000)
            #expect(try await client.commit("g", "t", 2) != KafkaErrorCode.none)
            #expect(told.all.count == 2, "\(told.all)")
            #expect(try await client.committed("g", "t").committedOffset == 1)
        }
    }
}
