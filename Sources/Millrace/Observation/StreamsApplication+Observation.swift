extension StreamsApplication {
    /// What the application is doing at the moment. From any thread.
    public var state: StreamsState { hub.current }

    /// What happens from now on, for as many readers as like: each access is a reading of its own. It ends when `run()` has ended,
    /// after the final `StreamsEvent.state`. A reader that lags by more than some thousand events misses the oldest;
    /// `StreamsConfiguration.observer` misses none.
    ///
    /// ```swift
    /// for await event in application.events {
    ///     if case .state(let state) = event { print("now \(state)") }
    /// }
    /// ```
    public var events: AsyncStream<StreamsEvent> { hub.subscribe() }
}
