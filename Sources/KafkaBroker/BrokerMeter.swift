internal import KafkaProtocol
internal import MillraceMetrics
internal import Synchronization

/// Counts what a broker does: some numbers a request, nothing for a record.
final class BrokerMeter: Sendable {
    struct Requests: Sendable {
        var count: Int64 = 0
        var time = DistributionMeter()
    }

    struct Figures: Sendable {
        var requests: [APIKey: Requests] = [:]
        var bytesIn: Int64 = 0
        var bytesOut: Int64 = 0
    }

    private let figures = Mutex(Figures())

    /// The figures as of now.
    var current: Figures { figures.withLock { $0 } }

    /// A request has been answered after so many milliseconds, waits for records or members included.
    func note(_ api: APIKey, took time: Int64, at now: Int64) {
        figures.withLock { figures in
            figures.requests[api, default: Requests()].count += 1
            figures.requests[api]?.time.note(time, at: now)
        }
    }

    /// A frame has come in over the network, or gone out.
    func note(bytesIn: Int = 0, bytesOut: Int = 0) {
        figures.withLock { figures in
            figures.bytesIn += Int64(bytesIn)
            figures.bytesOut += Int64(bytesOut)
        }
    }
}

extension BrokerRequest {
    /// The answer, if the client may have it, counted with the time that it took.
    func answerCounted(by broker: Broker, version: Int16, from source: RequestSource) async throws -> Response {
        let began = broker.clock.monotonic()
        let response = try await answerIfAllowed(by: broker, version: version, from: source)
        let now = broker.clock.monotonic()
        broker.meter.note(Self.apiKey, took: now.saturatingSubtract(began), at: now)
        return response
    }
}
