public import KafkaClient
import KafkaProtocol

/// Runs an application while `body` does something beside it, and stops it afterwards: for tests, scripts and tools.
///
/// ```swift
/// let total = try await withStreams(topology, configuration: configuration, client: client) { application in
///     try await produceOrders()
///     return try await application.store("totals", key: String.self, value: Int64.self).get("ann")
/// }
/// ```
/// `body` is called once all tasks of the instance are running. When it returns or throws, the application stops after a last
/// commit, and what `body` returned or threw is handed on. If the application fails meanwhile, `body` is cancelled and the
/// application's error is thrown; if it ends by itself (`StreamsConfiguration.exitsWhenIdle`), `body` goes on. Cancelling the caller
/// cancels `body` and stops the application. `MillraceCommandLine` has the same with a broker beside it.
///
/// Throws a `StreamsError` if the application is not running within `limit`, and what `StreamsApplication` throws.
public func withStreams<Result: Sendable>(
    _ topology: Topology, configuration: StreamsConfiguration, client: KafkaClient, startsWithin limit: Duration = .seconds(60),
    _ body: @escaping @Sendable (_ application: StreamsApplication) async throws -> Result
) async throws -> Result {
    let application = try StreamsApplication(topology, configuration: configuration, client: client)
    let events = application.events
    let outcome = await withTaskGroup(of: StreamsPart<Result>.self) { group in
        group.addTask {
            do { return .application(.success(try await application.run())) } catch { return .application(.failure(error)) }
        }
        group.addTask {
            do {
                try await application.waitUntilRunning(events, within: limit)
                return .body(.success(try await body(application)))
            } catch {
                return .body(.failure(error))
            }
        }
        var outcome: Swift.Result<Result, any Error>?
        while let part = await group.next() {
            switch part {
            case .body(let result):
                outcome = outcome ?? result
                application.stop(within: configuration.cancellationLimit)
            case .application(.failure(let error)):
                if case .failure? = outcome {} else { outcome = .failure(error) }
                group.cancelAll()
            case .application(.success): break
            }
        }
        return outcome
    }
    guard let outcome else { throw CancellationError() }
    return try outcome.get()
}

/// What has ended.
private enum StreamsPart<Value: Sendable>: Sendable {
    case application(Swift.Result<Void, any Error>)
    case body(Swift.Result<Value, any Error>)
}

extension StreamsApplication {
    /// Waits until all tasks of the instance process, or wait for input. `events` are those since before it began.
    fileprivate func waitUntilRunning(_ events: AsyncStream<StreamsEvent>, within limit: Duration) async throws {
        let isRunning = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await event in events {
                    if case .state(let state) = event, state == .running || state == .degraded { return true }
                }
                return false
            }
            group.addTask { [client] in
                try await client.environment.sleep(limit.milliseconds)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        try Task.checkCancellation()
        guard !isRunning else { return }
        throw StreamsError(
            .broker, "application \(configuration.applicationID) was not running within \(limit): it is \(state)")
    }
}
