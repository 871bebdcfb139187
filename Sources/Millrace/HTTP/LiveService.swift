import MillraceHTTP
import MillraceJSON
import KafkaClient
import KafkaNetwork
import KafkaProtocol
import MillraceMetrics
import Synchronization

/// Serves an application over HTTP while it runs.
final class LiveService: Sendable {
    let settings: StreamsHTTP
    let feed = LiveFeed()
    /// When the process began to run the application, in milliseconds since the epoch.
    let started: Int64
    private let wallClock: @Sendable () -> Int64
    private let page = LivePage.bytes

    /// How often a sample is taken.
    static let interval: Int64 = 2000

    init(_ settings: StreamsHTTP, _ environment: ClientEnvironment) {
        self.settings = settings
        wallClock = environment.wallClock
        started = environment.wallClock()
    }

    /// Something has happened.
    func note(_ event: StreamsEvent) {
        guard let live = event.live(at: wallClock()) else { return }
        if event.isProgress { feed.tell(live) } else { feed.note(live) }
    }

    /// Opens the port. Throws `StreamsError`.
    func open(_ application: StreamsApplication) throws -> HTTPServer {
        do {
            return try HTTPServer(HTTPRouter(routes(application)), configuration: settings.server) { application.warn("HTTP: \($0)") }
        } catch {
            throw StreamsError(.configuration, "cannot serve HTTP on \(settings.server.address)", underlying: error)
        }
    }

