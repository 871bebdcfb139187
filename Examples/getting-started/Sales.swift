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
    let customers = builder.table("customers", key: .string, value: .json(Customer.self), .as("customers"))
    let orders = builder.stream(
        "orders", key: .string, value: .json(Order.self), Consumed(onBadRecord: .deadLetter(topic: "bad-orders")))
    let sales =
        orders
        .selectKey { _, order in order?.customer }
        .join(customers, Joined(name: "orders-by-customer", value: .json(Order.self)), value: .json(Sale.self)) {
            _, order, customer in Sale(country: customer.country, cents: order.cents)
        }
    sales
        .groupBy(Grouped(value: .json(Sale.self))) { _, sale in sale?.country }
        .windowedBy(TimeWindows.tumbling(.hours(1), grace: .minutes(5)))
        .aggregate(0 as Int64, .as("sales")) { _, sale, sum in sum + (sale?.cents ?? 0) }
        .toStream()
        .to("sales-by-country")
    return try builder.build()
}
