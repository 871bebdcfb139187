import MillraceCommandLine
import Testing

@Suite struct ValueParsingTests {
    @Test(arguments: [
        ("0", Duration.zero), ("500us", .microseconds(500)), ("500ms", .milliseconds(500)), ("20s", .seconds(20)),
        ("5m", .seconds(300)), ("5min", .seconds(300)), ("12h", .seconds(43200)), ("7d", .seconds(604_800)),
        ("1.5s", .milliseconds(1500)), ("0.000000001s", .nanoseconds(1)), ("1h30m", .seconds(5400)),
        ("106751d", .seconds(106_751 * 86_400)),
    ])
    func `a duration is a number with a unit`(text: String, expected: Duration) throws {
        #expect(try Duration(parsing: text) == expected)
    }

    @Test(arguments: [
        "", "s", "5", "-5s", "5 s", "1.s", ".5s", "1..5s", "5y", "1e3s", "1h30", "999999999999999999999s", "106752d",
        "9223372036854775807s", "٣s", "1.0000000001s",
    ])
    func `what is no duration is refused`(text: String) {
        #expect(throws: ValueError.self) { try Duration(parsing: text) }
    }

    @Test(arguments: [
        ("0", 0), ("4096", 4096), ("1B", 1), ("64KiB", 65536), ("64kib", 65536), ("10MiB", 10_485_760),
        ("1GiB", 1 << 30),
        ("10MB", 10_000_000), ("1.5k", 1536), ("2GB", 2_000_000_000),
    ])
    func `a size is a number with or without a unit`(text: String, expected: Int) throws {
        #expect(try ByteSize(parsing: text).bytes == expected)
    }

    @Test(arguments: ["", "-1", "KiB", "10TiB", "1.2.3", "99999999999999999999", "9999999999999GiB"])
    func `what is no size is refused`(text: String) {
        #expect(throws: ValueError.self) { try ByteSize(parsing: text) }
    }

    @Test func `figures are written for people`() {
        #expect(Figures.count(0) == "0")
        #expect(Figures.count(999) == "999")
        #expect(Figures.count(1_234_567) == "1,234,567")
        #expect(Figures.count(-1234) == "-1,234")
        #expect(Figures.duration(.milliseconds(15)) == "15 ms")
        #expect(Figures.duration(.milliseconds(2440)) == "2.4 s")
        #expect(Figures.duration(.seconds(200)) == "3 min 20 s")
        #expect(Figures.duration(.seconds(7500)) == "2 h 5 min")
        #expect(Figures.bytes(512) == "512 B")
        #expect(Figures.bytes(1536) == "1.5 KiB")
        #expect(Figures.bytes(20 << 20) == "20 MiB")
        #expect(Figures.rate(500, in: .zero) == "0")
    }
}

@Suite struct BrokerAddressTests {
    @Test func `an embedded broker is named by its directory`() throws {
        #expect(try BrokerAddress(parsing: "embedded:/tmp/mr") == .embedded(directory: "/tmp/mr"))
        #expect(try BrokerAddress(parsing: "embedded:a:b, c") == .embedded(directory: "a:b, c"))
    }

    @Test func `a cluster is named by some of its brokers`() throws {
        let expected: [BrokerAddress.Endpoint] = [.init(host: "a", port: 9092), .init(host: "::1", port: 1)]
        #expect(try BrokerAddress(parsing: "a:9092,[::1]:1") == .cluster(expected))
        #expect(try BrokerAddress(parsing: "a:9092,[::1]:1").description == "a:9092,[::1]:1")
    }

    @Test(arguments: [
        ("", "it is empty; write embedded:DIR or host:port,..."),
        ("embedded:", "embedded: needs a directory, as in embedded:./data"),
        ("/tmp/mr", "\"/tmp/mr\" is neither embedded:DIR nor host:port,...; for a directory write embedded:/tmp/mr"),
        (
            "embeded:/tmp/mr",
            "\"embeded:/tmp/mr\" is neither embedded:DIR nor host:port,...; for a directory write embedded:/tmp/mr"
        ),
        ("localhost", "\"localhost\" is not host:port: the port is missing"),
        ("localhost:", "\"localhost:\" is not host:port: the port must be a number from 1 to 65535"),
        ("localhost:70000", "\"localhost:70000\" is not host:port: the port must be a number from 1 to 65535"),
        (":9092", "\":9092\" is not host:port: the host is missing"),
        ("a:1,,b:2", "\"\" is not host:port: the port is missing"),
        ("::1:9092", "\"::1:9092\" is not host:port: an IPv6 address stands in brackets"),
        ("[::1]", "\"[::1]\" is not host:port: the port is missing"),
    ])
    func `what is no address is refused with a reason`(text: String, message: String) {
        do {
            _ = try BrokerAddress(parsing: text)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)" == message)
        }
    }
}
