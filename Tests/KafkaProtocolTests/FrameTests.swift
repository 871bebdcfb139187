import Foundation
import KafkaProtocol
import Testing

@Suite struct FrameTests {
    @Test func `whole frames decode and encode, with unknown tagged fields passed over`() throws {
        for vector in try Vector.load("frames.jsonl") {
            let message = try MessageVector(vector)
            var reader = ByteReader(message.bytes)
            #expect(Int(try reader.read(Int32.self)) == reader.remaining)
            var writer = ByteWriter()
            writer.write(Int32(0))
            let header = try vector.object("header")
            if message.isRequest {
                var copy = reader
                let found = try RequestHeader(from: &reader)
                #expect(found == (try RequestHeader(from: &copy, version: message.headerVersion)), "\(vector.place)")
                check(found, header, vector.place)
                try found.encode(into: &writer, version: message.headerVersion)
            } else {
                let found = try ResponseHeader(from: &reader, version: message.headerVersion)
                #expect(found.correlationId == (header["correlationId"] as? NSNumber)?.int32Value)
                try found.encode(into: &writer, version: message.headerVersion)
            }
            let decoded = try message.decode(from: &reader)
            #expect(reader.remaining == 0, "\(vector.place)")
            #expect(differences(decoded, try vector.object("body")) == [], "\(vector.place)")
            if vector["unknownTags"] == nil {
                writer.write(raw: try message.encode(decoded))
                writer.overwrite(Int32(writer.count - 4), at: 0)
                #expect(writer.finish().hex == message.bytes.hex, "\(vector.place)")
            }
        }
    }

    @Test func `headers decode and encode in every version`() throws {
        for vector in try Vector.load("headers.jsonl") {
            let version = Int16(try vector.int("version"))
            let body = try vector.object("body")
            var reader = ByteReader(try vector.bytes())
            var writer = ByteWriter()
            if try vector.string("header") == "RequestHeader" {
                let header = try RequestHeader(from: &reader, version: version)
                check(header, body, vector.place)
                try header.encode(into: &writer, version: version)
            } else {
                let header = try ResponseHeader(from: &reader, version: version)
                #expect(header.correlationId == (body["correlationId"] as? NSNumber)?.int32Value)
                try header.encode(into: &writer, version: version)
            }
            #expect(reader.remaining == 0)
            #expect(writer.finish().hex == (try vector.string("hex")), "\(vector.place)")
        }
    }

    @Test func `the header of a request of an unknown API or version is read up to the client id`() throws {
        var writer = ByteWriter()
        for key in [APIKey(rawValue: 999), .apiVersions] {
            writer.removeAll()
            try RequestHeader(apiKey: key, apiVersion: 77, correlationId: 5, clientId: "new").encode(
                into: &writer, version: 1)
            writer.write(0xffff as UInt16)
            var reader = ByteReader(writer.copy())
            let header = try RequestHeader(from: &reader)
            #expect(header == RequestHeader(apiKey: key, apiVersion: 77, correlationId: 5, clientId: "new"))
        }
    }

    @Test func `subscriptions and assignments decode and encode`() throws {
        for vector in try Vector.load("consumer-protocol.jsonl") {
            let version = Int16(try vector.int("version"))
            let body = try vector.object("body")
            let prefixed = try vector.bytes("prefixedHex")
            var reader = ByteReader(try vector.bytes())
            var writer = ByteWriter()
            if try vector.string("message") == "ConsumerProtocolSubscription" {
                let found = try ConsumerProtocolSubscription(from: &reader, version: version)
                #expect(differences(found, body) == [], "\(vector.place)")
                #expect(try ConsumerProtocolSubscription(decoding: prefixed) == found)
                #expect(try found.encoded(version: version) == prefixed)
                try found.encode(into: &writer, version: version)
            } else {
                let found = try ConsumerProtocolAssignment(from: &reader, version: version)
                #expect(differences(found, body) == [], "\(vector.place)")
                #expect(try ConsumerProtocolAssignment(decoding: prefixed) == found)
                #expect(try found.encoded(version: version) == prefixed)
                try found.encode(into: &writer, version: version)
            }
            #expect(reader.remaining == 0)
            #expect(writer.finish().hex == (try vector.string("hex")), "\(vector.place)")
        }
    }

    @Test func `a subscription of a newer version is read as far as it is known`() throws {
        let subscription = ConsumerProtocolSubscription(topics: ["a"], rackId: "r")
        var writer = ByteWriter()
        writer.write(9 as Int16)
        try subscription.encode(into: &writer, version: 3)
        writer.write(12345)
        #expect(try ConsumerProtocolSubscription(decoding: writer.copy()) == subscription)
    }

    private func check(_ header: RequestHeader, _ json: [String: Any], _ place: String) {
        #expect(header.apiKey.rawValue == (json["requestApiKey"] as? NSNumber)?.int16Value, "\(place)")
        #expect(header.apiVersion == (json["requestApiVersion"] as? NSNumber)?.int16Value, "\(place)")
        #expect(header.correlationId == (json["correlationId"] as? NSNumber)?.int32Value, "\(place)")
        #expect(header.clientId == json["clientId"] as? String, "\(place)")
    }
}
