import Testing

@testable import KafkaNetwork

/// Whether TLS can be tested here.
let hasTLS = (try? LibSSL.loaded()) != nil
let noTLS: Comment = "libssl of OpenSSL is not installed"

/// A file of `Tests/Certificates`.
func certificate(_ name: String, here: StaticString = #filePath) -> PEM {
    let tests = "\(here)".split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    return .file("\(tests)/Certificates/\(name)")
}

func clientContext(
    trust: String? = "ca.pem", identity: String? = nil, verifiesHostName: Bool = true
) throws -> TLSClientContext {
    var configuration = TLSClientContext.Configuration()
    configuration.trustedCertificates = trust.map { certificate($0) }
    configuration.certificateChain = identity.map { certificate("\($0).pem") }
    configuration.privateKey = identity.map { certificate("\($0).key") }
    configuration.verifiesHostName = verifiesHostName
    return try TLSClientContext(configuration)
}

func serverContext(
    _ identity: String = "server", clients: TLSServerContext.ClientAuthentication = .none
) throws -> TLSServerContext {
    var configuration = TLSServerContext.Configuration(
        certificateChain: certificate("\(identity).pem"), privateKey: certificate("\(identity).key"))
    configuration.clientAuthentication = clients
    configuration.trustedCertificates = certificate("ca.pem")
    return try TLSServerContext(configuration)
}