    /// Serves and samples until cancelled.
    func run(_ server: HTTPServer, _ application: StreamsApplication) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            group.addTask { await self.sample(application) }
            await group.next()
            group.cancelAll()
        }
    }

    private func sample(_ application: StreamsApplication) async {
        let environment = application.client.environment
        let internals = application.blueprint.internalTopics
        var sampler = LiveSampler()
        while !Task.isCancelled {
            let tasks = application.meter.current.tasks.mapValues(\.current)
            feed.note(
                sampler.sample(
                    tasks, isSink: { !internals.contains($0) && !application.blueprint.isChangelog($0) }, now: environment.now(),
                    time: environment.wallClock()))
            feed.note(settings.panels())
            do { try await environment.sleep(Self.interval) } catch { return }
        }
    }

    private func routes(_ application: StreamsApplication) -> [HTTPRoute] {
        let all = healthRoutes(application) + stateRoutes(application) + storeRoutes(application)
        let description = HTTPRouter(all).openAPI(title: application.configuration.applicationID, version: "1")
        return all + [
            HTTPRoute("GET", "/", "A page that shows all this live.", type: "text/html", isOpen: true) { [page] _ in
                HTTPResponse(
                    headers: [
                        HTTPField("Content-Type", "text/html; charset=utf-8"),
                        HTTPField("Content-Security-Policy", LivePage.policy),
                    ], content: .bytes(page))
            },
            HTTPRoute("GET", "/openapi.json", "This description.") { _ in .json(description) },
        ]
    }

    // MARK: - Health

    private func healthRoutes(_ application: StreamsApplication) -> [HTTPRoute] {
        [
            HTTPRoute("GET", "/healthz", "Whether the application lives: 200 or 503.", isOpen: true) { _ in
                let state = application.state
                return .json(["state": .string(state.rawValue)], status: state.isFinal ? 503 : 200)
            },
            HTTPRoute(
                "GET", "/readyz", "Whether it processes, or is about to: 200 or 503. Tasks that are stopped alone are named.", isOpen: true
            ) { [settings] _ in
                let left = application.meter.current.restoreLeft
                let isReady =
                    switch application.state {
                    case .running, .degraded: true
                    case .restoring: left.map { $0 <= settings.readyWithin } ?? false
                    default: false
                    }
                return .json(
                    [
                        "state": .string(application.state.rawValue), "restoreRemaining": .optional(left),
                        "stoppedTasks": .array(application.stoppedTasks.keys.sorted().map { .string("\($0)") }),
                    ], status: isReady ? 200 : 503)
            },
            HTTPRoute("GET", "/metrics", "All metrics in Prometheus' text format.", type: "text/plain") { _ in
                .text(application.metrics.prometheusText, type: "text/plain; version=0.0.4; charset=utf-8")
            },
        ]
    }

    // MARK: - State

    /// The sub-topology that a request is about; nil for all. Throws 404.
    private static func subTopology(_ request: HTTPRequest, _ application: StreamsApplication) throws(HTTPFault) -> Int? {
        guard let text = request.query("sub-topology") else { return nil }
        guard let number = Int(text), application.blueprint.taskGroups.contains(number) else {
            throw HTTPFault(404, "there is no sub-topology \(text) that has tasks")
        }
        return number
    }

    private func stateRoutes(_ application: StreamsApplication) -> [HTTPRoute] {
        [
            HTTPRoute("GET", "/api/application", "What the application is and does.") { [started] _ in
                .json(application.json(started: started))
            },
            HTTPRoute("GET", "/api/topology", "Its sub-topologies, steps, topics and stores.") { _ in
                .json(application.topologyJSON)
            },
            HTTPRoute("GET", "/api/flow", "Records a second, lag and latency of sources, sinks and stores.") { _ in
                .json(application.flowJSON)
            },
            HTTPRoute("GET", "/api/history", "Samples of the last 15 minutes, two seconds apart, and the latest events.") {
                [feed] _ in
                let history = feed.history
                return .json([
                    "fields": LiveSample.fields,
                    "samples": .array(history.samples.map(\.json)),
                    "events": .array(history.events.map { ["event": .string($0.name), "data": $0.data] }),
                ])
            },
            HTTPRoute(
                "GET", "/api/events", "What happens from now on, as server-sent events.", type: "text/event-stream"
            ) { [feed] _ in .events(feed.listen()) },
            HTTPRoute("GET", "/api/tasks", "The tasks that are here, standbys included.") { _ in
                .json(await application.tasksJSON)
            },
            HTTPRoute(
                "POST", "/api/tasks/{id}/restart", "Has a task of this instance begin anew from its last commit."
            ) { request in
                let name = request.parameter("id")
                guard let id = TaskID(name), application.live.runner(of: id) != nil else {
                    throw HTTPFault(404, "no task \(name) runs at this instance")
                }
                try application.restart(id)
                return .json(["restarting": .string("\(id)")])
            },
            HTTPRoute(
                "POST", "/api/pause", "Has all tasks, or those of one sub-topology, stop processing until they are resumed.",
                parameters: [.init("sub-topology", "Its number; without it all.")]
            ) { request in
                if let number = try Self.subTopology(request, application) {
                    try application.pause(subTopology: number)
                } else {
                    application.pause()
                }
                return .json(["paused": .bool(application.isPaused)])
            },
            HTTPRoute(
                "POST", "/api/resume", "Has all tasks, or those of one sub-topology, go on.",
                parameters: [.init("sub-topology", "Its number; without it all.")]
            ) { request in
                if let number = try Self.subTopology(request, application) {
                    try application.resume(subTopology: number)
                } else {
                    application.resume()
                }
                return .json(["paused": .bool(application.isPaused)])
            },
            HTTPRoute("GET", "/api/panels", "Figures of the program's own.") { [settings, feed] _ in
                let numbers = feed.numbers
                return .json(.array(settings.panels().map { $0.json(past: numbers[$0.title] ?? []) }))
            },
        ]
    }
}

extension ApplicationMeter.Figures {
    /// How many records are left to be put back, as far as is known; nil before anything is.
    var restoreLeft: Int64? {
        let all = restores.values.flatMap(\.values)
        return all.isEmpty ? nil : all.reduce(0) { $0.saturatingAdd($1.of - $1.restored) }
    }
}

extension LivePanel {
    /// With the numbers that it has shown lately.
    fileprivate func json(past: [Double]) -> JSONValue {
        var members: [(String, JSONValue)] = [("title", .string(title)), ("note", .string(note))]
        switch content {
        case .number(let value): members += [("number", .number(value)), ("past", .array(past.map { .number($0) }))]
        case .bars(let bars):
            members.append(("bars", .array(bars.map { ["name": .string($0.name), "value": .number($0.value)] })))
        }
        return .object(members)
    }
}
