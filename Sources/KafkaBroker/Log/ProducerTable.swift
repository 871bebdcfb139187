import KafkaProtocol

/// A transaction that was aborted: its data is not for readers of committed data.
struct AbortedTransaction: Sendable, Equatable {
    let producerId: Int64
    /// The first offset that belongs to it.
    let firstOffset: Int64
    /// The offset of its marker.
    let lastOffset: Int64
    /// The last stable offset after the marker was written.
    let lastStableOffset: Int64
}

/// The producers a log knows, and the transactions that are open in it.
struct ProducerTable: Sendable, Equatable {
    private(set) var producers: [Int64: ProducerState] = [:]
    /// Where the first open transaction begins.
    private(set) var firstOpenOffset: Int64?

    subscript(producerId: Int64) -> ProducerState? { producers[producerId] }

    init(_ states: [ProducerState] = []) {
        for state in states { producers[state.producerId] = state }
        updateFirstOpenOffset()
    }

    /// Replaces what is known of a producer.
    mutating func update(_ state: ProducerState) {
        let before = producers.updateValue(state, forKey: state.producerId)
        if let start = state.transactionStart {
            firstOpenOffset = min(firstOpenOffset ?? start, start)
        } else if let start = before?.transactionStart, start == firstOpenOffset {
            updateFirstOpenOffset()
        }
    }

    /// Forgets producers without an open transaction that wrote nothing since `time`.
    mutating func expire(before time: Int64) {
        guard producers.values.contains(where: { $0.transactionStart == nil && $0.lastSeen < time }) else { return }
        producers = producers.filter { $0.value.transactionStart != nil || $0.value.lastSeen >= time }
    }

    private mutating func updateFirstOpenOffset() {
        firstOpenOffset = producers.values.lazy.compactMap(\.transactionStart).min()
    }

    /// Follows a batch found in the log during recovery; returns the transaction that it aborts, if it does.
    ///
    /// The producer counts as seen `now`: its records' own times may be long past, and it may be about to repeat one.
    mutating func replay(
        _ header: RecordBatchHeader, marker: TransactionMarker?, now: Int64
    ) -> AbortedTransaction? {
        guard header.producerId >= 0 else { return nil }
        let state =
            producers[header.producerId]
            ?? ProducerState(producerId: header.producerId, epoch: header.producerEpoch, lastSeen: now)
        guard header.isControl else {
            if header.baseSequence >= 0, header.producerEpoch >= state.epoch {
                var state = state
                state.note(header, now: now)
                update(state)
            }
            return nil
        }
        guard let marker else { return nil }
        return finishTransaction(state, header, marker, now: now)
    }

    /// Takes note of a marker in the log; returns the transaction that it aborts, if it does.
    mutating func finishTransaction(
        _ state: ProducerState, _ header: RecordBatchHeader, _ marker: TransactionMarker, now: Int64
    ) -> AbortedTransaction? {
        var state = state
        let start = state.transactionStart
        state.noteMarker(epoch: header.producerEpoch, coordinatorEpoch: marker.coordinatorEpoch, now: now)
        update(state)
        guard let start, !marker.commit else { return nil }
        return AbortedTransaction(
            producerId: header.producerId, firstOffset: start, lastOffset: header.lastOffset,
            lastStableOffset: firstOpenOffset ?? header.nextOffset)
    }
}

// MARK: - Snapshots

extension ProducerTable {
    private static let snapshotVersion: Int16 = 1

    /// The content of a snapshot file: version, CRC-32C of the rest, the producers.
    var snapshot: Bytes {
        var writer = ByteWriter(capacity: 64 + producers.count * 200)
        for state in producers.values.sorted(by: { $0.producerId < $1.producerId }) {
            writer.write(state.producerId)
            writer.write(state.epoch)
            writer.write(state.lastSeen)
            writer.write(state.coordinatorEpoch)
            writer.write(state.transactionStart ?? -1)
            writer.write(Int8(state.batches.count))
            for batch in state.batches {
                writer.write(batch.firstSequence)
                writer.write(batch.lastSequence)
                writer.write(batch.baseOffset)
                writer.write(batch.lastOffset)
                writer.write(batch.timestamp)
            }
        }
        var file = ByteWriter(capacity: writer.count + 6)
        file.write(Self.snapshotVersion)
        file.write(writer.withUnsafeBytes { CRC32C.checksum($0) })
        writer.withUnsafeBytes { file.write(raw: $0) }
        return file.finish()
    }

    /// The producers that a snapshot file holds; nil if it is damaged.
    init?(snapshot bytes: Bytes) {
        var reader = ByteReader(bytes)
        guard (try? reader.read(Int16.self)) == Self.snapshotVersion, let crc = try? reader.read(UInt32.self),
            crc == bytes[6..<bytes.count].withUnsafeBytes({ CRC32C.checksum($0) }),
            let states = try? Self.readStates(&reader)
        else { return nil }
        self.init(states)
    }

    private static func readStates(_ reader: inout ByteReader) throws -> [ProducerState] {
        var states: [ProducerState] = []
        while reader.remaining > 0 {
            var state = ProducerState(
                producerId: try reader.read(), epoch: try reader.read(), lastSeen: try reader.read())
            state.coordinatorEpoch = try reader.read()
            let start = try reader.read(Int64.self)
            state.transactionStart = start >= 0 ? start : nil
            for _ in 0..<max(0, try reader.read(Int8.self)) {
                state.batches.append(
                    ProducerState.Batch(
                        firstSequence: try reader.read(), lastSequence: try reader.read(),
                        baseOffset: try reader.read(), lastOffset: try reader.read(), timestamp: try reader.read()))
            }
            states.append(state)
        }
        return states
    }
}
