import Foundation

/// The case files at a path: the file itself, or all `.json` files in a folder and the folders in it, sorted.
///
/// Throws `CaseError` if there is nothing at the path.
func caseFiles(at path: String) throws -> [URL] {
    let root = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder) else {
        throw CaseError("there is no file or folder \(path)")
    }
    guard isFolder.boolValue else { return [root] }
    return try FileManager.default.subpathsOfDirectory(atPath: root.path)
        .filter { $0.hasSuffix(".json") }.sorted().map { root.appendingPathComponent($0) }
}
