internal import Foundation
public import HTTPServer
public import KafkaNetwork

extension CommandOption {
    /// `--http` and what goes with it.
    public static var http: [CommandOption] {
        [
            CommandOption(
                "http", "HOST:PORT",
                "Serves a live page, metrics and an API on this address; port 0 takes a free one. Addresses that others can reach need a token and TLS.",
                kind: .checked { _ = try NetworkAddress(listening: $0) }),
            CommandOption("http-token", "FILE", "A file with the token that clients of --http must show."),
            CommandOption("http-certificate", "FILE", "The certificate chain of --http, in PEM, with the key if there is no --http-key."),
            CommandOption("http-key", "FILE", "The key of --http-certificate, in PEM."),
        ]
    }
}

extension ParsedArguments {
    /// What `--http` and its kin say; nil without `--http`. Throws `UsageError`.
    public func http() throws -> HTTPConfiguration? {
        guard let text = text("http") else {
            for name in ["http-token", "http-certificate", "http-key"] where self.text(name) != nil {
                throw UsageError("--\(name) needs --http")
            }
            return nil
        }
        do {
            var configuration = HTTPConfiguration(try NetworkAddress(listening: text))
            if let file = self.text("http-token") {
                let token = try String(contentsOfFile: file, encoding: .utf8)
                configuration.token = Secret(token.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            if let certificate = self.text("http-certificate") {
                configuration.tls = try TLSServerContext(
                    .init(certificateChain: .file(certificate), privateKey: self.text("http-key").map { .file($0) }))
            } else if self.text("http-key") != nil {
                throw UsageError("--http-key needs --http-certificate")
            }
            try configuration.validate()
            return configuration
        } catch let error as NetworkError {
            throw UsageError("--http: \(error.message)")
        } catch let error as CocoaError {
            throw UsageError("--http-token: \(error.localizedDescription)")
        }
    }
}

extension HTTPConfiguration {
    /// The address to open in a browser, as soon as the port is known.
    public func page(at address: NetworkAddress) -> String {
        let host = ["0.0.0.0", "::", ""].contains(address.host) ? "localhost" : address.host
        return "\(tls == nil ? "http" : "https")://\(NetworkAddress(host: host, port: address.port))/"
    }
}
