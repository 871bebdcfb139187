import KafkaClient
import KafkaProtocol

extension StreamsApplication {
    /// The most that tasks keep for their next transactions, all together and each.
    private static let heldBytes = (all: 64 << 20, task: 4 << 20)

    /// How much a task keeps for its next transaction before it commits although it is not due.
    var heldBytesPerTask: Int { max(256 << 10, min(Self.heldBytes.task, Self.heldBytes.all / taskCount)) }

    /// A producer as the settings have it.
    func makeProducer(transactionalID: String? = nil) -> Producer {
        Producer(
            client: client,
            configuration: ProducerConfiguration(
                batchBytes: configuration.batchBytes, compression: configuration.compression, transactionalID: transactionalID,
                // When others get the tasks, nothing of them is open any more.
                transactionTimeout: min(configuration.transactionTimeout, configuration.sessionTimeout), bufferBytes: 8 << 20,
                deliveryTimeout: configuration.outageLimit ?? .seconds(Int64.max)))
    }

    /// Carries the commits of tasks out, under exactly-once.
    ///
    /// A process that comes back under its name has the transactional id of the one before, and so ends at once what that has left
    /// open. That of one without a name is aborted when its time is up.
    func runTransactions() async {
        let name = instanceID ?? String(client.environment.random(), radix: 36)
        let id = "\(configuration.applicationID)-\(name)"
        await transactions.run { self.makeProducer(transactionalID: id) }
    }
}
