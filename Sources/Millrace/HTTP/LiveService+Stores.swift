import MillraceHTTP
import MillraceJSON
import KafkaNetwork
import KafkaProtocol

/// Queries of stores over HTTP.
extension LiveService {
    /// So many rows are answered with if a request does not say, and at most.
    private static let usualRows = 100
    private static let mostRows = 10_000
    /// After so many bytes of keys and values an answer has no more rows.
    private static let mostBytes = 8 << 20

    func storeRoutes(_ application: StreamsApplication) -> [HTTPRoute] {
        let forms = KeyText.allCases.map(\.rawValue).joined(separator: ", ")
        let common = [
            HTTPRoute.Parameter("key-format", "How keys are written: \(forms). Default: by the type of the store's keys."),
            HTTPRoute.Parameter("value-format", "How values are written. Default: by the type of the store's values."),
            HTTPRoute.Parameter("limit", "How many rows there may be. Default: \(Self.usualRows)."),
            HTTPRoute.Parameter("reversed", "true for the last rows first."),
            HTTPRoute.Parameter(
                "max-lag", "Lets standbys and stores that are being restored answer, if they are so many records behind at most."),
        ]
        let times = [
            HTTPRoute.Parameter("from-time", "Of window stores: the earliest start, of session stores: the earliest end, in milliseconds."),
            HTTPRoute.Parameter("to-time", "The latest start, in milliseconds."),
        ]
        return [
            HTTPRoute("GET", "/api/stores", "The stores of the topology, with how many rows are here.") { _ in
                .json(await application.storesJSON)
            },
            HTTPRoute(
                "GET", "/api/stores/{name}",
                "Rows in the order of their keys, of all partitions: those that other instances have are asked of them.",
                parameters: [
                    .init("from", "The first key."), .init("to", "The last key."), .init("prefix", "What keys begin with."),
                    .init("local", "true for the partitions alone that this instance has."),
                    .init("partial", "true to leave out partitions that nobody answers for, which are named; else that is an error."),
                ] + times + common
            ) { [peers] request in try await Self.rows(request, application, peers) },
            HTTPRoute(
                "GET", "/api/stores/{name}/{key}",
                "The row of a key, or its windows or sessions, the latest first. Asked of the instance that has it.",
                parameters: [.init("as-of", "Of versioned stores: as of which time, in milliseconds.")] + times + common
            ) { [peers] request in try await Self.row(request, application, peers) },
            HTTPRoute(
                "GET", "/api/peers/stores/{name}", "A page of a partition's rows as bytes, for other instances of the application.",
                parameters: [
                    .init("partition", "Its number."), .init("ask", "What is asked for, as bytes in base64."), common[4],
                ], type: "application/octet-stream"
            ) { request in try await Self.page(request, application) },
        ]
    }

    private var peers: Peers { Peers(settings: settings) }

    /// What a request asks of a store.
    private struct Question {
        let store: RawStore
        let key: KeyText
        let value: KeyText
        let limit: Int
        let isReversed: Bool?
        let options: QueryOptions
        let firstTime: Int64?
        let lastTime: Int64?

        init(_ request: HTTPRequest, _ application: StreamsApplication) throws {
            store = try application.rawStore(request.parameter("name"))
            key = try KeyText(request, "key-format", type: store.description.keyType)
            value = try KeyText(request, "value-format", type: store.description.valueType)
            let limit = try Self.number(request, "limit") ?? Int64(usualRows)
            guard (1...Int64(mostRows)).contains(limit) else { throw HTTPFault(400, "limit is from 1 to \(mostRows)") }
            self.limit = Int(limit)
            isReversed = request.query("reversed").map { $0 == "true" }
            options = QueryOptions(mostLag: try Self.number(request, "max-lag"))
            firstTime = try Self.number(request, "from-time")
            lastTime = try Self.number(request, "to-time")
        }

        static func number(_ request: HTTPRequest, _ name: String) throws(HTTPFault) -> Int64? {
            guard let text = request.query(name) else { return nil }
            guard let number = Int64(text) else { throw HTTPFault(400, "\(name) is a whole number, not \(text)") }
            return number
        }

        var hasWindows: Bool { store.description.kind == .window || store.description.kind == .session }

        func json(_ row: RawRow) -> JSONValue {
            var members: [(String, JSONValue)] = [("key", key.json(row.key))]
            if let window = row.window {
                members.append(("window", ["start": .integer(window.start), "end": .integer(window.end)]))
            }
            return .object(members + [("value", value.json(row.value)), ("timestamp", .integer(row.timestamp))])
        }

        /// Which rows are asked for.
        func range(_ request: HTTPRequest) throws -> RawRange {
            var range = RawRange(isReversed: isReversed ?? false)
            if let prefix = request.query("prefix") {
                range.bounds = RowBounds(prefix: try key.bytes(of: prefix))
            } else {
                range.bounds = RowBounds(
                    from: try request.query("from").map(key.bytes), through: try request.query("to").map(key.bytes))
            }
            guard firstTime != nil || lastTime != nil else { return range }
            guard hasWindows else { throw HTTPFault(400, "the store \(store.name) has no windows", code: "wrongTypes") }
            (range.first, range.last) = (firstTime ?? .min, lastTime ?? .max)
            return range
        }

