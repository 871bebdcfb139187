import Foundation
import KafkaProtocol
import Testing

@Suite struct RecordBatchVectorTests {
    /// The vectors whose compression, if any, can be used on this machine.
    private static func usable() throws -> [Vector] {
        try Vector.load("record-batches.jsonl").filter { vector in
            try batches(of: vector).allSatisfy { batch in
                Compression(name: batch["compression"] as? String ?? "").map(isAvailable) ?? false
            }
        }
    }

    @Test(
        .enabled(
            if: Compression.allCases.allSatisfy(isAvailable),
            "vectors are left out whose library is not installed (zlib1g, libsnappy1v5, liblz4-1, libzstd1)"))
    func `no vector is left out for want of a library`() throws {
        #expect(try Self.usable().count == Vector.load("record-batches.jsonl").count)
    }

    private static func batches(of vector: Vector) throws -> [[String: Any]] {
        try #require(vector["batches"] as? [[String: Any]])
    }

    @Test func `headers, checksums and records of batches are as recorded`() throws {
        for vector in try Self.usable() {
            var sequence = RecordBatchSequence(try vector.bytes())
            for expected in try Self.batches(of: vector) {
                let batch = try #require(try sequence.next())
                check(batch.header, expected, vector.place)
                try batch.validateChecksum()
                var records = try batch.records()
                for record in try #require(expected["records"] as? [[String: Any]]) {
                    check(try #require(try records.next()), record, batch.header, vector.place)
                }
                #expect(try records.next() == nil && records.remaining == 0)
            }
            #expect(try sequence.next() == nil, "\(vector.place)")
        }
    }

    @Test func `a builder writes the recorded bytes`() throws {
        for vector in try Self.usable() {
            let original = try vector.bytes()
            var sequence = RecordBatchSequence(original)
            while let batch = try sequence.next() {
                // The time of the append is stamped by a broker, and an empty batch has the times of removed records.
                guard !batch.header.isLogAppendTime, batch.header.recordCount > 0 else { continue }
                let header = batch.header
                let builder = RecordBatchBuilder(compression: header.compression, capacity: 100)
                var records = try batch.records()
                while let record = try records.next() {
                    builder.append(
                        offsetDelta: Int(record.offset - header.baseOffset), timestamp: record.timestamp,
                        key: record.key, value: record.value, headers: record.headers)
                }
                let size = builder.sizeInBytes
                let rebuilt = try builder.finish(
                    baseOffset: header.baseOffset, partitionLeaderEpoch: header.partitionLeaderEpoch,
                    producerId: header.producerId, producerEpoch: header.producerEpoch,
                    baseSequence: header.baseSequence, isTransactional: header.isTransactional,
                    isControl: header.isControl, lastOffsetDelta: header.lastOffsetDelta)
                if header.compression == .none {
                    #expect(rebuilt.hex == batch.bytes.hex, "\(vector.place)")
                    #expect(size == rebuilt.count)
                } else {
                    let copy = try RecordBatch(rebuilt)
                    try copy.validateChecksum()
                    #expect(try copy.records().payload == batch.records().payload, "\(vector.place)")
                }
            }
        }
    }

    @Test func `a batch that is cut off anywhere throws`() throws {
        for vector in try Self.usable() {
            var sequence = RecordBatchSequence(try vector.bytes())
            while let batch = try sequence.next() {
                for length in stride(from: 0, to: batch.bytes.count, by: max(1, batch.bytes.count / 200)) {
                    #expect(throws: KafkaProtocolError.self) { _ = try RecordBatch(batch.bytes[0..<length]) }
                    var prefix = RecordBatchSequence(batch.bytes[0..<length])
                    #expect(try prefix.next() == nil, "\(vector.place)")
                }
            }
        }
    }

