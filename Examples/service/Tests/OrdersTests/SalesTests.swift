import Millrace
import MillraceTesting
import Orders
import Testing

@Suite struct SalesTests {
    @Test func `sales are summed up by country, and what cannot be read is set aside`() throws {
        let driver = try TopologyTestDriver(salesTopology())
        let orders: TestInputTopic<String, Order> = try driver.inputTopic("orders", value: .json())
        let raw: TestInputTopic<String, String> = try driver.inputTopic("orders")
        let sales: TestOutputTopic<String, Int64> = try driver.outputTopic("sales-by-country")
        let bad: TestOutputTopic<String, String> = try driver.outputTopic("bad-orders")

        try orders.pipe("1", Order(customer: "ann", country: "DK", cents: 500), timestamp: 0)
        try orders.pipe("2", Order(customer: "bob", country: "SE", cents: 70), timestamp: 1)
        try raw.pipe("3", "{", timestamp: 2)
        try orders.pipe("4", Order(customer: "ann", country: "DK", cents: 250), timestamp: 3)

        #expect(try sales.readLatestByKey() == ["DK": 750, "SE": 70])
        #expect(try bad.readAll().map(\.value) == ["{"])
        #expect(try driver.keyValueStore("sales", key: String.self, value: Int64.self).get("DK") == 750)
    }
}
