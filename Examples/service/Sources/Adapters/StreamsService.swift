public import Millrace
public import ServiceLifecycle

/// An application as a service of swift-service-lifecycle: a shutdown commits, closes, and leaves the group, within so long.
public struct StreamsService: Service {
    private let application: StreamsApplication
    private let limit: Duration

    public init(_ application: StreamsApplication, stopsWithin limit: Duration = .seconds(30)) {
        self.application = application
        self.limit = limit
    }

    /// Runs until it is shut down. Throws what `StreamsApplication.run` does.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await application.run()
        } onGracefulShutdown: {
            application.stop(within: limit)
        }
    }
}
