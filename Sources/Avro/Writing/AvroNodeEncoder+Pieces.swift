import KafkaProtocol

extension AvroNodeEncoder {
    // MARK: Members

    /// Writes a field that does not come in its order, or an item of a map.
    func writePiece(_ name: String, _ body: (AvroOutput, Int, Int) throws -> Void) throws {
        let begin = output.bytes.count
        let (place, node) = try beginPiece(name)
        try body(output, node, place)
        pieces.append(Piece(place: place, key: name, range: begin..<output.bytes.count))
    }

    /// The encoder of a field or of a map's item that is written beside others: the same one if it is asked for again.
    func nested(_ name: String) -> AvroNodeEncoder {
        if let nested = pieces.last(where: { $0.key == name })?.nested { return nested }
        do {
            try check()
            let begin = output.bytes.count
            let (place, node) = try beginPiece(name)
            return append(Piece(place: place, key: name, range: begin..<output.bytes.count), node, .key(name))
        } catch {
            return failing(error)
        }
    }

    private func append(_ piece: Piece, _ node: Int, _ step: AvroStep) -> AvroNodeEncoder {
        let output = output.beside()
        let nested = AvroNodeEncoder(output: output, node: node, serial: output.open, type: Any.self, parent: self, step: step)
        var piece = piece
        piece.nested = nested
        pieces.append(piece)
        return nested
    }

    /// An encoder with which nothing can be written.
    private func failing(_ error: any Error) -> AvroNodeEncoder {
        let reason = (error as? AvroMisfit)?.reason ?? "\(error)"
        note(reason)
        let nested = AvroNodeEncoder(output: output, node: node, serial: -1, type: type, parent: self, step: .none)
        nested.note(reason)
        return nested
    }

    private func beginPiece(_ name: String) throws -> (place: Int, node: Int) {
        switch shape {
        case .record(let plan):
            guard let place = plan.place(of: name, from: next) else { throw AvroMisfit(reason: "\(plan.shape.name) has no field \(name)") }
            guard place >= next, !pieces.contains(where: { $0.place == place }) else { throw AvroMisfit(reason: "\(name) is written twice") }
            if pieces.isEmpty {
                piecesStart = output.bytes.count
                pieces.reserveCapacity(plan.fields.count - next)
            }
            return (place, plan.fields[place].node)
        case .map(let item):
            output.write(text: name)
            return (pieces.count, item)
        case .none, .single, .array: throw AvroMisfit(reason: "a container that is used after its time")
        }
    }

    /// Whether there may be a field or item of the name.
    func hasPlace(for name: String) -> Bool {
        if case .record(let plan) = shape { plan.place(of: name, from: next) != nil } else { true }
    }

    /// Whether fields have come in the order of the schema so far.
    var isInOrder: Bool { pieces.isEmpty }

    // MARK: Items

    /// Writes an item of an array.
    func writeItem(_ body: (AvroOutput, Int) throws -> Void) throws {
        try check()
        guard case .array(let item) = shape else { throw AvroMisfit(reason: "a container that is used after its time") }
        let begin = output.bytes.count
        do {
            try body(output, item)
        } catch {
            output.bytes.truncate(to: begin)
            throw error
        }
        if !pieces.isEmpty { pieces.append(Piece(place: next, key: "", range: begin..<output.bytes.count)) }
        next += 1
    }

    /// The encoder of an item that is written beside others.
    func nestedItem() -> AvroNodeEncoder {
        do {
            try check()
            guard case .array(let item) = shape else { throw AvroMisfit(reason: "a container that is used after its time") }
            if pieces.isEmpty { piecesStart = output.bytes.count }
            next += 1
            let end = output.bytes.count
            return append(Piece(place: next - 1, key: "", range: end..<end), item, .item(next - 1))
        } catch {
            return failing(error)
        }
    }
}
