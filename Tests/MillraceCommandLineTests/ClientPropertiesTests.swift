import Foundation
import KafkaClient
import KafkaNetwork
import Testing

@testable import MillraceCommandLine

@Suite struct ClientPropertiesTests {
    static let user = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"

    /// What a file's text is refused with.
    static func refusal(_ text: String) -> String {
        do {
            _ = try ClientProperties(parsing: text)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func `nothing given means no security and the usual times`() throws {
        let properties = try ClientProperties(parsing: "# nothing\n\n! at all\n")
        #expect(properties.security.tls == nil && properties.security.sasl == nil)
    }

    @Test(arguments: [
        ("bootstrap.servers=nowhere", "bootstrap.servers: \"nowhere\" is not host:port: the port is missing"),
        ("bootstrap.servers=embedded:x", "bootstrap.servers takes host:port,..."),
        ("request.timeout.ms=soon", "line 1: request.timeout.ms must be a number of milliseconds"),
        ("request.timeout.ms=0", "line 1: request.timeout.ms must be a number of milliseconds"),
    ])
    func `a value that makes no sense is refused`(_ text: String, _ message: String) {
        #expect(Self.refusal(text) == message)
    }

    @Test func `what means nothing here is told in one warning, slips with what may be meant`() throws {
        let properties = try ClientProperties(
            parsing: "group.id=g\nreqest.timeout.ms=5\nkey.deserializer=x\ngroup.id=h\nrequest.timeout.ms=7000\n")
        #expect(properties.unknown == ["group.id", "reqest.timeout.ms", "key.deserializer"])
        #expect(
            properties.warning
                == "settings of --config that mean nothing here: group.id, reqest.timeout.ms (did you mean request.timeout.ms?), "
                + "key.deserializer")
        #expect(properties.tcp.requestTimeout == .seconds(7))
        #expect(try ClientProperties(parsing: "client.id=me").warning == nil)
    }

    @Test func `the brokers may be named there`() throws {
        let properties = try ClientProperties(parsing: "bootstrap.servers=a:1, [::1]:2\n")
        #expect(properties.bootstrap == .cluster([.init(host: "a", port: 1), .init(host: "::1", port: 2)]))
        #expect(try ClientProperties(parsing: "").bootstrap == nil)
    }

    @Test(arguments: [
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"alice\" password=\"a;b=\\\"c d\";",
        "PlainLoginModule required password='a;b=\"c d' username=alice;",
        "org.apache.kafka.common.security.plain.PlainLoginModule required \\\n  username=\"alice\" \\\n"
            + "  password=\"a;b=\\\\\"c d\" ;",
    ])
    func `the forms of a JAAS line all give user and password`(_ jaas: String) throws {
        // In a properties file a backslash is written twice, but at the end of a line.
        let written = jaas.contains("\n") ? jaas : jaas.replacingOccurrences(of: "\\", with: "\\\\")
        let sasl = try #require(
            try ClientProperties(parsing: Self.user + "sasl.jaas.config=" + written).security.sasl)
        #expect(sasl.username == "alice")
        #expect(sasl.password == Secret("a;b=\"c d"))
    }

    @Test(arguments: [
        ("PlainLoginModule required username=\"a\" password=\"hush\"", "must end with a semicolon"),
        ("PlainLoginModule required username=\"a\" password=\"hush;", "a quotation mark is not closed"),
        ("ScramLoginModule required username=\"a\" password=\"hush\";", "PLAIN takes a PlainLoginModule"),
        ("PlainLoginModule username=\"a\" password=\"hush\";", "\"required\" must follow PlainLoginModule"),
        ("PlainLoginModule required hush;", "options are written as name=\"value\""),
        ("PlainLoginModule required password=\"hush\";", "user name or password is missing"),
    ])
    func `what is wrong with a JAAS line is said without the password`(_ jaas: String, _ message: String) {
        let refusal = Self.refusal(Self.user + "sasl.jaas.config=" + jaas)
        #expect(refusal.contains(message))
        #expect(!refusal.contains("hush"))
    }

    @Test func `librdkafka's names mean the same`() throws {
        let text = "security.protocol=sasl_ssl\nsasl.mechanisms=SCRAM-SHA-512\nsasl.username=a\nsasl.password=hush\n"
        let security = try ClientProperties(parsing: text + "ssl.ca.location=/ca.pem\n").security
        #expect(security.sasl?.mechanism.rawValue == "SCRAM-SHA-512" && security.tls != nil)
        #expect(!"\(security)".contains("hush") && !String(reflecting: security).contains("hush"))
    }

    @Test func `a setting without effect is an error`() {
        #expect(Self.refusal("sasl.password=hush").contains("sasl.password has no effect"))
        #expect(Self.refusal("security.protocol=SASL_PLAINTEXT\nssl.ca.location=x").contains("ssl.truststore.location"))
        #expect(!Self.refusal("sasl.password=hush").contains("hush"))
        #expect(Self.refusal("security.protocol=TLS").contains("PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"))
    }

    @Test func `a file that is not there or not text is named`() throws {
        let missing = #expect(throws: ValueError.self) { try ClientProperties(file: "no-such.properties") }
        #expect(missing.map { "\($0)" }?.contains("no-such.properties cannot be read") == true)
        let directory = FileManager.default.temporaryDirectory
        #expect(throws: ValueError.self) { try ClientProperties(file: directory.path) }
        let file = directory.appendingPathComponent("client-\(UUID().uuidString).properties")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data([0xff, 0xfe, 0x00]).write(to: file)
        let binary = #expect(throws: ValueError.self) { try ClientProperties(file: file.path) }
        #expect(binary.map { "\($0)" }?.contains("is no text file") == true)
        try Data("request.timeout.ms=x".utf8).write(to: file)
        let senseless = #expect(throws: ValueError.self) { try ClientProperties(file: file.path) }
        #expect(senseless.map { "\($0)" }?.hasPrefix("\(file.path), line 1") == true)
    }
}
