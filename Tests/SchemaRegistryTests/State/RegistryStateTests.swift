import KafkaProtocol
import Testing

@testable import SchemaRegistry

@Suite struct RegistryStateTests {
    @Test func `equal schemas share an id whatever their subject, and a subject has a schema once`() throws {
        var registry = TestRegistry()
        #expect(try registry.register(avroRecord("a"), "one").id == 1)
        #expect(try registry.register(avroRecord("a", "b"), "two").id == 2)
        let shared = try registry.register(avroRecord("a"), "two-keys")
        #expect(shared.id == 1 && shared.version == 1)
        let again = try registry.register(avroRecord("a"), "one")
        #expect(again.id == 1 && again.version == 1)
        #expect(registry.records.count == 3)
        #expect(try registry.state.versions(withID: 1).map(\.subject) == ["one", "two-keys"])
    }

    @Test func `names and texts are compared by their bytes`() throws {
        var registry = TestRegistry()
        try registry.register(#""string""#, "caf\u{e9}")
        try registry.register(#""int""#, "cafe\u{301}")
        #expect(try registry.state.version(.latest, of: "caf\u{e9}").schema.text == #""string""#)
        #expect(registry.state.subjectNames().count == 2)
        #expect(
            Schema(#"{"type":"enum","name":"E","symbols":["A"],"doc":"caf\#u{e9}"}"#)
                != Schema(#"{"type":"enum","name":"E","symbols":["A"],"doc":"cafe\#u{301}"}"#))
    }

    @Test func `versions count up, and are found by number and as the latest`() throws {
        var registry = TestRegistry()
        try registry.register(avroRecord("a"), "s")
        #expect(try registry.register(avroRecord("a", optional: ["b"]), "s").version == 2)
        #expect(try registry.state.versions(of: "s") == [1, 2])
        #expect(try registry.state.version(.number(1), of: "s").schema.text == avroRecord("a"))
        #expect(try registry.state.version(.latest, of: "s").version == 2)
        #expect(code { try registry.state.version(.number(3), of: "s") } == 40402)
        #expect(code { try registry.state.version(.latest, of: "t") } == 40401)
        #expect(code { try registry.state.versions(of: "t") } == 40401)
        #expect(code { try registry.state.schema(id: 3) } == 40403)
    }

    @Test func `versions are numbers from one, or the latest`() throws {
        #expect(try VersionSelector("latest") == .latest && VersionSelector("-1") == .latest && VersionSelector("7") == .number(7))
        for text in ["0", "-2", "x", "", "2147483648", "1.0"] { #expect(code { try VersionSelector(text) } == 42202) }
    }

    @Test func `a schema is looked up in its subject`() throws {
        var registry = TestRegistry()
        try registry.register(avroRecord("a"), "s")
        try registry.register(avroRecord("b"), "t")
        #expect(try registry.state.lookUp(Schema(avroRecord("a")), in: "s").id == 1)
        #expect(code { try registry.state.lookUp(Schema(avroRecord("b")), in: "s") } == 40403)
        #expect(code { try registry.state.lookUp(Schema(avroRecord("b")), in: "u") } == 40401)
    }

    @Test func `a deleted subject can be looked up until it is deleted for good`() throws {
        var registry = TestRegistry()
        try registry.register(avroRecord("a"), "s")
        try registry.register(avroRecord("a", optional: ["b"]), "s")
        try registry.set(.none, for: "s")
        #expect(code { try registry.delete("s", permanent: true) } == 40405)
        #expect(try registry.delete("s") == [1, 2])
        #expect(registry.state.subjectNames() == [] && registry.state.subjectNames(.all) == ["s"])
        #expect(code { try registry.state.version(.latest, of: "s") } == 40401)
        #expect(try registry.state.version(.number(1), of: "s", .all).id == 1)
        #expect(try registry.state.schema(id: 2).text == avroRecord("a", optional: ["b"]))
        #expect(code { try registry.state.compatibility(of: "s") } == 40408)
        #expect(code { try registry.delete("s") } == 40404)
        #expect(try registry.delete("s", permanent: true) == [1, 2])
        #expect(code { try registry.state.schema(id: 2) } == 40403)
        #expect(code { try registry.delete("s", permanent: true) } == 40401)
        let state = try registry.replayed()
        #expect(state.subjectNames(.all) == [] && state.schemas.isEmpty && state.compatibility.isEmpty)
    }

    @Test func `a deleted schema that is registered again is a new version with the same id`() throws {
        var registry = TestRegistry()
        try registry.register(avroRecord("a"), "s")
        try registry.delete("s")
        let again = try registry.register(avroRecord("a"), "s")
        #expect(again.version == 2 && again.id == 1)
        #expect(try registry.state.versions(of: "s") == [2])
        #expect(try registry.state.versions(of: "s", .deleted) == [1])
        #expect(try registry.replayed().versions(of: "s") == [2])
    }

    @Test func `ids of schemas that are gone are not given again`() throws {
        var registry = TestRegistry()
        try registry.register(avroRecord("a"), "s")
        try registry.delete("s")
        try registry.delete("s", permanent: true)
        #expect(try registry.register(avroRecord("b"), "s").id == 2)
        #expect(try registry.register(avroRecord("a"), "t").id == 3)
    }

    @Test func `versions are deleted one by one, first softly`() throws {
        var registry = TestRegistry()
        try registry.register(avroRecord("a"), "s")
        try registry.register(avroRecord("a", optional: ["b"]), "s")
        #expect(code { try registry.delete(.number(1), of: "s", permanent: true) } == 40407)
        #expect(try registry.delete(.latest, of: "s") == 2)
        #expect(code { try registry.delete(.number(2), of: "s") } == 40406)
        #expect(try registry.state.versions(of: "s") == [1])
        #expect(try registry.delete(.number(2), of: "s", permanent: true) == 2)
        #expect(try registry.state.versions(of: "s", .all) == [1])
        #expect(code { try registry.delete(.number(9), of: "s") } == 40402)
        #expect(code { try registry.delete(.number(1), of: "t") } == 40401)
        #expect(try registry.replayed().versions(of: "s", .all) == [1])
    }

    @Test func `what is referred to must be there, and stays`() throws {
        var registry = TestRegistry()
        let reference = SchemaReference(name: "Customer", subject: "customers", version: 1)
        let order = #"{"type":"record","name":"Order","fields":[{"name":"by","type":"Customer"}]}"#
        #expect(code { try registry.register(order, "orders", references: [reference]) } == 42201)
        try registry.register(avroRecord("name", name: "Customer"), "customers")
        let id = try registry.register(order, "orders", references: [reference]).id
        #expect(try registry.state.referrers(of: "customers", .number(1)) == [id])
        #expect(code { try registry.delete("customers") } == 42206)
        #expect(code { try registry.delete(.number(1), of: "customers") } == 42206)
        try registry.delete("orders")
        #expect(try registry.delete("customers") == [1])
    }

    @Test func `references that go round end`() throws {
        var state = RegistryState()
        for (subject, other) in [("a", "b"), ("b", "a")] {
            let schema = Schema("{}", type: .json, references: [SchemaReference(name: other, subject: other, version: 1)])
            state.apply(.schema(subject: Name(subject), version: 1, .init(id: subject == "a" ? 1 : 2, schema: schema, isDeleted: false)))
        }
        let found = try state.texts(referredToBy: state.schema(id: 1))
        #expect(found.map(\.name) == ["a", "b"])
    }

    @Test func `a read-only registry changes nothing`() throws {
        var registry = TestRegistry()
        try registry.register(avroRecord("a"), "s")
        try registry.set(.readOnly)
        #expect(code { try registry.register(avroRecord("b"), "t") } == 42205)
        #expect(code { try registry.delete("s") } == 42205)
        #expect(code { try registry.set(.none) } == 42205)
        try registry.set(.readWrite, for: "t")
        try registry.register(avroRecord("b"), "t")
        try registry.set(.readOnlyOverride)
        #expect(code { try registry.register(avroRecord("c"), "u") } == 42205)
        #expect(code { try registry.register(avroRecord("b", optional: ["c"]), "t") } == 42205)
        #expect(try registry.replayed().mode(of: "t") == .readWrite)
    }

    @Test func `versions are taken over with their ids`() throws {
        var registry = TestRegistry()
        #expect(code { try registry.register(avroRecord("a"), "s", id: 100) } == 42205)
        try registry.set(.import, for: "s")
        #expect(code { try registry.register(avroRecord("a"), "s") } == 42205)
        let taken = try registry.register(avroRecord("a"), "s", id: 100, version: 5)
        #expect(taken.id == 100 && taken.version == 5)
        #expect(code { try registry.register(avroRecord("b"), "s", id: 100, version: 6) } == 42205)
        #expect(try registry.register(avroRecord("b"), "t").id == 101)
        #expect(code { try registry.set(.import) } == 42205)
        try registry.set(.import, force: true)
    }

    @Test func `levels and modes are a subject's own, or the default`() throws {
        var registry = TestRegistry()
        #expect(try registry.state.compatibility(of: nil) == .backward)
        #expect(code { try registry.state.compatibility(of: "s") } == 40408)
        #expect(code { try registry.state.mode(of: "s") } == 40409)
        try registry.set(.full)
        #expect(try registry.state.compatibility(of: "s", orDefault: true) == .full)
        try registry.set(.none, for: "s")
        #expect(try registry.replayed().compatibility(of: "s") == .none)
        let old = try registry.carryOut { state throws(RegistryRefusal) in try state.removeCompatibility(of: "s") }
        #expect(old == .none)
        #expect(code { try registry.state.removeCompatibility(of: "s") } == 40401)
        _ = try registry.carryOut { state throws(RegistryRefusal) in try state.removeCompatibility(of: nil) }
        #expect(try registry.replayed().compatibility(of: nil) == .backward)
    }

    @Test func `a version that another takes the place of lets its schema go`() throws {
        var state = RegistryState()
        func put(_ text: String, _ id: Int32, _ isDeleted: Bool = false) {
            state.apply(.schema(subject: Name("s"), version: 1, .init(id: id, schema: Schema(text), isDeleted: isDeleted)))
        }
        put(#""int""#, 1)
        put(#""int""#, 1, true)
        #expect(state.schemas[1]?.uses == 1 && state.subjectNames() == [])
        put(#""long""#, 2)
        #expect(state.schemas.keys.sorted() == [2] && state.ids.count == 1)
    }
}
