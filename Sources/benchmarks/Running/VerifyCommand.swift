import KafkaProtocol
import MillraceCommandLine

/// `benchmarks verify`: the generator and the checksums against the test vectors of the workloads' definition.
let verifyCommand = Command("verify", "Checks the generator of the data sets and the checksums against known values.") {
    _ in
    var vectors = Vectors()
    vectors.checkNumbers()
    vectors.checkRecords()
    let output = OutputWriter()
    for failure in vectors.failures { output.writeLine(failure) }
    output.writeLine("\(vectors.passed) passed, \(vectors.failures.count) failed")
    try output.flush()
    if !vectors.failures.isEmpty { throw CommandFailure("the benchmarks' data would not be what it should be") }
}

private struct Vectors {
    var passed = 0
    var failures: [String] = []

    mutating func check<Value: Equatable>(_ what: String, _ actual: Value, _ expected: Value) {
        if actual == expected { passed += 1 } else { failures.append("\(what) is \(actual) and not \(expected)") }
    }

    mutating func checkNumbers() {
        let random = SplitMix(seed: 1)
        check("R(1, 0)", hexadecimal(random[0]), "910a2dec89025cc1")
        check("R(1, 1)", hexadecimal(random[1]), "beeb8da1658eec67")
        check("B(R(1, 0), 100)", SplitMix.bounded(random[0], 100), 56)
        check("uuid(14, 0)", SplitMix(seed: 14).uuid(0), "6aa9d614-35db-e63e-1241-19f8f5acc27a")
        check("part(user-000000)", Partitioner.partition(forKey: Bytes(utf8: "user-000000"), count: 4), 0)
        check("part(BE64(0))", Partitioner.partition(forKey: bigEndian(0), count: 4), 3)
        check("part(BE64(1))", Partitioner.partition(forKey: bigEndian(1), count: 4), 0)
        check("rec(no key, a)", hash(nil, "a"), "a1ee280022f2142f")
        check("rec(k, v)", hash("k", "v"), "1c1785fe5ad7b9f4")
    }

    mutating func checkRecords() {
        let w2 = Workload.clicks.inputs[0]
        let w3 = Workload.passthrough.inputs[0]
        let w4 = Workload.keycount.inputs[0]
        check(w2, 0, 2, 1_700_000_041_377, "user-059118", "1700000041377,user-059118,/shop/item/04462,scroll,6233")
        check(w2, 1, 1, 1_700_000_040_545, "user-034662", "1700000040545,user-034662,/shop/item/05368,click,2716")
        check(
            w2, 4_999_999, 2, 1_700_001_040_908, "user-011026",
            "1700001040908,user-011026,/shop/item/00211,click,3069")
        check(w3, 0, 1, 1_700_000_041_568, "user-011345", "1700000041568,user-011345,/shop/item/04292,click,38")
        check(
            w3, 9_999_999, 1, 1_700_002_040_982, "user-069086",
            "1700002040982,user-069086,/shop/item/00213,scroll,838")
        check(w4, 1, 0, 1_700_000_040_000, bigEndian(0x1eef), bigEndian(1))
        check(w4, 4_999_999, 1, 1_700_000_089_999, bigEndian(0xaedfc), bigEndian(0x4c4b3f))
        let w1 = Workload.ysb.inputs[0]
        check(
            w1, 0, 0, 1_700_000_040_000, Bytes?.none,
            Bytes(
                utf8: """
                    {"user_id":"e13b239d-eb2b-bcd1-aa74-7017c50e2566","page_id":"2dcff0ed-ea08-f6f4-22f9-c5c5b61f0d18",\
                    "ad_id":"5ad5642a-01a9-a2f8-a3a7-f32c7a55e500","ad_type":"sponsored-search","event_type":"click",\
                    "event_time":"1700000040000","ip_address":"1.2.3.4"}
                    """))
        check(
            w1, 4_999_999, 3, 1_700_000_539_999, Bytes?.none,
            Bytes(
                utf8: """
                    {"user_id":"88ad1273-7a93-8993-17c2-3525ad4ca844","page_id":"adf195b2-6a7c-f07b-f09d-7269e6d338f7",\
                    "ad_id":"cf5b2350-ba3d-45cd-c127-b2d1e4d35993","ad_type":"banner","event_type":"click",\
                    "event_time":"1700000539999","ip_address":"1.2.3.4"}
                    """))
        let w5 = Workload.join.inputs
        check(w5[0], 0, 2, 1_700_000_040_026, bigEndian(0x8f36), Bytes(utf8: "5080e4863a45d029"))
        check(w5[1], 0, 3, 1_700_000_040_077, bigEndian(0x17d04), Bytes(utf8: "37d84341320ed7ec"))
        let row = DataSet.storedRows
        check("\(row.topic) key", bytes(of: row, 0).hex.prefix(16), "bd64a5d9adefe000")
        check(
            "\(row.topic) value", bytes(of: row, 0).hex.dropFirst(16),
            "72419db23951df990e6c7d0372aa2f461b049812edd0da908cfd70cad8550f27")
    }

    private func bytes(of data: DataSet, _ i: UInt64) -> Bytes {
        var writer = ByteWriter()
        _ = data.write(i, &writer)
        return writer.finish()
    }

    private mutating func check(
        _ data: DataSet, _ i: UInt64, _ partition: Int32, _ timestamp: Int64, _ key: String, _ value: String
    ) {
        check(data, i, partition, timestamp, Bytes(utf8: key), Bytes(utf8: value))
    }

    private mutating func check(
        _ data: DataSet, _ i: UInt64, _ partition: Int32, _ timestamp: Int64, _ key: Bytes?, _ value: Bytes
    ) {
        var writer = ByteWriter()
        let shape = data.write(i, &writer)
        let bytes = writer.finish()
        let what = "\(data.topic) i=\(i)"
        let keyCount = shape.keyCount ?? 0
        check("\(what) key", shape.keyCount.map { bytes[0..<$0].hex }, key?.hex)
        check("\(what) value", bytes[keyCount..<bytes.count].hex, value.hex)
        check("\(what) timestamp", shape.timestamp, timestamp)
        let found = bytes.withUnsafeBytes { bytes in
            data.partition(of: i, key: shape.keyCount.map { UnsafeRawBufferPointer(rebasing: bytes[..<$0]) })
        }
        check("\(what) partition", found, partition)
    }

    private func bigEndian(_ number: UInt64) -> Bytes {
        var writer = ByteWriter()
        writer.write(number)
        return writer.finish()
    }

    private func hash(_ key: String?, _ value: String) -> String {
        let value = Bytes(utf8: value)
        let hash = value.withUnsafeBytes { value in
            guard let key else { return Checksum.hash(key: nil, value: value) }
            return Bytes(utf8: key).withUnsafeBytes { Checksum.hash(key: $0, value: value) }
        }
        return hexadecimal(hash)
    }
}
