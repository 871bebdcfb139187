internal import KafkaClient
internal import KafkaNetwork

extension ClientProperties {
    mutating func readSecurity(_ values: [String: String]) throws {
        let name = values["security.protocol"]?.uppercased() ?? "PLAINTEXT"
        guard ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"].contains(name) else {
            throw ValueError(
                "security.protocol: \"\(name)\" is not one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL")
        }
        let usesTLS = name.hasSuffix("SSL")
        let usesSASL = name.hasPrefix("SASL")
        for key in values.keys.sorted() {
            if key.hasPrefix("ssl."), !usesTLS {
                throw ValueError("\(key) has no effect with security.protocol=\(name); SSL or SASL_SSL uses it")
            }
            if key.hasPrefix("sasl."), !usesSASL {
                throw ValueError(
                    "\(key) has no effect with security.protocol=\(name); SASL_SSL or SASL_PLAINTEXT uses it")
            }
        }
        security = SecurityConfiguration(
            tls: usesTLS ? try Self.tls(values) : nil, sasl: usesSASL ? try Self.sasl(values) : nil)
    }

    private static func tls(_ values: [String: String]) throws -> TLSClientContext.Configuration {
        for store in ["ssl.truststore", "ssl.keystore"] {
            let (type, location) = ("\(store).type", "\(store).location")
            if let type = values[type], type.uppercased() != "PEM" {
                throw ValueError("\(type) stores cannot be read; put the certificates in PEM into \(location)")
            }
        }
        var tls = TLSClientContext.Configuration()
        tls.trustedCertificates =
            values["ssl.truststore.location"].map { .file($0) }
            ?? values["ssl.truststore.certificates"].map { .text(Secret($0)) }
        // One file with the key and the certificates, or both on their own.
        if let file = values["ssl.keystore.location"] { tls.certificateChain = .file(file) }
        if let chain = values["ssl.keystore.certificate.chain"] { tls.certificateChain = .text(Secret(chain)) }
        if let key = values["ssl.keystore.key"] { tls.privateKey = .text(Secret(key)) }
        if let file = values["ssl.certificate.location"] { tls.certificateChain = .file(file) }
        if let file = values["ssl.key.location"] { tls.privateKey = .file(file) }
        tls.keyPassword = values["ssl.key.password"].map { Secret($0) }
        guard tls.privateKey == nil || tls.certificateChain != nil else {
            throw ValueError("a client's key needs its certificate")
        }
        switch values["ssl.endpoint.identification.algorithm"]?.lowercased() {
        case nil, "https": tls.verifiesHostName = true
        case "", "none": tls.verifiesHostName = false
        case let other?:
            throw ValueError("ssl.endpoint.identification.algorithm: \"\(other)\" is neither https nor empty")
        }
        return tls
    }

    private static func sasl(_ values: [String: String]) throws -> SASLCredentials {
        guard let name = values["sasl.mechanism"] else {
            throw ValueError("sasl.mechanism is missing: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
        }
        guard let mechanism = SASLCredentials.Mechanism(rawValue: name.uppercased()) else {
            throw ValueError("sasl.mechanism: \"\(name)\" is not one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")
        }
        var username = values["sasl.username"]
        var password = values["sasl.password"]
        if let jaas = values["sasl.jaas.config"] {
            let options = try jaasOptions(jaas, for: mechanism)
            username = options["username"] ?? username
            password = options["password"] ?? password
        }
        guard let username, let password else {
            throw ValueError(
                "user name or password is missing: give sasl.jaas.config, or sasl.username and sasl.password")
        }
        return SASLCredentials(mechanism: mechanism, username: username, password: Secret(password))
    }

    /// The options of `...LoginModule required username="alice" password="...";`.
    private static func jaasOptions(
        _ text: String, for mechanism: SASLCredentials.Mechanism
    ) throws -> [String: String] {
        var words = try jaasWords(text)[...]
        let module = words.popFirst() ?? ""
        let expected = mechanism == .plain ? "PlainLoginModule" : "ScramLoginModule"
        guard module.hasSuffix("." + expected) || module == expected else {
            throw ValueError("sasl.jaas.config: \(mechanism.rawValue) takes a \(expected)")
        }
        guard ["required", "requisite", "sufficient", "optional"].contains(words.popFirst() ?? "") else {
            throw ValueError("sasl.jaas.config: \"required\" must follow \(expected)")
        }
        var options: [String: String] = [:]
        for word in words {
            guard let equals = word.firstIndex(of: "=") else {
                throw ValueError("sasl.jaas.config: options are written as name=\"value\"")
            }
            options[String(word[..<equals])] = String(word[word.index(after: equals)...])
        }
        return options
    }

    /// The words of a JAAS line, without quotation marks. It ends with a semicolon.
    private static func jaasWords(_ text: String) throws -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\", quote != nil {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == ";" {
                if !word.isEmpty { words.append(word) }
                return words
            } else if character.isWhitespace {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        throw ValueError(
            quote == nil
                ? "sasl.jaas.config must end with a semicolon" : "sasl.jaas.config: a quotation mark is not closed")
    }
}
