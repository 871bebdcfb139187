import Foundation
import Millrace
import MillraceSchemas
import SchemaRegistry

/// Orders in Avro from `in` to sums in Avro in `out`, and notes in JSON Schema from `notes` to `shouts`, with schemas from a registry.
enum Registry {
    struct Order: Codable, Sendable {
        var id: Int64
        var customer: String
        var cents: Int64
        var note: String?
    }

    struct Total: Codable, Sendable {
        var customer: String
        var orders: Int32
        var cents: Int64
        var last: Int64
    }

    struct Note: Codable, Sendable {
        var customer: String
        var text: String
    }

    static let order = """
        {"type": "record", "name": "Order", "namespace": "shop", "fields": [
            {"name": "id", "type": "long"}, {"name": "customer", "type": "string"}, {"name": "cents", "type": "long", "default": 100},
            {"name": "note", "type": ["null", "string"], "default": null}]}
        """
    static let total = """
        {"type": "record", "name": "Total", "namespace": "shop", "fields": [
            {"name": "customer", "type": "string"}, {"name": "orders", "type": "int"}, {"name": "cents", "type": "long"},
            {"name": "last", "type": "long"}]}
        """
    static let note = """
        {"title": "Note", "type": "object", "additionalProperties": false, "required": ["customer", "text"],
         "properties": {"customer": {"type": "string"}, "text": {"type": "string"}}}
        """

    static func topology(url: String) throws -> Topology {
        var configuration = SchemaRegistryConfiguration(url)
        configuration.log = { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
        let registry = try SchemaRegistryClient(configuration)
        let totals: Serde<Total> = try .avro(schema: Schema(total), subject: .topic("out"), registry: registry)
        let notes: Serde<Note> = try .jsonSchema(schema: note, subject: .topicRecord("shouts"), registry: registry)
        let builder = StreamsBuilder()
        builder.stream("in", key: .string, value: try .avro(Order.self, schema: Schema(order), subject: .topic("in"), registry: registry))
            .nonNull()
            .groupBy { _, order in order.customer }
            .aggregate(
                Total(customer: "", orders: 0, cents: 0, last: 0), .as("totals").value(totals)
            ) { customer, order, total in
                Total(customer: customer, orders: total.orders + 1, cents: total.cents + order.cents, last: order.id)
            }
            .toStream()
            .to("out")
        builder.stream("notes", key: .string, value: notes)
            .nonNull()
            .mapValues(value: notes) { Note(customer: $0.customer, text: $0.text.uppercased()) }
            .to("shouts")
        return try builder.build()
    }
}
