internal import MillraceHTTP

extension RegistryRoutes {
    /// Compatibility and mode, by default and of subjects.
    var settingRoutes: [HTTPRoute] {
        [("", "by default"), ("/{subject}", "of a subject")].flatMap { path, whose in
            let orDefault = [HTTPRoute.Parameter("defaultToGlobal", "Whether the default stands in for a subject's own.")]
            let force = [HTTPRoute.Parameter("force", "Whether IMPORT is allowed although there are versions.")]
            return [
                route("GET", "/config\(path)", "The compatibility \(whose).", orDefault) { request in
                    let level = try store.read { state throws(RegistryRefusal) in
                        try state.compatibility(of: request.optionalSubject, orDefault: request.flag("defaultToGlobal"))
                    }
                    return CompatibilityLevelMessage(compatibilityLevel: level.rawValue)
                },
                route("PUT", "/config\(path)", "Sets the compatibility \(whose).") { request in
                    let message = try Self.message(CompatibilityMessage.self, of: request)
                    guard let level = message.compatibility.flatMap({ CompatibilityLevel(rawValue: $0.uppercased()) }) else {
                        throw RegistryRefusal.invalidCompatibility
                    }
                    let set = try await store.change { state throws(RegistryRefusal) in
                        try state.set(level, for: request.optionalSubject)
                    }
                    return CompatibilityMessage(compatibility: set.rawValue)
                },
                route("DELETE", "/config\(path)", "Takes back the compatibility \(whose).") { request in
                    let level = try await store.change { state throws(RegistryRefusal) in
                        try state.removeCompatibility(of: request.optionalSubject)
                    }
                    return CompatibilityLevelMessage(compatibilityLevel: level.rawValue)
                },
                route("GET", "/mode\(path)", "The mode \(whose).", orDefault) { request in
                    let mode = try store.read { state throws(RegistryRefusal) in
                        try state.mode(of: request.optionalSubject, orDefault: request.flag("defaultToGlobal"))
                    }
                    return ModeMessage(mode: mode.rawValue)
                },
                route("PUT", "/mode\(path)", "Sets the mode \(whose).", force) { request in
                    let message = try Self.message(ModeMessage.self, of: request)
                    guard let mode = message.mode.flatMap({ RegistryMode(rawValue: $0.uppercased()) }) else {
                        throw RegistryRefusal.invalidMode
                    }
                    let set = try await store.change { state throws(RegistryRefusal) in
                        try state.set(mode, for: request.optionalSubject, force: request.flag("force"))
                    }
                    return ModeMessage(mode: set.rawValue)
                },
                route("DELETE", "/mode\(path)", "Takes back the mode \(whose).") { request in
                    let mode = try await store.change { state throws(RegistryRefusal) in
                        try state.removeMode(of: request.optionalSubject)
                    }
                    return ModeMessage(mode: mode.rawValue)
                },
            ]
        }
    }
}

extension HTTPRequest {
    /// The subject in the path; nil where the path is that of the defaults.
    var optionalSubject: String? { subject.isEmpty ? nil : subject }
}
