/// Options of a step: values whose changed copies are made one setting at a time.
protocol StepOptions {}

extension StepOptions {
    /// The same with another value for one setting.
    func with<Setting>(_ setting: WritableKeyPath<Self, Setting>, _ value: Setting) -> Self {
        var copy = self
        copy[keyPath: setting] = value
        return copy
    }
}