        /// As many rows as are asked for, whether there are more, and who has answered.
        func read(_ rows: QueryRows<RawRow>) async throws -> (rows: [JSONValue], more: Bool, sources: RowSources) {
            var found: [JSONValue] = []
            var bytes = 0
            var iterator = rows.makeAsyncIterator()
            while let row = try await iterator.next() {
                if found.count == limit || bytes >= mostBytes { return (found, true, iterator.sources) }
                found.append(json(row))
                bytes += row.key.count + row.value.count
            }
            return (found, false, iterator.sources)
        }
    }

    private static func rows(
        _ request: HTTPRequest, _ application: StreamsApplication, _ peers: Peers
    ) async throws -> HTTPResponse {
        try await answering {
            let question = try Question(request, application)
            let range = try question.range(request)
            let isPartial = request.query("partial") == "true"
            let elsewhere = peers.rows(
                of: question.store.name, range, mostLag: question.options.mostLag, isPartial: isPartial)
            let isLocal = request.query("local") == "true"
            let found = try await question.read(
                try question.store.rows(range, question.options, elsewhere: isLocal ? nil : elsewhere))
            return .json([
                "rows": .array(found.rows), "more": .bool(found.more), "instances": found.sources.instances(application),
                "missing": found.sources.missingJSON,
            ])
        }
    }

    /// A page for another instance.
    private static func page(_ request: HTTPRequest, _ application: StreamsApplication) async throws -> HTTPResponse {
        try await answering {
            let store = try application.rawStore(request.parameter("name"))
            guard let partition = try Question.number(request, "partition").flatMap({ Int32(exactly: $0) }) else {
                throw HTTPFault(400, "partition is missing, or no number of one")
            }
            guard let question = try? PeerQuestion(text: request.query("ask") ?? "") else {
                throw HTTPFault(400, "ask is no question of an instance of this version")
            }
            let answer = try await store.page(
                question.range, behind: question.place, partition,
                QueryOptions(mostLag: try Question.number(request, "max-lag"), partition: partition))
            return HTTPResponse(
                headers: [HTTPField("Content-Type", "application/octet-stream")],
                content: .bytes(PeerAnswer(answer.value, answer.position).bytes))
        }
    }

    private static func row(
        _ request: HTTPRequest, _ application: StreamsApplication, _ peers: Peers
    ) async throws -> HTTPResponse {
        try await answering {
            do {
                return try await ownRow(request, application)
            } catch let error as QueryError {
                guard let server = error.otherServer, request.header(Peers.mark) == nil else { throw error }
                let answer = try await peers.get(request.target.text, from: server)
                return HTTPResponse(
                    status: answer.status,
                    headers: [HTTPField("Content-Type", "application/json"), HTTPField("X-Answered-By", server)],
                    content: .bytes(answer.body))
            }
        }
    }

    private static func ownRow(_ request: HTTPRequest, _ application: StreamsApplication) async throws -> HTTPResponse {
        let question = try Question(request, application)
        let key = try question.key.bytes(of: request.parameter("key"))
        if question.hasWindows {
            let rows = try question.store.windows(
                of: key, from: question.firstTime ?? .min, to: question.lastTime ?? .max, reversed: question.isReversed ?? true,
                question.options)
            let found = try await question.read(rows)
            return .json(["rows": .array(found.rows), "more": .bool(found.more)])
        }
        let answer =
            if let time = try Question.number(request, "as-of") {
                try await question.store.get(key, asOf: time, question.options)
            } else {
                try await question.store.get(key, question.options)
            }
        return .json([
            "rows": .array(answer.value.map { [question.json($0)] } ?? []), "more": false,
            "partition": .optional(answer.partition.map(Int64.init)), "lag": .optional(answer.lag),
            "position": .object(answer.position.offsets.sorted { $0.key < $1.key }.map { ("\($0.key)", .integer($0.value)) }),
        ])
    }

    /// Runs `body`, whose errors are told as statuses.
    private static func answering(_ body: () async throws -> HTTPResponse) async throws -> HTTPResponse {
        do {
            return try await body()
        } catch let error as QueryError {
            throw fault(error)
        }
    }

    private static func fault(_ error: QueryError) -> HTTPFault {
        let status =
            switch error.code {
            case .unknownStore: 404
            case .wrongTypes, .invalidKey: 400
            case .notHere: 421
            case .unreadable: 500
            case .unreachable: 502
            default: 503
            }
        return HTTPFault(status, error.description, code: "\(error.code)")
    }
}

extension RowSources {
    /// The instances that have answered, with the partitions that they have answered for.
    fileprivate func instances(_ application: StreamsApplication) -> JSONValue {
        let byServer = Dictionary(grouping: servers.keys.sorted()) { servers[$0] ?? nil }
        return .array(
            byServer.sorted { ($0.key ?? "") < ($1.key ?? "") }.map { server, partitions in
                [
                    "server": .optional(server ?? application.configuration.server), "isLocal": .bool(server == nil),
                    "partitions": .array(partitions.map { .count($0) }),
                ]
            })
    }

    fileprivate var missingJSON: JSONValue {
        .array(
            missing.sorted { $0.key < $1.key }.map { partition, error in
                ["partition": .count(partition), "code": .string("\(error.code)"), "error": .string(error.description)]
            })
    }
}
