import HTTPServer
import KafkaNetwork
import KafkaProtocol

/// Queries of stores over HTTP.
extension LiveService {
    /// So many rows are answered with if a request does not say, and at most.
    private static let usualRows = 100
    private static let mostRows = 10_000
    /// Marks what an instance asks another for, which does not ask a third.
    private static let forwarded = "x-millrace-forwarded"

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
                "GET", "/api/stores/{name}", "Rows in the order of their keys, of the partitions that this instance has.",
                parameters: [
                    .init("from", "The first key."), .init("to", "The last key."), .init("prefix", "What keys begin with."),
                ] + times + common
            ) { request in try await Self.rows(request, application) },
            HTTPRoute(
                "GET", "/api/stores/{name}/{key}",
                "The row of a key, or its windows or sessions, the latest first. Asked of the instance that has it.",
                parameters: [.init("as-of", "Of versioned stores: as of which time, in milliseconds.")] + times + common
            ) { [settings] request in try await Self.row(request, application, settings) },
        ]
    }

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

        /// As many rows as are asked for, and whether there are more.
        func read(_ rows: QueryRows<RawRow>) async throws -> (rows: [JSONValue], more: Bool) {
            var found: [JSONValue] = []
            for try await row in rows {
                if found.count == limit { return (found, true) }
                found.append(json(row))
            }
            return (found, false)
        }
    }

    private static func rows(_ request: HTTPRequest, _ application: StreamsApplication) async throws -> HTTPResponse {
        try await answering {
            let question = try Question(request, application)
            let rows: QueryRows<RawRow>
            if let prefix = request.query("prefix") {
                rows = try question.store.prefix(
                    try question.key.bytes(of: prefix), reversed: question.isReversed ?? false, question.options)
            } else if question.firstTime != nil || question.lastTime != nil {
                rows = try question.store.windows(
                    from: question.firstTime ?? .min, to: question.lastTime ?? .max, reversed: question.isReversed ?? false,
                    question.options)
            } else {
                rows = try question.store.range(
                    from: try request.query("from").map(question.key.bytes), to: try request.query("to").map(question.key.bytes),
                    reversed: question.isReversed ?? false, question.options)
            }
            let found = try await question.read(rows)
            return .json(["rows": .array(found.rows), "more": .bool(found.more)])
        }
    }

    private static func row(
        _ request: HTTPRequest, _ application: StreamsApplication, _ settings: StreamsHTTP
    ) async throws -> HTTPResponse {
        do {
            return try await answering {
                let question = try Question(request, application)
                let key = try question.key.bytes(of: request.parameter("key"))
                if question.hasWindows {
                    let rows = try question.store.windows(
                        of: key, from: question.firstTime ?? .min, to: question.lastTime ?? .max,
                        reversed: question.isReversed ?? true, question.options)
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
                    "position": .object(
                        answer.position.offsets.sorted { $0.key < $1.key }.map { ("\($0.key)", .integer($0.value)) }),
                ])
            }
        } catch let error as QueryError {
            guard let server = error.location?.active?.server, request.header(forwarded) == nil else {
                throw HTTPFault(421, error.message)
            }
            return try await forward(request, to: server, settings)
        }
    }

    /// Runs `body`, whose errors are told as statuses; but for that another instance has the key, which is thrown as it is.
    private static func answering(_ body: () async throws -> HTTPResponse) async throws -> HTTPResponse {
        do {
            return try await body()
        } catch let error as QueryError where error.code != .notHere {
            let status =
                switch error.code {
                case .unknownStore: 404
                case .wrongTypes, .invalidKey: 400
                case .unreadable: 500
                default: 503
                }
            throw HTTPFault(status, error.message)
        }
    }

    /// Asks the instance that has the key.
    private static func forward(
        _ request: HTTPRequest, to server: String, _ settings: StreamsHTTP
    ) async throws -> HTTPResponse {
        guard let address = NetworkAddress(text: server) else { throw HTTPFault(502, "\(server) has the key, which is no address") }
        guard settings.server.tls == nil || settings.peers != nil else {
            throw HTTPFault(421, "\(server) has the key; ask there")
        }
        var headers = [HTTPField(forwarded, "1")]
        if let token = settings.server.token { headers.append(HTTPField("Authorization", "Bearer \(token.revealed)")) }
        do {
            let answer = try await HTTPClient(tls: settings.peers).get(request.target.text, from: address, headers: headers)
            return HTTPResponse(
                status: answer.status,
                headers: [HTTPField("Content-Type", "application/json"), HTTPField("X-Answered-By", server)],
                content: .bytes(answer.body))
        } catch let error as NetworkError {
            throw HTTPFault(502, "\(server) has the key, and does not answer: \(error.message)")
        }
    }
}

extension NetworkAddress {
    /// Reads `host:port`, IPv6 addresses in brackets.
    init?(text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (1...65535).contains(port) else {
            return nil
        }
        let host = text[..<colon]
        self.init(host: String(host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host), port: port)
        if self.host.isEmpty { return nil }
    }
}
