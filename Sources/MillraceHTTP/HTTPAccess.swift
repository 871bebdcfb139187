import Foundation
import KafkaNetwork

/// Who may ask.
struct HTTPAccess: Sendable {
    let token: Secret?
    /// The names under which the server may be asked although it asks for no token.
    let hosts: Set<String>

    /// Throws if the request must not be answered.
    func check(_ request: HTTPRequest, _ route: HTTPRoute) throws(HTTPFault) {
        let host = request.header("host") ?? ""
        if let token {
            guard route.isOpen || Self.credential(request) == token else {
                throw HTTPFault(401, "a token is needed", headers: [HTTPField("WWW-Authenticate", "Bearer")])
            }
        } else if !host.isEmpty {
            // A name that somebody else has pointed to this address would let a page of theirs read everything.
            let name = Self.name(ofHost: host)
            guard hosts.contains(name) || name.isLoopback else { throw HTTPFault(421, "this server is not called \(name)") }
        }
        // A page from elsewhere must not steer, whatever the browser knows of this server.
        if request.method != "GET", request.method != "HEAD", let origin = request.header("origin") {
            guard origin == "http://\(host)" || origin == "https://\(host)" else {
                throw HTTPFault(403, "a page of \(origin) must not do this")
            }
        }
    }

    /// What the client shows: a token, or the password of a user, whatever the user's name.
    private static func credential(_ request: HTTPRequest) -> Secret? {
        guard let field = request.header("authorization"), let space = field.firstIndex(of: " ") else { return nil }
        let value = field[field.index(after: space)...]
        switch field[..<space].lowercased() {
        case "bearer": return Secret(String(value))
        case "basic":
            guard let decoded = Data(base64Encoded: String(value)), let colon = decoded.firstIndex(of: UInt8(ascii: ":")) else {
                return nil
            }
            return Secret(String(decoding: decoded[(colon + 1)...], as: UTF8.self))
        default: return nil
        }
    }

    private static func name(ofHost host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return host.prefix { $0 != ":" }.lowercased()
    }
}

extension String {
    /// Whether it names the machine itself: `localhost`, `127.0.0.1` and its like, `::1`.
    var isLoopback: Bool {
        if lowercased() == "localhost" || self == "::1" { return true }
        let parts = split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
