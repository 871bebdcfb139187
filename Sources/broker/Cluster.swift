import KafkaClient
import MillraceCommandLine

let clusterCommand = Command(
    "cluster", "Shows the brokers of a cluster.", options: [.broker, .clientConfig], subcommands: [describeCluster])

private let describeCluster = Command("describe", "Shows the cluster's id and its brokers.", options: [.json]) {
    invocation in
    let isJSON = invocation.arguments.flag("json")
    try await withAdmin(invocation) { admin in
        let cluster = try await admin.describeCluster()
        let columns = ["id", "host", "port", "rack", "controller"]
        var listing = Listing(isJSON ? ["cluster"] + columns : columns)
        for broker in cluster.brokers {
            let cells: [Listing.Cell] = [
                .init(broker.id), .text(broker.host), .init(broker.port), .init(broker.rack),
                .flag(broker.id == cluster.controller),
            ]
            listing.add(row: isJSON ? [.init(cluster.clusterID)] + cells : cells)
        }
        let output = OutputWriter()
        listing.write(to: output, asJSON: isJSON, title: "cluster \(cluster.clusterID ?? "without an id")")
        try output.flush()
    }
}
