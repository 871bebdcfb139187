internal import Foundation
public import MillraceHTTP
public import KafkaNetwork

extension CommandOption {
    /// `--http` and what goes with it.
    public static var http: [CommandOption] {
        [
            CommandOption(
                "http", "HOST:PORT",
                "Serves a live page, metrics and an API on this address; port 0 takes a free one. Addresses that others can reach need a token and TLS.",
                kind: .checked { _ = try NetworkAddress(listening: $0) }),
            CommandOption("http-token", "FILE", "A file with the token that clients of --http and --schema-registry must show."),
            CommandOption(
                "http-certificate", "FILE",
                "The certificate chain of --http and --schema-registry, in PEM, with the key if there is no --http-key."),
            CommandOption("http-key", "FILE", "The key of --http-certificate, in PEM."),
        ]
    }

    /// `--schema-registry HOST:PORT`, which has token and certificate from what goes with `--http`.
    public static var schemaRegistry: CommandOption {
        CommandOption(
            "schema-registry", "HOST:PORT",
            "Serves a schema registry of the embedded broker, with Confluent's REST interface, on this address; port 0 takes a free one. Clients show the token of --http-token as the password of any user.",
            kind: .checked { _ = try NetworkAddress(listening: $0) })
    }
}

extension ParsedArguments {
    /// What `--http` and its kin say; nil without `--http`. Throws `UsageError`.
    public func http() throws -> HTTPConfiguration? { try http(at: "http") }

    /// What `--schema-registry` says, and the kin of `--http`; nil without `--schema-registry`. Throws `UsageError`.
    public func schemaRegistry() throws -> HTTPConfiguration? { try http(at: "schema-registry") }

    private func http(at option: String) throws -> HTTPConfiguration? {
        guard let text = text(option) else {
            for name in ["http-token", "http-certificate", "http-key"]
            where self.text(name) != nil && self.text("http") == nil && self.text("schema-registry") == nil {
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
            throw UsageError("--\(option): \(error.message)")
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
