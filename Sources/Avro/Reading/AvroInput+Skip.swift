extension AvroInput {
    /// Goes on behind a value.
    func skip(_ node: Int, _ place: inout Int) throws {
        let node = try resolve(node, &place)
        let size = program.nodes[node].size
        if size >= 0 { return try slice(size, &place) { _ in } }
        switch program.nodes[node].kind {
        case .int: _ = try int(&place)
        case .long: _ = try long(&place)
        case .bytes, .string:
            let size = try length(&place)
            try slice(size, &place) { _ in }
        case .enumeration: _ = try symbol(program.nodes[node], &place)
        case .array: try skipItems(of: node, isMap: false, &place)
        case .map: try skipItems(of: node, isMap: true, &place)
        case .record:
            try enter(at: place)
            defer { leave() }
            for field in program.records[program.nodes[node].detail].fields { try skip(field.node, &place) }
        // They have a size, or are resolved.
        case .null, .boolean, .float, .double, .fixed, .union, .failure: break
        }
    }

    private func skipItems(of node: Int, isMap: Bool, _ place: inout Int) throws {
        try enter(at: place)
        defer { leave() }
        let item = program.nodes[node].detail
        let size = isMap ? -1 : program.nodes[item].size
        while true {
            let block = try block(&place)
            if block.items == 0 { return }
            if let bytes = block.size {
                try slice(bytes, &place) { _ in }
            } else if size >= 0 {
                let (bytes, overflows) = block.items.multipliedReportingOverflow(by: Int64(size))
                guard !overflows, bytes <= count - place else { throw truncated(place) }
                try slice(Int(bytes), &place) { _ in }
            } else {
                for _ in 0..<block.items {
                    let start = place
                    if isMap { try slice(try length(&place), &place) { _ in } }
                    try skip(item, &place)
                    if place == start { try charge(at: place) }
                }
            }
        }
    }
}
