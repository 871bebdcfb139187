internal import MillraceHTTP

extension RegistryRoutes {
    var compatibilityRoutes: [HTTPRoute] {
        let parameters = [HTTPRoute.Parameter("verbose", "Whether to say why not."), Self.normalize]
        return [
            route(
                "POST", "/compatibility/subjects/{subject}/versions/{version}",
                "Whether a schema is compatible with a version of a subject.", parameters
            ) { request in try verdict(request, with: request.version) },
            route(
                "POST", "/compatibility/subjects/{subject}/versions",
                "Whether a schema could be the next version of a subject.", parameters
            ) { request in try verdict(request, with: nil) },
        ]
    }

    private func verdict(_ request: HTTPRequest, with selector: VersionSelector?) throws -> VerdictMessage {
        let schema = try Self.schema(in: Self.message(of: request))
        let reasons = try store.read { state throws(RegistryRefusal) in
            try state.incompatibilities(
                of: schema, with: selector, of: request.subject, normalize: request.flag("normalize"))
        }
        return VerdictMessage(isCompatible: reasons.isEmpty, messages: request.flag("verbose") ? reasons : nil)
    }
}
