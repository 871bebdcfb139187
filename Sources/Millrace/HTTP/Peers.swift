import Foundation
import MillraceHTTP
import KafkaNetwork
import KafkaProtocol

/// Asks the other instances of an application over HTTP, by the names that the group tells (`StreamsConfiguration.server`).
struct Peers: Sendable {
    /// Marks what an instance asks another for, which does not ask a third.
    static let mark = "x-millrace-forwarded"

    let settings: StreamsHTTP

    /// The answer of the instance at `server` to a request for `target`, of whatever status. Throws `QueryError.Code.unreachable`.
    func get(_ target: String, from server: String, timeout: Duration = .seconds(10)) async throws(QueryError) -> HTTPClient.Answer {
        guard let address = NetworkAddress(text: server) else {
            throw QueryError(.unreachable, "\(server) has what is asked for, which is no address")
        }
        guard settings.server.tls == nil || settings.peers != nil else {
            throw QueryError(
                .unreachable,
                "\(server) has what is asked for: ask there, as this instance has no StreamsHTTP.peers to check its certificate")
        }
        var headers = [HTTPField(Self.mark, "1")]
        if let token = settings.server.token { headers.append(HTTPField("Authorization", "Bearer \(token.revealed)")) }
        var client = HTTPClient(tls: settings.peers)
        client.timeout = timeout
        do {
            return try await client.get(target, from: address, headers: headers)
        } catch {
            throw QueryError(.unreachable, "\(server) has what is asked for, and does not answer", underlying: error)
        }
    }

    /// How partitions of a store are read that others have.
    func rows(of store: String, _ range: RawRange, mostLag: Int64?, isPartial: Bool) -> RowsElsewhere<RawRow> {
        RowsElsewhere(
            ask: { partition, server, place, milliseconds throws(QueryError) in
                var target = "/api/peers/stores/\(HTTPTarget.encoded(store))?partition=\(partition)"
                target += "&ask=\(PeerQuestion(range, behind: place).text)"
                if let mostLag { target += "&max-lag=\(mostLag)" }
                let answer = try await get(target, from: server, timeout: .milliseconds(milliseconds))
                guard answer.status == 200 else {
                    let told = (try? JSONSerialization.jsonObject(with: Data(answer.body.array))) as? [String: Any]
                    throw QueryError(
                        (told?["code"] as? String).flatMap { QueryError.Code($0) } ?? .unreachable,
                        "\(server), which has partition \(partition) of the store \(store), answers \(answer.status): "
                            + "\(told?["error"] as? String ?? "nothing that can be read")")
                }
                do {
                    let found = try PeerAnswer(answer.body)
                    return (found.page, found.position)
                } catch {
                    throw QueryError(.unreachable, "the answer of \(server) cannot be read", underlying: error)
                }
            }, isPartial: isPartial)
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
