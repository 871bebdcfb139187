import KafkaProtocol

@testable import Millrace

/// A batch of text records that begins at `offset`.
func batch(
    at offset: Int64 = 0, _ records: [(key: String?, value: String?, time: Int64)], headers: [RecordHeader] = []
) throws -> RecordBatch {
    let builder = RecordBatchBuilder(capacity: 256)
    for record in records {
        builder.append(
            timestamp: record.time, key: record.key.map { Bytes(utf8: $0) },
            value: record.value.map { Bytes(utf8: $0) },
            headers: headers)
    }
    return try RecordBatch(try builder.finish(baseOffset: offset))
}

extension StreamTask {
    /// The only task of partition 0 of a topology's first sub-topology, writing to `collector`.
    static func make(
        _ topology: Topology, _ collector: any RecordCollector, onBadRecord: BadRecordPolicy = .fail,
        onFailure: [StreamsFailure.Kind: BadRecordPolicy] = [:], droppedRecords: DroppedRecordPolicy = .count,
        cacheBytes: Int = 0, maxIdle: Int64 = 0, now: @escaping () -> Int64 = { 0 }
    ) throws -> StreamTask {
        let blueprint = TaskBlueprint(topology, applicationID: "app")
        return try blueprint.makeTask(
            TaskID(subTopology: 0, partition: 0), collector: collector, globalStores: blueprint.makeGlobalStores(),
            cacheBytes: cacheBytes, onBadRecord: onBadRecord, onFailure: onFailure, droppedRecords: droppedRecords,
            maxIdle: maxIdle, now: now)
    }

    /// Hands a batch to the input that reads `topic`.
    func feed(_ topic: String, _ batch: RecordBatch, isAtEnd: Bool = true) {
        guard let index = inputs.index(of: topic) else { return }
        inputs[index].append([batch], nextOffset: batch.header.nextOffset)
        inputs[index].isAtEnd = isAtEnd
    }
}

extension MemoryCollector {
    /// What was written, as `topic:key=value@time`.
    var texts: [String] {
        written.map { "\($0.topic):\($0.key?.string ?? "null")=\($0.value?.string ?? "null")@\($0.timestamp)" }
    }
}
