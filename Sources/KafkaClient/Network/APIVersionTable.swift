import KafkaNetwork
import KafkaProtocol

/// Which versions of which APIs a broker has announced on a connection.
struct APIVersionTable: Sendable {
    /// The broker, for messages.
    let broker: NetworkAddress
    private var ranges: [APIKey: ClosedRange<Int16>] = [:]

    init(broker: NetworkAddress, _ response: ApiVersionsResponse) {
        self.broker = broker
        for api in response.apiKeys where api.minVersion <= api.maxVersion {
            ranges[APIKey(rawValue: api.apiKey)] = api.minVersion...api.maxVersion
        }
    }

    /// The version in which to send `request`: the newest that both sides know and that has the meaning that this
    /// client relies on. (That a broker announces an old version does not mean that it has it.)
    func version<R: KafkaRequest>(for request: R) throws -> Int16 {
        guard let announced = ranges[R.apiKey] else {
            throw KafkaError(.unsupported, "the broker at \(broker) does not have \(R.apiKey)")
        }
        let newest = RequestForms.newestVersion(for: request)
        let version = min(announced.upperBound, newest)
        guard version >= max(announced.lowerBound, R.versions.lowerBound) else {
            throw KafkaError(
                .unsupported,
                "the broker at \(broker) has versions \(announced.lowerBound) to \(announced.upperBound) of \(R.apiKey), and this client \(R.versions.lowerBound) to \(newest)"
            )
        }
        return version
    }
}
