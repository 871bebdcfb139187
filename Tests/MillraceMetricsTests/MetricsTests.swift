import MillraceMetrics
import Testing

@Suite struct `Windowed statistics` {
    @Test func `mean, extremes and rate are those of two windows`() {
        var stat = WindowedStat()
        stat.note(10, at: 0)
        stat.note(20, times: 3, at: 10_000)
        #expect(stat.mean(at: 20_000) == 17.5)
        #expect(stat.rate(at: 20_000) == 0.2)
        #expect(stat.sumRate(at: 20_000) == 3.5)
        stat.note(40, at: 30_000)
        #expect(stat.most(at: 31_000) == 40)
        #expect(stat.least(at: 31_000) == 10)
        // The first window is forgotten with the third.
        #expect(stat.least(at: 60_000) == 40)
        #expect(stat.most(at: 200_000) == nil)
        #expect(stat.mean(at: 200_000) == nil)
        #expect(stat.rate(at: 200_000) == 0)
    }

    @Test func `a rate that goes on is the same in every window`() {
        var stat = WindowedStat()
        for second in 0..<300 { stat.note(1, times: 50, at: Int64(second) * 1000) }
        for now in stride(from: Int64(299_000), through: 301_000, by: 500) {
            #expect(abs(stat.rate(at: now) - 50) < 3)
        }
    }

    @Test func `times that go back or far ahead do not trap`() {
        var stat = WindowedStat()
        for time in [0, -5, Int64.max, .min, 7] { stat.note(1, times: .max, at: time) }
        _ = stat.rate(at: .max)
    }
}

@Suite struct `Distributions` {
    @Test func `quantiles are right within an eighth`() {
        var meter = DistributionMeter()
        for value in 1...1000 { meter.note(Int64(value), at: 0) }
        let found = meter.distribution(at: 1)
        for (part, exact) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0)] {
            let value = found.value(at: part) ?? 0
            #expect(abs(value - exact) <= exact / 8, "\(part): \(value)")
        }
        #expect(found.count == 1000)
        #expect(found.sum == 500_500)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 1023, 1 << 40, Int64.max])
    func `one value is every quantile`(value: Int64) {
        var meter = DistributionMeter()
        meter.note(value, at: 0)
        for quantile in meter.distribution(at: 0).quantiles {
            #expect(abs(quantile.value - Double(value)) <= Double(value) / 8)
        }
    }

    @Test func `what is long past is forgotten, but for count and sum`() {
        var meter = DistributionMeter()
        meter.note(5, times: 2, at: 0)
        #expect(meter.distribution(at: 59_999).quantiles.count == 3)
        let later = meter.distribution(at: 120_000)
        #expect(later.quantiles.isEmpty)
        #expect(later.count == 2)
        #expect(later.sum == 10)
    }

    @Test func `of two looks the difference is what was measured between`() {
        var meter = DistributionMeter()
        meter.note(1, times: 1000, at: 0)
        let before = meter
        #expect(meter.distribution(since: before).quantiles.isEmpty)
        meter.note(7, times: 10, at: 100_000)
        let between = meter.distribution(since: before)
        #expect(between.value(at: 0.5) == 7 && between.count == 10 && between.sum == 70)
        #expect(meter.distribution(since: DistributionMeter()).count == 1010)
        // A meter that has begun anew has nothing to do with the one before.
        var anew = DistributionMeter()
        anew.note(3, at: 0)
        #expect(anew.distribution(since: before).value(at: 0.5) == 3)
    }

    @Test func `the sum of two has the values of both`() {
        var one = DistributionMeter(), two = DistributionMeter()
        one.note(1, times: 99, at: 0)
        two.note(1000, times: 99, at: 0)
        one.add(two, at: 1)
        let both = one.distribution(at: 2)
        #expect(both.value(at: 0.5) == 1)
        #expect((both.value(at: 0.9) ?? 0) > 800)
    }
}

@Suite struct `Prometheus text` {
    @Test func `families come together, labels and names are made legal`() {
        let total = MetricDescriptor(.counter, "stream-task-metrics", "process-total", "Records.\nAll.")
        let lag = MetricDescriptor(.gauge, "consumer-metrics", "records-lag", "Lag.")
        var snapshot = MetricSnapshot()
        snapshot.add(total, 3, [MetricTag("task-id", "0_1")])
        snapshot.add(lag, 1.5)
        snapshot.add(lag, nil as Double?)
        var all = MetricSnapshot()
        all.add(snapshot, tags: [MetricTag("app", "a\"\\\n")])
        all.add(total, 4)
        #expect(
            all.prometheusText == """
                # HELP kafka_stream_task_metrics_process_total Records.\\nAll.
                # TYPE kafka_stream_task_metrics_process_total counter
                kafka_stream_task_metrics_process_total{app="a\\"\\\\\\n",task_id="0_1"} 3
                kafka_stream_task_metrics_process_total 4
                # HELP kafka_consumer_metrics_records_lag Lag.
                # TYPE kafka_consumer_metrics_records_lag gauge
                kafka_consumer_metrics_records_lag{app="a\\"\\\\\\n"} 1.5

                """)
    }

    @Test func `a distribution is a summary`() {
        var meter = DistributionMeter()
        meter.note(4, times: 10, at: 0)
        var snapshot = MetricSnapshot()
        snapshot.add(MetricDescriptor(.distribution, "g", "latency", "Age."), meter.distribution(at: 0), [MetricTag("a", "b")])
        #expect(
            snapshot.prometheusText == """
                # HELP kafka_g_latency Age.
                # TYPE kafka_g_latency summary
                kafka_g_latency{a="b",quantile="0.5"} 4
                kafka_g_latency{a="b",quantile="0.9"} 4
                kafka_g_latency{a="b",quantile="0.99"} 4
                kafka_g_latency_sum{a="b"} 40
                kafka_g_latency_count{a="b"} 10

                """)
    }
}
