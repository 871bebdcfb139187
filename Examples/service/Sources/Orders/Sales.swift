public import Millrace

/// What somebody has bought.
public struct Order: Codable, Sendable {
    public var customer: String
    public var country: String
    public var cents: Int64

    public init(customer: String, country: String, cents: Int64) {
        self.customer = customer
        self.country = country
        self.cents = cents
    }
}

/// Sums up what each country has bought: a store called `sales`, and the topic `sales-by-country`.
public func salesTopology() throws -> Topology {
    let builder = StreamsBuilder()
    builder.stream("orders", .onBadRecord(.deadLetter(topic: "bad-orders")), key: .string, value: .json(Order.self))
        .nonNull()
        .groupBy { _, order in order.country }
        .aggregate(0 as Int64, .as("sales")) { _, order, sum in sum + order.cents }
        .toStream()
        .to("sales-by-country")
    return try builder.build()
}
