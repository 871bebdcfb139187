import Millrace

/// The steps of the application, as far as they were asked for.
final class Steps {
    let builder = StreamsBuilder()

    private(set) lazy var orders: KStream<String, String> = builder.stream("orders")
    private lazy var payments: KStream<String, String> = builder.stream("payments")
    private lazy var customers: KTable<String, String> = builder.table("customers", .as("customers-store"))
    private lazy var regions: KTable<String, String> = builder.table("regions", .as("regions-store"))
    private lazy var rates: KTable<String, String> = builder.table(
        "rates", .versioned("rates-store", historyRetention: .seconds(30)))
    private lazy var byCustomer = orders.groupByKey(Grouped(name: "by-key"))
    private lazy var counts: KTable<String, Int64> = byCustomer.count(.as("counts"))
    private let joinWindows = JoinWindows.difference(.seconds(2), grace: .seconds(5))
    private let tenSeconds = TimeWindows.tumbling(.seconds(10), grace: .seconds(5))

    func add(_ part: Int) {
        let output = TakeOver.output(of: part)
        switch part {
        case 1: counts.toStream().to(output)
        case 2:
            orders.groupBy(Grouped(name: "by-item")) { _, order in order?.item }
                .aggregate(0 as Int64, .as("agg")) { _, order, sum in sum + order.quantity }
                .toStream().to(output)
        case 3:
            customers.groupBy(Grouped(name: "by-region")) { _, customer in KeyValue(customer.region, 1 as Int64) }
                .reduce(.as("per-region"), add: { $0 + $1 }, subtract: { $0 - $1 })
                .toStream().to(output)
        case 4...7, 9: addWindows(part, output)
        case 8:
            counts.suppress(.untilTimeLimit(.seconds(4), SuppressionBuffer(maxRecords: 1_000_000), name: "lim"))
                .toStream().to(output)
        case 10...12: addTableJoin(part, output)
        case 13, 14: addForeignKeyJoin(part, output)
        case 15...17: addStreamJoin(part, output)
        case 18:
            orders.join(rates, Joined(name: "vj"), value: .string) { _, order, rate in "\(order)*\(rate)" }.to(output)
        case 19:
            orders.mapValues(value: .int64) { order in order?.quantity }
                .join(rates, Joined(name: "vjg", value: .int64, grace: .seconds(3)), value: .string) { _, quantity, rate in
                    "\(quantity)*\(rate)"
                }
                .to(output)
        default:
            let items: GlobalKTable<String, String> = builder.globalTable("items", .as("items-store"))
            orders.join(items, value: .string, lookUp: { _, order in order?.item }) { _, order, item in "\(order)#\(item)" }
                .to(output)
        }
    }

    private func addWindows(_ part: Int, _ output: String) {
        switch part {
        case 4: byCustomer.windowedBy(tenSeconds).count(.as("win")).toStream().to(output)
        case 5:
            byCustomer.windowedBy(SessionWindows.gap(.seconds(3), grace: .seconds(5))).count(.as("sess")).toStream()
                .to(output)
        case 6:
            byCustomer.windowedBy(SlidingWindows.difference(.seconds(2), grace: .seconds(5))).count(.as("slide")).toStream()
                .to(output)
        case 7:
            byCustomer.windowedBy(tenSeconds).count(.as("sup-win")).suppress(.untilWindowCloses(name: "sup")).toStream()
                .to(output)
        default:
            byCustomer.windowedBy(tenSeconds).emitStrategy(.onWindowClose).count(.as("final")).toStream().to(output)
        }
    }

    private func addTableJoin(_ part: Int, _ output: String) {
        let joined: KTable<String, String> =
            switch part {
            case 10: counts.join(customers, .as("tt-inner"), value: .string) { _, count, customer in "\(count)@\(customer)" }
            case 11:
                counts.leftJoin(customers, .as("tt-left"), value: .string) { _, count, customer in
                    "\(count)@\(customer ?? "null")"
                }
            default:
                counts.outerJoin(customers, .as("tt-outer"), value: .string) { _, count, customer in
                    "\(count.map { "\($0)" } ?? "null")@\(customer ?? "null")"
                }
            }
        joined.toStream().to(output)
    }

    private func addForeignKeyJoin(_ part: Int, _ output: String) {
        let joined: KTable<String, String> =
            if part == 13 {
                customers.join(
                    regions, .as("fk-inner"), value: .string, joined: TableJoined(name: "fki"),
                    foreignKey: { _, customer in customer.region }
                ) { _, customer, region in "\(customer)=\(region)" }
            } else {
                customers.leftJoin(
                    regions, .as("fk-left"), value: .string, joined: TableJoined(name: "fkl"),
                    foreignKey: { _, customer in customer.region == "none" ? nil : customer.region }
                ) { _, customer, region in "\(customer)=\(region ?? "null")" }
            }
        joined.toStream().to(output)
    }

    private func addStreamJoin(_ part: Int, _ output: String) {
        let joined: KStream<String, String> =
            switch part {
            case 15:
                orders.join(payments, within: joinWindows, StreamJoined(name: "ssj", storeName: "ssj"), value: .string) {
                    _, order, payment in "\(order)/\(payment)"
                }
            case 16:
                orders.leftJoin(payments, within: joinWindows, StreamJoined(name: "lj", storeName: "lj"), value: .string) {
                    _, order, payment in "\(order)/\(payment ?? "null")"
                }
            default:
                orders.outerJoin(payments, within: joinWindows, StreamJoined(name: "oj", storeName: "oj"), value: .string) {
                    _, order, payment in "\(order ?? "null")/\(payment ?? "null")"
                }
            }
        joined.to(output)
    }
}

extension String {
    /// What an order is of: `i3` of `i3:5`.
    fileprivate var item: String { String(prefix { $0 != ":" }) }
    /// How much an order is of: 5 of `i3:5`.
    fileprivate var quantity: Int64 { split(separator: ":").last.flatMap { Int64($0) } ?? 0 }
    /// Where a customer is: `r2` of `r2;v7`.
    fileprivate var region: String { String(prefix { $0 != ";" }) }
}
