internal import MillraceHTTP

extension RegistryRoutes {
    var schemaRoutes: [HTTPRoute] {
        [
            route("GET", "/schemas/types", "The languages of schemas.") { _ in SchemaType.allCases.map(\.rawValue) },
            route(
                "GET", "/schemas", "All versions of all subjects.",
                [
                    HTTPRoute.Parameter("subjectPrefix", "What the subjects' names begin with."),
                    HTTPRoute.Parameter("latestOnly", "Whether a subject's latest version alone counts."), Self.deleted,
                ] + Self.page
            ) { request in
                let prefix = request.subjectPrefix
                var found = store.read { state in
                    state.registered(request.visibility) { $0.subject.utf8.starts(with: prefix.utf8) }
                }
                if request.flag("latestOnly") {
                    found = zip(found, found.dropFirst().map(Optional.some) + [nil])
                        .filter { $0.subject != $1?.subject }.map(\.0)
                }
                return request.page(of: found).map { SchemaMessage($0) }
            },
            route(
                "GET", "/schemas/ids/{id}", "The schema with an id.",
                [
                    HTTPRoute.Parameter("fetchMaxId", "Whether to tell the largest id that was given."),
                    HTTPRoute.Parameter("subject", "Is not needed, as ids are the same in all subjects."),
                ]
            ) { request in
                let id = try request.schemaID
                let (schema, largest) = try store.read { state throws(RegistryRefusal) in
                    (try state.schema(id: id), state.largestID)
                }
                var message = SchemaMessage(schema)
                if request.flag("fetchMaxId") { message.maxId = largest }
                return message
            },
            textRoute("/schemas/ids/{id}/schema", "The text of the schema with an id.") { request in
                let id = try request.schemaID
                return try store.read { state throws(RegistryRefusal) in try state.schema(id: id) }.text
            },
            route("GET", "/schemas/ids/{id}/subjects", "The subjects that have the schema with an id.", [Self.deleted] + Self.page) {
                request in
                var subjects: [String] = []
                for version in try versions(request) where subjects.last != version.subject { subjects.append(version.subject) }
                return request.page(of: subjects)
            },
            route("GET", "/schemas/ids/{id}/versions", "The versions that have the schema with an id.", [Self.deleted] + Self.page) {
                request in
                request.page(of: try versions(request).map { SubjectVersionMessage(subject: $0.subject, version: $0.version) })
            },
        ]
    }

    private func versions(_ request: HTTPRequest) throws -> [RegisteredSchema] {
        let id = try request.schemaID
        return try store.read { state throws(RegistryRefusal) in try state.versions(withID: id, request.visibility) }
    }
}
