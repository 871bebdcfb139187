import Millrace
import MillraceTesting
import Testing

@Suite struct SalesTests {
    let driver: TopologyTestDriver
    let customers: TestInputTopic<String, Customer>
    let orders: TestInputTopic<String, Order>
    let sales: TestOutputTopic<Windowed<String>, Int64>

    init() throws {
        driver = try TopologyTestDriver(salesTopology())
        customers = try driver.inputTopic("customers", value: .json())
        orders = try driver.inputTopic("orders", value: .json())
        sales = try driver.outputTopic("sales-by-country", key: .timeWindowed(.string, size: .hours(1)))
    }

    @Test func `sales are summed up by country and hour`() throws {
        try customers.pipe("ann", Customer(country: "DK"), timestamp: 0)
        try orders.pipe("1", Order(customer: "ann", cents: 500), timestamp: 1000)
        try orders.pipe("2", Order(customer: "ann", cents: 250), timestamp: 2000)
        try orders.pipe("3", Order(customer: "nobody", cents: 1), timestamp: 3000)
        try orders.pipe("4", Order(customer: "ann", cents: 100), timestamp: 3_600_000)

        func hour(_ number: Int64) -> Windowed<String> {
            Windowed("DK", Window(start: number * 3_600_000, end: (number + 1) * 3_600_000))
        }
        #expect(try sales.readLatestByKey() == [hour(0): 750, hour(1): 100])
    }

    @Test func `what cannot be read is set aside`() throws {
        let raw: TestInputTopic<String, String> = try driver.inputTopic("orders")
        let bad: TestOutputTopic<String, String> = try driver.outputTopic("bad-orders")
        try raw.pipe("1", "{", timestamp: 0)
        #expect(try bad.readAll().map(\.value) == ["{"])
        #expect(sales.isEmpty)
    }
}
