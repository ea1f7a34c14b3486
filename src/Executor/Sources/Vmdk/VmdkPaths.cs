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

    /// <summary>A parent. ESXi and VMware Workstation note it by its place on their machine; then the file of that name beside the child is meant.</summary>
    public string ResolveParent(string hint, string child)
    {
        var name = hint[(hint.LastIndexOfAny(['/', '\\']) + 1)..];
        var isElsewhere = Path.IsPathRooted(hint) || hint is [_, ':', ..];
        return isElsewhere && File.Exists(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(child))!, name)) ? Resolve(name, child) : Resolve(hint, child);
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