    @Test func `a payload that is cut off anywhere throws`() throws {
        for vector in try Self.usable() {
            var sequence = RecordBatchSequence(try vector.bytes())
            while let batch = try sequence.next() {
                let stored = batch.bytes[RecordBatchHeader.size..<batch.bytes.count]
                for length in stride(from: 0, to: stored.count, by: max(1, stored.count / 100)) {
                    #expect(throws: KafkaProtocolError.self, "\(vector.place), \(length)") {
                        let payload = try batch.header.compression.decompress(stored[0..<length], limit: 1 << 20)
                        try readAll(RecordIterator(header: batch.header, payload: payload))
                    }
                }
            }
        }
    }

    @Test func `damaged batches throw or are read but never trap`() throws {
        var random = SeededRandom(seed: 23)
        for vector in try Self.usable() {
            let original = try vector.bytes()
            for _ in 0..<300 {
                var sequence = RecordBatchSequence(random.damage(original))
                while let batch = try? sequence.next() {
                    guard let records = try? batch.records(limit: 1 << 20) else { continue }
                    try? readAll(records)
                }
            }
        }
    }

    @Test func `a changed bit is found by the checksum`() throws {
        let vectors = try Self.usable()
        let batch = try RecordBatch(try #require(vectors.first { $0["name"] as? String == "mixed" }).bytes())
        for index in RecordBatchHeader.FieldOffset.attributes..<batch.bytes.count {
            var array = batch.bytes.array
            array[index] ^= 0x40
            guard let damaged = try? RecordBatch(Bytes(array)) else { continue }
            let error = #expect(throws: KafkaProtocolError.self) { try damaged.validateChecksum() }
            #expect(error?.code == .corrupt)
        }
    }

    private func readAll(_ iterator: RecordIterator) throws {
        var iterator = iterator
        while let record = try iterator.next() {
            _ = record.key?.array
            _ = record.value?.array
        }
    }

    private func check(_ header: RecordBatchHeader, _ json: [String: Any], _ place: String) {
        func number(_ name: String) -> Int64? { (json[name] as? NSNumber)?.int64Value }
        #expect(header.baseOffset == number("baseOffset"), "\(place)")
        #expect(header.lastOffset == number("lastOffset"), "\(place)")
        #expect(Int64(header.sizeInBytes) == number("sizeInBytes"), "\(place)")
        #expect(Int64(header.partitionLeaderEpoch) == number("partitionLeaderEpoch"), "\(place)")
        #expect(Int64(header.crc) == number("crc"), "\(place)")
        #expect(Int64(header.attributes) == number("attributes"), "\(place)")
        #expect(header.baseTimestamp == number("baseTimestamp"), "\(place)")
        #expect(header.maxTimestamp == number("maxTimestamp"), "\(place)")
        #expect(header.producerId == number("producerId"), "\(place)")
        #expect(Int64(header.producerEpoch) == number("producerEpoch"), "\(place)")
        #expect(Int64(header.baseSequence) == number("baseSequence"), "\(place)")
        #expect(Int64(header.recordCount) == number("recordCount"), "\(place)")
        #expect(header.compression.description == json["compression"] as? String, "\(place)")
        #expect(header.isTransactional == json["transactional"] as? Bool, "\(place)")
        #expect(header.isControl == json["control"] as? Bool, "\(place)")
        #expect(header.isLogAppendTime == (json["timestampType"] as? String == "logAppendTime"), "\(place)")
    }

    private func check(_ record: RecordView, _ json: [String: Any], _ header: RecordBatchHeader, _ place: String) {
        #expect(record.offset == (json["offset"] as? NSNumber)?.int64Value, "\(place)")
        #expect(record.timestamp == (json["timestamp"] as? NSNumber)?.int64Value, "\(place)")
        check(record.key, json, "key", place)
        check(record.value, json, "value", place)
        let headers = (json["headers"] as? [[Any]] ?? []).map { pair in
            RecordHeader(
                key: pair.first as? String ?? "?", value: (pair.last as? String).flatMap { Bytes(hex: $0) })
        }
        #expect(record.headers == headers, "\(place)")
        if let type = json["controlType"] as? String {
            let marker = ControlRecord.endTransaction(
                commit: type == "commit", coordinatorEpoch: (json["coordinatorEpoch"] as? NSNumber)?.int32Value ?? -1)
            #expect((try? ControlRecord(key: record.key, value: record.value)) == marker, "\(place)")
            #expect(marker.key == record.key && marker.value == record.value, "\(place)")
        }
    }

    private func check(_ bytes: Bytes?, _ json: [String: Any], _ name: String, _ place: String) {
        if let length = (json["\(name)Length"] as? NSNumber)?.intValue {
            #expect(bytes?.count == length, "\(place)")
            if let bytes, let hash = json["\(name)Sha256"] as? String { #expect(sha256(bytes) == hash, "\(place)") }
        } else {
            #expect(bytes?.hex == json[name] as? String, "\(place)")
        }
    }
}
