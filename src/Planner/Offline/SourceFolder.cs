namespace Migrate.Planner.Offline;

/// <summary>
/// The files of an offline source: below one directory and nowhere else. Symbolic links are never followed, since a link in a folder
/// that somebody sent could name any file of this machine; each one becomes a problem.
/// </summary>
internal sealed class SourceFolder(string root, OfflineLimits limits, Problems problems)
{
    private static readonly char[] Separators = ['/', '\\'];

    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>Path below the root, as problems name files.</summary>
    public string NameOf(string path) => Path.GetRelativePath(Root, path);

    /// <summary>Files below the root that <paramref name="wanted"/> takes by their name, in the order of their paths.</summary>
    public List<string> Files(Func<string, bool> wanted)
    {
        var found = new List<string>();
        var folders = new Stack<string>([Root]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in Entries(folder))
            {
                if (entry.LinkTarget is not null)
                {
                    problems.Add(NameOf(entry.FullName), "a symbolic link; links are not followed");
                }
                else if (entry is DirectoryInfo)
                {
                    folders.Push(entry.FullName);
                }
                else if (wanted(entry.Name))
                {
                    if (found.Count == limits.Files)
                    {
                        problems.Add(Root, $"more than {limits.Files} files; the rest was not read");
                        return Sorted(found);
                    }

                    found.Add(entry.FullName);
                }
            }
        }

        return Sorted(found);
    }

    /// <summary>
    /// The file that another one names, relative to that one's folder; null with the reason when it is not below the root, not there, or
    /// behind a link. Windows' separators are taken, too.
    /// </summary>
    public string? Find(string besides, string name, out string? why)
    {
        why = null;
        if (name.Length == 0 || name.Contains('\0') || name.Contains(':') && !Path.IsPathRooted(name))
        {
            why = "its name is no path of a file";
            return null;
        }

        var folder = Path.GetDirectoryName(besides) ?? Root;
        var path = Path.GetFullPath(Path.Combine(folder, string.Join(Path.DirectorySeparatorChar, name.Split(Separators))));
        if (!path.StartsWith(Root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            why = "it lies outside of the source's folder";
            return null;
        }

        for (var at = path; at.Length > Root.Length; at = Path.GetDirectoryName(at)!)
        {
            if (new FileInfo(at).LinkTarget is not null)
            {
                why = "it is, or lies behind, a symbolic link; links are not followed";
                return null;
            }
        }

        why = File.Exists(path) ? null : "there is no such file";
        return why is null ? path : null;
    }

    /// <summary>Opens a description for reading; null, with a problem, when it cannot be opened, is empty or is larger than the limit.</summary>
    public FileStream? Open(string path) => Open(path, NameOf(path), limits, problems);

    public static FileStream? Open(string path, string name, OfflineLimits limits, Problems problems)
    {
        try
        {
            var length = new FileInfo(path).Length;
            // Before it is opened: pipes and devices have no length, and opening one may never return.
            if (length == 0)
            {
                problems.Add(name, "the file is empty");
                return null;
            }

            if (length > limits.FileBytes)
            {
                problems.Add(name, $"the file has {length} bytes; more than {limits.FileBytes} are not read");
                return null;
            }

            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 << 10, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(name, $"cannot be read: {e.Message}");
            return null;
        }
    }

    private IEnumerable<FileSystemInfo> Entries(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(NameOf(folder), $"cannot be read: {e.Message}");
            return [];
        }
    }

    private static List<string> Sorted(List<string> paths)
    {
        paths.Sort(StringComparer.Ordinal);
        return paths;
    }
}
