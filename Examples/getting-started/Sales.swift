public import Millrace

/// What somebody has bought.
public struct Order: Codable, Sendable {
    public var customer: String
    public var cents: Int64

    public init(customer: String, cents: Int64) {
        self.customer = customer
        self.cents = cents
    }
}

/// Who buys.
public struct Customer: Codable, Sendable {
    public var country: String

    public init(country: String) { self.country = country }
}

struct Sale: Codable, Sendable {
    var country: String
    var cents: Int64
}

/// Sums up the sales of each country and hour.
public func salesTopology() throws -> Topology {
    let builder = StreamsBuilder()
    let customers = builder.table("customers", .as("customers"), key: .string, value: .json(Customer.self))
    let orders = builder.stream(
        "orders", .onBadRecord(.deadLetter(topic: "bad-orders")), key: .string, value: .json(Order.self))
    let sales =
        orders.nonNull()
        .selectKey { _, order in order.customer }
        .stream
        .join(customers, .named("orders-by-customer"), value: .json(Sale.self)) { order, customer in
            Sale(country: customer.country, cents: order.cents)
        }
    sales.nonNull()
        .groupBy { _, sale in sale.country }
        .windowedBy(.tumbling(.hours(1), grace: .minutes(5)))
        .aggregate(0 as Int64, .as("sales")) { _, sale, sum in sum + sale.cents }
        .toStream()
        .to("sales-by-country")
    return try builder.build()
}
