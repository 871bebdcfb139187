extension StreamsApplication {
    /// Processes until `stop()`. Call it once.
    ///
    /// Cancelling its task stops it as `stop()` does: it returns after a last commit, within `StreamsConfiguration.cancellationLimit`. So it fits
    /// into structured concurrency, and an application is a `Service` of swift-service-lifecycle by an empty extension in a package that
    /// depends on both:
    /// ```swift
    /// extension StreamsApplication: @retroactive Service {}
    /// let services = ServiceGroup(services: [application], cancellationSignals: [.sigterm], logger: logger)
    /// ```
    /// Where a group is to shut down gracefully (`gracefulShutdownSignals`), a service of one's own calls `run()` within
    /// `withGracefulShutdownHandler`, and `stop()` on shutdown.
    ///
    /// Throws `StreamsError` if topics are missing or do not fit together, if a record cannot be processed and the
    /// policy says to fail, and when the broker fails for good. Tasks that are well commit before. With a `cancellationLimit` of zero it throws
    /// `CancellationError` when it is cancelled.
    @concurrent
    public func run() async throws {
        guard configuration.cancellationLimit > .zero else { return try await runOnce() }
        // No child, as those are cancelled with their parent.
        let running = Task { try await runOnce() }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            stop(within: configuration.cancellationLimit)
        }
    }
}
