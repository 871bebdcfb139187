import Millrace

/// Figures whose right values are known without a computation, if a key such as "5-1004" has each number of that range once.
enum Smoke {
    static func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let numbers = builder.stream("in", key: .string, value: .string).mapValues { Int64($0 ?? "") ?? 0 }
        let grouped = numbers.groupByKey(Grouped(key: .string, value: .int64))
        let least = grouped.aggregate(Int64.max, .as("least")) { _, value, all in min(all, value) }
        let largest = grouped.aggregate(Int64.min, .as("largest")) { _, value, all in max(all, value) }
        let sum = grouped.aggregate(Int64(0), .as("sum")) { _, value, all in all + value }
        let count = grouped.count(.as("count"))
        least.toStream().to("least")
        largest.toStream().to("largest")
        sum.toStream().to("sum")
        count.toStream().to("count")
        largest.join(least) { _, largest, least in largest - least }.toStream().to("difference")
        sum.join(count) { _, sum, count in sum / count }.toStream().to("average")
        let windows = grouped.windowedBy(.tumbling(.seconds(2))).count(.as("windows"))
        windows.toStream().to("windowed")
        windows.suppress(.untilWindowCloses()).toStream().to("closed")
        return try builder.build()
    }
}
