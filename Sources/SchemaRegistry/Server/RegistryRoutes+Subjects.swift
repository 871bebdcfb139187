internal import MillraceHTTP

extension RegistryRoutes {
    var subjectRoutes: [HTTPRoute] {
        [
            route(
                "GET", "/subjects", "The names of all subjects.",
                [HTTPRoute.Parameter("subjectPrefix", "What the names begin with."), Self.deleted] + Self.page
            ) { request in
                request.page(of: store.read { $0.subjectNames(prefix: request.subjectPrefix, request.visibility) })
            },
            route("GET", "/subjects/{subject}/versions", "The versions of a subject.", [Self.deleted] + Self.page) { request in
                request.page(
                    of: try store.read { state throws(RegistryRefusal) in
                        try state.versions(of: request.subject, request.visibility)
                    })
            },
            route("GET", "/subjects/{subject}/versions/{version}", "A version of a subject.", [Self.deleted]) { request in
                SchemaMessage(try version(request))
            },
            textRoute("/subjects/{subject}/versions/{version}/schema", "The schema of a version.") { request in
                try version(request).schema.text
            },
            route(
                "GET", "/subjects/{subject}/versions/{version}/referencedby", "The ids of the schemas that refer to a version."
            ) { request in
                try store.read { state throws(RegistryRefusal) in try state.referrers(of: request.subject, request.version) }
            },
            route(
                "POST", "/subjects/{subject}", "Finds the version of a subject that has a schema.", [Self.normalize, Self.deleted]
            ) { request in
                let schema = try Self.schema(in: Self.message(of: request))
                return SchemaMessage(
                    try store.read { state throws(RegistryRefusal) in
                        try state.lookUp(
                            schema, in: request.subject, normalize: request.flag("normalize"), request.visibility)
                    })
            },
            route(
                "POST", "/subjects/{subject}/versions", "Makes a schema a version of a subject, if it is none yet.", [Self.normalize]
            ) { request in
                let message = try Self.message(SchemaMessage.self, of: request)
                let schema = try Self.schema(in: message)
                let registered = try await store.change { state throws(RegistryRefusal) in
                    // Confluent's clients send -1 where there is no id.
                    try state.register(
                        schema, as: request.subject, normalize: request.flag("normalize"),
                        id: message.id.flatMap { $0 < 0 ? nil : $0 }, version: message.version.flatMap { $0 < 1 ? nil : $0 })
                }
                return SchemaMessage(registered)
            },
            route("DELETE", "/subjects/{subject}", "Deletes a subject.", [Self.permanent]) { request in
                try await store.change { state throws(RegistryRefusal) in
                    try state.delete(request.subject, permanent: request.flag("permanent"))
                }
            },
            route("DELETE", "/subjects/{subject}/versions/{version}", "Deletes a version of a subject.", [Self.permanent]) { request in
                let version = try request.version
                return try await store.change { state throws(RegistryRefusal) in
                    try state.delete(version, of: request.subject, permanent: request.flag("permanent"))
                }
            },
        ]
    }

    private func version(_ request: HTTPRequest) throws -> RegisteredSchema {
        try store.read { state throws(RegistryRefusal) in
            try state.version(request.version, of: request.subject, request.visibility)
        }
    }
}

extension HTTPRequest {
    /// What the names of subjects are to begin with; the default context's prefix and the one for all contexts are none.
    var subjectPrefix: String {
        let prefix = query("subjectPrefix") ?? ""
        for context in [":*:", ":.:"] where prefix.hasPrefix(context) { return String(prefix.dropFirst(context.count)) }
        return prefix
    }
}
