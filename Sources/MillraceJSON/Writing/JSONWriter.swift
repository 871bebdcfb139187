import Foundation

/// The bytes of a value that is being written, and what is open in them.
///
/// A value is written where it belongs at once. Only containers that a type asks for beside the one it writes to (`nestedContainer`,
/// `superEncoder`) have a writer each, as they may be filled in any order; their bytes are put in when the value around them ends.
final class JSONWriter {
    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    /// The innermost value that is open, and those around it.
    var frame = JSONFrame(serial: 0)
    var outer: [JSONFrame] = []
    private var serials = 0
    /// Places for bytes of other writers, those of the innermost value last.
    var holes: [JSONHole] = []
    /// Where the members begin of dictionaries that are open.
    var members: [Int] = []

    /// The way to what this writer writes, and how deep that is.
    let prefix: [any CodingKey]
    private let depth: Int
    /// What a type has done wrong where it could not be told.
    private var misuse: EncodingError?

    init(prefix: [any CodingKey] = [], depth: Int = 0, capacity: Int = 256) {
        self.prefix = prefix
        self.depth = depth
        self.capacity = capacity
        bytes = .allocate(capacity: capacity)
    }

    deinit { bytes.deallocate() }

    /// What is written so far, as long as nothing is added.
    var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }

    // MARK: Bytes

    /// Calls `body` with room for so many bytes; it returns how many it has written.
    @inline(__always)
    func append(upTo number: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        if capacity - count < number { grow(by: number) }
        let added = body(bytes + count)
        count += added
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        append(upTo: 1) { output in
            output[0] = byte
            return 1
        }
    }

    func append(_ buffer: UnsafeBufferPointer<UInt8>) {
        guard let base = buffer.baseAddress else { return }
        append(upTo: buffer.count) { output in
            output.update(from: base, count: buffer.count)
            return buffer.count
        }
    }

    func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(never)
    private func grow(by number: Int) {
        capacity = max(capacity * 2, count + number)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: bytes, count: count)
        bytes.deallocate()
        bytes = larger
    }

    // MARK: Values

    /// Writes a whole document.
    func encodeWhole<T: Encodable>(_ value: T) throws {
        try encode(value)
        if count == 0 {
            throw EncodingError.invalidValue(
                value, EncodingError.Context(codingPath: [], debugDescription: "a \(T.self) that encodes nothing is not JSON"))
        }
    }

    /// Writes a value of any type. Types that Foundation's coders know are written as they do. After an error the caller must `reset`.
    func encode<T: Encodable>(_ value: T) throws {
        // Types that arrays, optionals and dictionaries are made of need no container. The casts are between the same types.
        if T.self == String.self { return write(unsafeBitCast(value, to: String.self)) }
        if T.self == Int.self { return write(unsafeBitCast(value, to: Int.self)) }
        if T.self == Double.self { return try write(unsafeBitCast(value, to: Double.self)) }
        if T.self == Data.self { return write(unsafeBitCast(value, to: Data.self).base64EncodedString()) }
        if T.self == URL.self { return write(unsafeBitCast(value, to: URL.self).absoluteString) }
        if T.self == Decimal.self { return try write(unsafeBitCast(value, to: Decimal.self)) }
        openValue()
        guard depth + outer.count < JSONCoder.maximumDepth else { throw invalid(value, "nested too deeply") }
        try value.encode(to: JSONNodeEncoder(writer: self, serial: frame.serial))
        if frame.kind == .none, depth + outer.count > 0 { open(.object) }
        try closeValue()
    }

    /// Begins a value inside of the open one.
    func openValue() {
        if serials > 0 { outer.append(frame) }
        serials += 1
        frame = JSONFrame(serial: serials, start: count, holes: holes.count, members: members.count)
    }

    /// Ends the open value: puts in what other writers have written for it.
    private func closeValue() throws {
        if let misuse { throw misuse }
        if holes.count > frame.holes { try fillHoles() }
        switch frame.kind {
        case .object:
            if frame.isSorted { sortMembers() }
            append(UInt8(ascii: "}"))
        case .array: append(UInt8(ascii: "]"))
        case .single, .none: break
        }
        if let around = outer.popLast() {
            frame = around
        } else {
            // What comes later is refused.
            frame.serial = -1
        }
    }

    /// Ends the value that this writer was made for.
    func finish() throws {
        if frame.kind == .none { open(.object) }
        try closeValue()
    }

    /// Gives the open value its kind. Returns false if it has another one already.
    @discardableResult
    func open(_ kind: JSONFrame.Kind) -> Bool {
        guard frame.kind == .none else { return frame.kind == kind && kind != .single }
        frame.kind = kind
        switch kind {
        case .object: append(UInt8(ascii: "{"))
        case .array: append(UInt8(ascii: "["))
        case .single, .none: break
        }
        return true
    }

    /// Begins a member of an open object. Its value must follow.
    func beginMember(_ name: String, in serial: Int) throws {
        try check(serial)
        if frame.count > 0 { append(UInt8(ascii: ",")) }
        frame.count += 1
        if frame.isSorted { members.append(count) }
        frame.nameStart = count
        write(name)
        frame.nameEnd = count
        append(UInt8(ascii: ":"))
    }

    /// Begins an element of an open array. Its value must follow.
    func beginElement(in serial: Int) throws {
        try check(serial)
        if frame.count > 0 { append(UInt8(ascii: ",")) }
        frame.count += 1
    }

    /// A writer for a value that is written beside others, and has its place here.
    func beginHole(_ name: String?, in serial: Int) -> JSONWriter {
        let writer = JSONWriter(prefix: path(to: frame.serial, withChild: true), depth: depth + outer.count + 1, capacity: 64)
        writer.openValue()
        holes.append(JSONHole(offset: count, serial: serial, name: name, writer: writer))
        return writer
    }

    private func fillHoles() throws {
        let filled = holes[frame.holes...]
        for hole in filled { try hole.writer.finish() }
        let added = filled.reduce(0) { $0 + $1.writer.count }
        if capacity - count < added { grow(by: added) }
        // From the last to the first, so that each byte moves once.
        var end = count
        var target = count + added
        for hole in filled.reversed() {
            target -= end - hole.offset
            memmove(bytes + target, bytes + hole.offset, end - hole.offset)
            target -= hole.writer.count
            memcpy(bytes + target, hole.writer.bytes, hole.writer.count)
            end = hole.offset
        }
        count += added
        holes.removeLast(filled.count)
    }

    /// Puts the members of a dictionary in the order of their keys.
    private func sortMembers() {
        let starts = members[frame.members...]
        defer { members.removeLast(starts.count) }
        guard let first = starts.first, starts.count > 1 else { return }
        // A member ends where the comma before the next one is.
        let ends = starts.dropFirst().map { $0 - 1 } + [count]
        let ranges = zip(starts, ends).map { UnsafeRawBufferPointer(start: bytes + $0, count: $1 - $0) }
        // A key ends in a quote, which is less than what else a key may have but for a space and '!': so the order is that of whole texts.
        let sorted = ranges.sorted { $0.lexicographicallyPrecedes($1) }
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: count - first)
        defer { copy.deallocate() }
        var place = copy
        for range in sorted {
            if place > copy {
                place.pointee = UInt8(ascii: ",")
                place += 1
            }
            if let base = range.baseAddress { memcpy(place, base, range.count) }
            place += range.count
        }
        memcpy(bytes + first, copy, count - first)
    }

    // MARK: Errors

    /// Where to go back to if a value cannot be written.
    var mark: JSONMark { JSONMark(count: count, frame: frame, outer: outer.count, holes: holes.count, members: members.count) }

    func reset(to mark: JSONMark) {
        count = mark.count
        frame = mark.frame
        outer.removeLast(outer.count - mark.outer)
        holes.removeLast(max(0, holes.count - mark.holes))
        members.removeLast(max(0, members.count - mark.members))
    }

    /// Throws if the value of a container is not the open one.
    func check(_ serial: Int) throws {
        guard serial > 0, frame.serial == serial else { throw misuse ?? noteMisuse() }
    }

    /// Notes that a type has asked for containers which JSON has no place for.
    @discardableResult
    func noteMisuse() -> EncodingError {
        let error = EncodingError.invalidValue(
            (), EncodingError.Context(codingPath: path(to: frame.serial), debugDescription: "a second container for a value, or one used after its time"))
        misuse = error
        return error
    }

    func invalid(_ value: Any, _ description: String) -> EncodingError {
        .invalidValue(value, EncodingError.Context(codingPath: path(to: frame.serial, withChild: true), debugDescription: description))
    }

    /// The way to an open value, or on to what is written in it now.
    func path(to serial: Int, withChild: Bool = false) -> [any CodingKey] {
        var path = prefix
        for open in outer + [frame] {
            if open.serial == serial, !withChild { break }
            switch open.kind {
            case .object where open.nameEnd > open.nameStart:
                let name = UnsafeRawBufferPointer(start: bytes + open.nameStart, count: open.nameEnd - open.nameStart)
                path.append(JSONKey((try? JSONCoder.decode(String.self, from: name)) ?? ""))
            case .array where open.count > 0: path.append(JSONKey(index: open.count - 1))
            default: break
            }
            if open.serial == serial { break }
        }
        return path
    }
}
