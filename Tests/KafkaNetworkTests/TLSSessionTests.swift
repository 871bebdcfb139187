import KafkaProtocol
import Testing

@testable import KafkaNetwork

/// A client and a server session with nothing between them.
private struct Wire: ~Copyable {
    var client: TLSSession
    var server: TLSSession

    static func between(
        _ clientContext: TLSClientContext, _ serverContext: TLSServerContext, hostName: String = "localhost"
    ) throws(NetworkError) -> Wire {
        Wire(client: try .connecting(clientContext, hostName: hostName), server: try .accepting(serverContext))
    }

    /// Carries what both have to send, in pieces of `size` bytes; false when there was nothing.
    mutating func carry(size: Int = .max) -> Bool {
        let up = client.takeOutput()
        let down = server.takeOutput()
        for start in stride(from: 0, to: up.count, by: min(size, max(up.count, 1))) {
            up[start..<min(up.count, start + min(size, up.count))].withUnsafeBytes { server.receive($0) }
        }
        for start in stride(from: 0, to: down.count, by: min(size, max(down.count, 1))) {
            down[start..<min(down.count, start + min(size, down.count))].withUnsafeBytes { client.receive($0) }
        }
        return up.count + down.count > 0
    }

    mutating func shakeHands() throws(NetworkError) {
        for _ in 0..<10 {
            let isDone = try client.handshake()
            _ = carry()
            let isOtherDone = try server.handshake()
            _ = carry()
            if isDone, isOtherDone { return }
        }
        throw NetworkError(.tls, "the handshake does not end")
    }
}

@Suite(.enabled(if: hasTLS, noTLS)) struct TLSSessionTests {
    @Test func `Bytes go both ways encrypted`() throws {
        var wire = try Wire.between(clientContext(), serverContext())
        try wire.shakeHands()
        let version = wire.client.protocolVersion
        #expect(version == "TLSv1.3")
        let question = randomBytes(100_000, seed: 1)
        try question.withUnsafeBytes { bytes throws(NetworkError) in try wire.client.write(bytes) }
        _ = wire.carry(size: 1_000)
        let received = try Bytes(capacity: 200_000) { buffer in
            guard case .transferred(let count) = try wire.server.read(into: buffer) else { return 0 }
            return count
        }
        #expect(received == question)
        let nothing = try readNothing { buffer throws(NetworkError) in try wire.server.read(into: buffer) }
        #expect(nothing == .wouldBlock)
        wire.client.end()
        _ = wire.carry()
        let end = try readNothing { buffer throws(NetworkError) in try wire.server.read(into: buffer) }
        #expect(end == .transferred(0))
    }

    private func readNothing(
        _ read: (UnsafeMutableRawBufferPointer) throws -> TransferResult
    ) rethrows -> TransferResult {
        try withUnsafeTemporaryAllocation(byteCount: 100, alignment: 1) { try read($0) }
    }

    @Test(arguments: ["localhost", "a.broker.test", "127.0.0.1", "::1", "localhost."])
    func `A certificate is good for the names and addresses in it`(hostName: String) throws {
        var wire = try Wire.between(clientContext(), serverContext(), hostName: hostName)
        try wire.shakeHands()
    }

    @Test(arguments: ["example.org", "broker.test", "a.b.broker.test", "127.0.0.2", "::2"])
    func `A certificate is not good for other names and addresses`(hostName: String) throws {
        let message = try failure(clientContext(), serverContext(), hostName: hostName)
        #expect(message?.contains("mismatch") == true, "\(message ?? "no error")")
        #expect(try failure(clientContext(verifiesHostName: false), serverContext(), hostName: hostName) == nil)
    }

    @Test func `Certificates that are expired, of unknown signers or self-signed are refused with the reason`() throws {
        #expect(try failure(clientContext(), serverContext("expired"))?.contains("expired") == true)
        let stranger = try failure(clientContext(), serverContext("stranger"))
        #expect(stranger?.contains("unable to get local issuer") == true)
        let systemOnly = try failure(clientContext(trust: nil), serverContext())
        #expect(systemOnly?.contains("certificate is not accepted") == true)
        #expect(
            try failure(clientContext(verifiesHostName: false), serverContext("stranger")) != nil,
            "without the host's name the authority is still checked")
    }

    @Test func `A server knows its client by certificate, and refuses those without a good one`() throws {
        for mode in [TLSServerContext.ClientAuthentication.requested, .required] {
            var wire = try Wire.between(clientContext(identity: "client"), serverContext(clients: mode))
            try wire.shakeHands()
            let name = wire.server.peerName
            #expect(name == "CN=alice,O=Millrace")
            #expect(try failure(clientContext(identity: "stranger"), serverContext(clients: mode)) != nil)
        }
        #expect(try failure(clientContext(), serverContext(clients: .requested)) == nil)
        let nameless = try failure(clientContext(), serverContext(clients: .required))
        #expect(nameless?.contains("did not return a certificate") == true)
    }

    @Test func `Keys and certificates that do not fit or cannot be read are told at once`() throws {
        func message(chain: PEM, key: PEM? = nil, password: String? = nil) -> String? {
            let secret = password.map { Secret($0) }
            do {
                _ = try TLSServerContext(.init(certificateChain: chain, privateKey: key, keyPassword: secret))
                return nil
            } catch {
                return "\(error)"
            }
        }
        let client = certificate("client.pem")
        let encrypted = certificate("client-encrypted.key")
        #expect(message(chain: client, key: encrypted, password: "open sesame") == nil)
        for wrong in ["open", "", "open sesame "] {
            let text = message(chain: client, key: encrypted, password: wrong)
            #expect(text?.contains("password") == true)
            #expect(wrong.isEmpty || text?.contains("'\(wrong)'") == false)
        }
        #expect(message(chain: client, key: encrypted)?.contains("needs its password") == true)
        #expect(message(chain: client, key: certificate("server.key")) != nil)
        #expect(message(chain: client)?.contains("private key") == true)
        #expect(message(chain: certificate("none.pem"))?.contains("none.pem") == true)
        #expect(message(chain: .text(Secret("nonsense")))?.contains("no certificate") == true)
        #expect(!"\(PEM.text(Secret("nonsense")))".contains("nonsense"))
    }

    @Test func `Bytes that are not TLS are an error, whatever they are`() throws {
        for seed in 0..<200 as Range<UInt64> {
            var session = try TLSSession.accepting(serverContext())
            var error: NetworkError?
            randomBytes(Int(seed) * 7 + 11, seed: seed).withUnsafeBytes { session.receive($0) }
            session.receiveEnd()
            do throws(NetworkError) { _ = try session.handshake() } catch let failure { error = failure }
            #expect(error?.code == .tls)
        }
    }

    private func failure(
        _ client: TLSClientContext, _ server: TLSServerContext, hostName: String = "localhost"
    ) throws -> String? {
        var wire = try Wire.between(client, server, hostName: hostName)
        do throws(NetworkError) {
            try wire.shakeHands()
            return nil
        } catch {
            return error.message
        }
    }
}
