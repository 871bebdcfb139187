/// How a program ends, for the shell.
public enum ExitCode {
    /// All was done.
    public static let success: Int32 = 0
    /// Something failed; the message is on standard error.
    public static let failure: Int32 = 1
    /// A comparison of topologies has found that state would be lost.
    public static let stateLost: Int32 = 2
    /// The command line makes no sense (`EX_USAGE`).
    public static let usage: Int32 = 64
    /// What is needed is not there, such as a way to the broker (`EX_UNAVAILABLE`).
    public static let unavailable: Int32 = 69
    /// Stopped by SIGINT before all was done.
    public static let interrupted: Int32 = 130
}
