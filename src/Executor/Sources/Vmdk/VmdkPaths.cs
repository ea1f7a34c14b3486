namespace Migrate.Executor.Sources.Vmdk;

/// <summary>
/// Where a VMDK may look for its files: in the directory of the descriptor that names them, and where the operator allows it. A descriptor comes from
/// elsewhere; without this it could have any file of this machine copied as a disk.
/// </summary>
internal sealed class VmdkPaths(IReadOnlyList<string> allowed)
{
    private readonly string[] _allowed = [.. allowed.Select(Real)];

    /// <summary>The file that <paramref name="wantedBy"/> names, links followed.</summary>
    public string Resolve(string name, string wantedBy)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
        {
            throw VmdkFileFault.Corrupt(wantedBy, "it names a file without a name");
        }
        var directory = Real(Path.GetDirectoryName(Path.GetFullPath(wantedBy))!);
        var real = Real(Path.GetFullPath(name, directory));
        return Within(real, directory) || _allowed.Any(a => Within(real, a)) ? real : throw VmdkFileFault.Outside(name, wantedBy);
    }

    /// <summary>A parent. ESXi notes it by its place on the host; then the file of that name beside the child is meant.</summary>
    public string ResolveParent(string hint, string child)
    {
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(child))!, Path.GetFileName(hint));
        return Path.IsPathRooted(hint) && File.Exists(beside) ? Resolve(Path.GetFileName(hint), child) : Resolve(hint, child);
    }

    /// <summary>Every link on the way resolved, not only the last one.</summary>
    public static string Real(string path)
    {
        var at = Path.GetPathRoot(Path.GetFullPath(path))!;
        foreach (var part in Path.GetFullPath(path)[at.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, part);
            try
            {
                FileSystemInfo info = Directory.Exists(at) ? new DirectoryInfo(at) : new FileInfo(at);
                at = info.LinkTarget is null ? at : Real(info.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
            }
            catch (IOException)
            {
                return at; // A loop of links or none at all: opening it names the cause.
            }
        }
        return at;
    }

    private static bool Within(string path, string directory) => path.StartsWith(directory.TrimEnd('/') + '/', StringComparison.Ordinal);
}
