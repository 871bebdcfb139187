extension JSONDocument {
    /// The value of a member of an object, nil if there is none.
    ///
    /// The search begins behind the member found last, so that members in the order of the text are found at once.
    func member(_ name: String, of object: Int) -> Int? {
        if let found = name.utf8.withContiguousStorageIfAvailable({ find($0, in: object) }) { return found }
        // A string of Foundation's on Apple's systems.
        var native = name
        return native.withUTF8 { find($0, in: object) }
    }

    private func find(_ name: UnsafeBufferPointer<UInt8>, in object: Int) -> Int? {
        let (start, end) = (Int(nodes[object].start), Int(nodes[object].link))
        return find(name, from: start, to: end, in: object) ?? find(name, from: object + 1, to: start, in: object)
    }

    private func find(_ name: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int, in object: Int) -> Int? {
        var key = start
        while key < end {
            let value = key + 1
            if isKey(key, name) {
                nodes[object].start = UInt32(next(after: value))
                return value
            }
            key = next(after: value)
        }
        return nil
    }

    private func isKey(_ key: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let node = nodes[key]
        guard node.count == name.count, node.kind == .key else { return false }
        guard let base = name.baseAddress, let other = bytes(of: node).baseAddress else { return true }
        return JSONBytes.areEqual(base, other, count: name.count)
    }

    /// The keys of an object that count, in the order of the text.
    func keys(of object: Int) -> [String] {
        var keys: [String] = []
        keys.reserveCapacity(Int(nodes[object].count))
        var key = object + 1
        while key < nodes[object].link {
            if nodes[key].kind == .key { keys.append(string(of: nodes[key])) }
            key = next(after: key + 1)
        }
        return keys
    }

    /// The way from the whole document to a value, found when an error needs it.
    func path(to target: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var node = 0
        while node < target, nodes[node].isContainer {
            let isObject = nodes[node].kind == .object
            var (value, index) = (isObject ? node + 2 : node + 1, 0)
            while next(after: value) <= target {
                value = next(after: value) + (isObject ? 1 : 0)
                index += 1
            }
            path.append(isObject ? JSONKey(string(of: nodes[value - 1])) : JSONKey(index: index))
            node = value
        }
        return path
    }
}
