import KafkaProtocol
import Testing

@Suite struct RecordTests {
    @Test func `random records come back, whatever their sizes and times`() throws {
        var random = SeededRandom(seed: 77)
        let builder = RecordBatchBuilder(capacity: 1000)
        for _ in 0..<100 {
            let records = (0..<Int.random(in: 1...60, using: &random)).map { offset in
                RecordView(
                    offset: Int64(offset) + 1000, timestamp: Int64.random(in: -1...1 << 45, using: &random),
                    key: randomBytes(&random), value: randomBytes(&random),
                    headers: (0..<max(0, Int.random(in: -5...3, using: &random))).map { index in
                        RecordHeader(key: "h\(index)", value: randomBytes(&random))
                    })
            }
            for record in records {
                builder.append(
                    timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers)
            }
            #expect(builder.recordCount == records.count)
            let size = builder.sizeInBytes
            let bytes = try builder.finish(baseOffset: 1000)
            #expect(bytes.count == size && builder.isEmpty && builder.sizeInBytes == RecordBatchHeader.size)
            let batch = try RecordBatch(bytes)
            try batch.validateChecksum()
            #expect(batch.header.maxTimestamp == records.map(\.timestamp).max())
            #expect(batch.header.lastOffset == 999 + Int64(records.count))
            var iterator = try batch.records()
            for record in records {
                let found = try #require(try iterator.next())
                #expect(found.offset == record.offset && found.timestamp == record.timestamp)
                #expect(found.key == record.key && found.value == record.value && found.headers == record.headers)
            }
            #expect(try iterator.next() == nil)
        }
    }

    @Test func `positions lead to the same bytes as views`() throws {
        let builder = RecordBatchBuilder(capacity: 100)
        builder.append(timestamp: 5, key: Bytes(utf8: "k"), value: nil)
        builder.append(timestamp: 4, key: nil, value: Bytes(), headers: [RecordHeader(key: "h", value: [1])])
        let batch = try RecordBatch(builder.finish())
        var views = try batch.records()
        var positions = try batch.records()
        while let view = try views.next() {
            let found = try #require(try positions.nextPosition())
            #expect(found.offset == view.offset && found.timestamp == view.timestamp)
            #expect(positions.key(of: found) == view.key && positions.value(of: found) == view.value)
            #expect(try positions.headers(of: found) == view.headers)
            positions.withUnsafeKeyAndValue(of: found) { key, value in
                #expect(key.map(Bytes.init(copying:)) == view.key && value.map(Bytes.init(copying:)) == view.value)
            }
        }
        #expect(try positions.nextPosition() == nil)
    }

    @Test func `a builder can be emptied and goes on with a fresh batch`() throws {
        let builder = RecordBatchBuilder(capacity: 10_000)
        builder.append(timestamp: 1, key: nil, value: Bytes(utf8: "dropped"))
        builder.removeAll()
        #expect(builder.isEmpty)
        builder.append(timestamp: 2, key: nil, value: Bytes(utf8: "kept"))
        let first = try RecordBatch(builder.finish())
        builder.append(timestamp: 3, key: nil, value: Bytes(utf8: "next"))
        let second = try RecordBatch(builder.finish())
        #expect(first.header.recordCount == 1 && second.header.recordCount == 1)
        #expect(first.header.baseTimestamp == 2 && second.header.baseTimestamp == 3)
        var records = try first.records()
        #expect(try records.next()?.value?.string == "kept")
    }

    @Test func `a batch without records still spans offsets`() throws {
        let bytes = try RecordBatchBuilder(capacity: 0).finish(baseOffset: 7, lastOffsetDelta: 4)
        let batch = try RecordBatch(bytes)
        #expect(batch.header.nextOffset == 12 && batch.bytes.count == RecordBatchHeader.size)
        var records = try batch.records()
        #expect(try records.next() == nil)
    }

    @Test func `sequence numbers wrap to 0`() throws {
        let builder = RecordBatchBuilder(capacity: 0)
        for _ in 0..<3 { builder.append(timestamp: 0, key: nil, value: Bytes()) }
        let header = try RecordBatch(builder.finish(producerId: 1, producerEpoch: 0, baseSequence: .max - 1)).header
        #expect(header.lastSequence == 0)
    }

    @Test func `old formats, unknown compressions and impossible lengths are turned down`() throws {
        let builder = RecordBatchBuilder(capacity: 0)
        builder.append(timestamp: 0, key: nil, value: Bytes())
        let batch = try builder.finish()
        func changed(_ offset: Int, _ value: UInt8) -> Bytes {
            var array = batch.array
            array[offset] = value
            return Bytes(array)
        }
        typealias Field = RecordBatchHeader.FieldOffset
        let cases: [(Bytes, KafkaProtocolError.Code)] = [
            (changed(Field.magic, 1), .unsupportedVersion),
            (changed(Field.attributes + 1, 5), .unsupportedCompression),
            (changed(Field.batchLength + 3, 10), .malformed),
            (changed(Field.recordCount, 0x80), .malformed),
            (changed(Field.lastOffsetDelta, 0x80), .malformed),
            (changed(Field.batchLength, 0x70), .truncated),
        ]
        for (bytes, code) in cases {
            let error = #expect(throws: KafkaProtocolError.self) { _ = try RecordBatch(bytes) }
            #expect(error?.code == code)
        }
    }

    @Test func `fewer or more records than the header says throw`() throws {
        let builder = RecordBatchBuilder(capacity: 0)
        for _ in 0..<2 { builder.append(timestamp: 0, key: nil, value: Bytes()) }
        let batch = try builder.finish()
        for count: UInt8 in [1, 3] {
            var array = batch.array
            array[RecordBatchHeader.FieldOffset.recordCount + 3] = count
            var records = try RecordBatch(Bytes(array)).records()
            #expect(throws: KafkaProtocolError.self) { while try records.next() != nil {} }
        }
    }

    @Test func `control records of other types and damaged ones`() throws {
        #expect(try ControlRecord(key: [0, 0, 0, 2], value: nil) == .other(type: 2))
        let bad: [(Bytes?, Bytes?)] = [
            (nil, nil), ([0, 0], nil), ([0, 0, 0, 1], nil), ([0, 0, 0, 1], [0, 0, 0]), ([0xff, 0xff, 0, 1], nil),
        ]
        for (key, value) in bad {
            #expect(throws: KafkaProtocolError.self) { _ = try ControlRecord(key: key, value: value) }
        }
    }

    private func randomBytes(_ random: inout SeededRandom) -> Bytes? {
        let size = Int.random(in: -1...300, using: &random)
        return size < 0 ? nil : random.bytes(size / Int.random(in: 1...20, using: &random))
    }
}
