import KafkaProtocol
import MillraceTestSupport
import Testing

@Suite struct RecordScanTests {
    /// What a look at each record finds: the times of those at the offsets 0, 1, 2..., and whether all are well.
    private func lookAtEach(_ iterator: RecordIterator, from first: Int64 = 0) -> (times: [Int64], isWell: Bool) {
        var iterator = iterator
        var times: [Int64] = []
        do {
            while let record = try iterator.nextPosition() {
                guard record.offset == first + Int64(times.count) else { return (times, false) }
                try iterator.checkHeaders(of: record)
                times.append(record.timestamp)
            }
            return (times, true)
        } catch {
            return (times, false)
        }
    }

    /// Passes over what is plain and expects the same as without.
    private func check(_ batch: Bytes, _ what: Comment) throws {
        guard let batch = try? RecordBatch(batch), batch.header.baseOffset == 0, !batch.header.isLogAppendTime else { return }
        let each = lookAtEach(try batch.records())
        var iterator = try batch.records()
        let plain = iterator.passPlainRecords(needsKeys: false)
        let passed = Int(batch.header.recordCount) - iterator.remaining
        #expect(passed <= each.times.count, what)
        #expect(plain?.earliest == each.times.prefix(passed).min(), what)
        #expect(plain?.latest == each.times.prefix(passed).max(), what)
        let rest = lookAtEach(iterator, from: Int64(passed))
        #expect(rest.times == Array(each.times.dropFirst(passed)), what)
        #expect(rest.isWell == each.isWell, what)
    }

    private func randomBatch(_ random: inout SeededRandom) -> ForgedBatch {
        let sizes = [0, 1, 40, 63, 64, 100, 5000, 9000]
        var batch = ForgedBatch(
            (0..<Int.random(in: 1...60, using: &random)).map { index in
                let key = Bool.random(using: &random) ? random.bytes(sizes.randomElement(using: &random) ?? 0) : nil
                return ForgedRecord(
                    offsetDelta: Int64(index),
                    timestampDelta: Int64.random(in: -5...1 << Int64.random(in: 3...45, using: &random), using: &random),
                    key: key, value: random.bytes(sizes.randomElement(using: &random) ?? 0))
            })
        if Int.random(in: 0..<4, using: &random) == 0 {
            let place = Int.random(in: batch.records.indices, using: &random)
            batch.records[place].headers = [.init(key: "h", value: [1])]
        }
        batch.baseTimestamp = 1 << 40
        return batch
    }

    @Test func `records passed at once are those that are found one by one`() throws {
        var random = SeededRandom(seed: 3)
        for round in 0..<300 { try check(randomBatch(&random).bytes, "round \(round)") }
    }

    @Test func `records that are damaged are not passed`() throws {
        var random = SeededRandom(seed: 4)
        for round in 0..<2000 {
            let good = try randomBatch(&random).bytes
            let header = good[0..<RecordBatchHeader.size].array
            let body = random.damage(good[RecordBatchHeader.size..<good.count])
            try check(Bytes(header + body.array), "round \(round)")
        }
    }

    @Test func `records with numbers at their bounds are not passed unless they are well`() throws {
        var random = SeededRandom(seed: 5)
        for _ in 0..<20 {
            var batch = randomBatch(&random)
            let place = Int.random(in: batch.records.indices, using: &random)
            batch.records[place].headers = [.init(key: "h", value: [1])]
            for variant in boundaryVariants(of: batch, ForgedBatch.recordFields(place), pairs: 50, using: &random) {
                try check(variant.root.bytes, "\(variant.name)")
            }
            batch.records[place].headers = []
            for variant in boundaryVariants(of: batch, Array(ForgedBatch.recordFields(place).prefix(6)), pairs: 50, using: &random) {
                try check(variant.root.bytes, "\(variant.name)")
            }
        }
    }

    @Test func `a batch of many small records is passed but for its end`() throws {
        let batch = try RecordBatch(ForgedBatch((0..<20_000).map { ("k\($0)", "v") }).bytes)
        var iterator = try batch.records()
        let passed = iterator.passPlainRecords(needsKeys: true)
        #expect(passed?.latest == 1000 + 19_997 && passed?.earliest == 1000)
        #expect(iterator.remaining == 2)
        let again = iterator.passPlainRecords(needsKeys: true)
        #expect(again == nil, "it is for the beginning of a batch")
    }

    @Test func `keys are missed if they are needed`() throws {
        var iterator = try RecordBatch(ForgedBatch((0..<100).map { ($0 == 50 ? nil : "k", "v") }).bytes).records()
        let passed = iterator.passPlainRecords(needsKeys: true)
        #expect(passed?.latest == 1049)
        #expect(iterator.remaining == 50)
    }
}
