import Foundation

/// A type of all that types of users are made of.
struct Sample: Codable, Equatable {
    struct Point: Codable, Hashable { var x: Double, y: Float }
    enum Shape: Codable, Hashable {
        case none
        case circle(Point, radius: Double)
        case label(String)
    }
    enum Colour: String, Codable { case red, green = "grün" }
    enum Level: Int, Codable { case low = -1, high = 9 }

    var id: Int64
    var small: UInt8
    var large: UInt64
    var flag: Bool
    var text: String
    var note: String?
    var numbers: [Int]
    var optionals: [Double?]
    var points: [Point]
    var shape: Shape
    var shapes: [String: Shape]
    var colour: Colour
    var level: Level?
    var byName: [String: [String: Int]]
    var byNumber: [Int: String]
    var byColour: [Colour: Int]
    var date: Date
    var data: Data
    var url: URL
    var decimal: Decimal
    var uuid: UUID
    var range: Range<Int>
    var nothing: Point?
}

extension Sample {
    static func random(_ random: inout Seeded) -> Sample {
        func text() -> String {
            String((0..<Int.random(in: 0...20, using: &random)).map { _ in "ab \"\\é\n日😀/".randomElement(using: &random)! })
        }
        func double() -> Double { Double(Int.random(in: -1_000_000...1_000_000, using: &random)) / 128 }
        func point() -> Point { Point(x: double(), y: Float(double())) }
        func shape() -> Shape { [.none, .label(text()), .circle(point(), radius: double())].randomElement(using: &random)! }
        func many<T>(_ make: () -> T) -> [T] { (0..<Int.random(in: 0...5, using: &random)).map { _ in make() } }
        func some<T>(_ make: () -> T) -> T? { Bool.random(using: &random) ? make() : nil }
        return Sample(
            id: Int64(bitPattern: random.next()), small: UInt8.random(in: 0...255, using: &random), large: random.next(),
            flag: Bool.random(using: &random), text: text(), note: some(text), numbers: many { Int.random(in: -9...9, using: &random) },
            optionals: many { some(double) }, points: many(point), shape: shape(),
            shapes: Dictionary(many { (text(), shape()) }) { $1 }, colour: some { .red } ?? .green, level: some { .high },
            byName: Dictionary(many { (text(), ["a": 1, "b": 2]) }) { $1 },
            byNumber: Dictionary(many { (Int.random(in: -99...99, using: &random), text()) }) { $1 }, byColour: [.red: 1, .green: 2],
            date: Date(timeIntervalSinceReferenceDate: double()), data: Data(text().utf8),
            url: URL(string: "https://example.org/a?b=\(random.next())")!, decimal: Decimal(Int.random(in: -9999...9999, using: &random)) / 8,
            uuid: UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, UInt8.random(in: 0...255, using: &random))),
            range: 1..<Int.random(in: 1...9, using: &random), nothing: some(point))
    }
}

/// Classes that write to one object, or the superclass under a key of its own.
class Animal: Codable {
    var name: String
    init(name: String) { self.name = name }
}

final class Dog: Animal {
    var age = 3
    private enum CodingKeys: String, CodingKey { case age }

    init(name: String, age: Int) {
        self.age = age
        super.init(name: name)
    }

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        age = try container.decode(Int.self, forKey: .age)
        try super.init(from: try container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let superclass = container.superEncoder()
        try container.encode(age, forKey: .age)
        try super.encode(to: superclass)
    }
}

final class Cat: Animal {
    var lives = 9
    private enum CodingKeys: String, CodingKey { case lives }

    init(name: String, lives: Int) {
        self.lives = lives
        super.init(name: name)
    }

    required init(from decoder: any Decoder) throws {
        lives = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .lives)
        try super.init(from: decoder)
    }

    override func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(lives, forKey: .lives)
        try super.encode(to: encoder)
    }
}

/// A type whose containers lie in each other and are written by turns.
struct Interleaved: Codable, Equatable {
    var a = 1, b = 2, c = [3, 4], d = 5, e = "6"
    enum Outer: String, CodingKey { case meta, list, d }
    enum Meta: String, CodingKey { case a, b, inner }

    init() {}

    init(from decoder: any Decoder) throws {
        let outer = try decoder.container(keyedBy: Outer.self)
        let meta = try outer.nestedContainer(keyedBy: Meta.self, forKey: .meta)
        var list = try outer.nestedUnkeyedContainer(forKey: .list)
        a = try meta.decode(Int.self, forKey: .a)
        b = try meta.decode(Int.self, forKey: .b)
        c = [try list.decode(Int.self)]
        var rest = try list.nestedUnkeyedContainer()
        c.append(try rest.decode(Int.self))
        d = try outer.decode(Int.self, forKey: .d)
        e = try meta.nestedContainer(keyedBy: Meta.self, forKey: .inner).decode(String.self, forKey: .a)
    }

    func encode(to encoder: any Encoder) throws {
        var outer = encoder.container(keyedBy: Outer.self)
        var meta = outer.nestedContainer(keyedBy: Meta.self, forKey: .meta)
        var list = outer.nestedUnkeyedContainer(forKey: .list)
        try outer.encode(d, forKey: .d)
        try list.encode(c[0])
        try meta.encode(a, forKey: .a)
        var inner = meta.nestedContainer(keyedBy: Meta.self, forKey: .inner)
        var rest = list.nestedUnkeyedContainer()
        try rest.encode(c[1])
        try inner.encode(e, forKey: .a)
        // The same container again.
        var again = outer.nestedContainer(keyedBy: Meta.self, forKey: .meta)
        try again.encode(b, forKey: .b)
    }
}
