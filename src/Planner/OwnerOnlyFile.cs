namespace Migrate.Planner;

/// <summary>Files that nobody but their owner may open, at no moment.</summary>
public static class OwnerOnlyFile
{
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>One that was not there.</summary>
    /// <exception cref="IOException">It is there, or cannot be made.</exception>
    public static FileStream Create(string path) => new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Mode });

    /// <summary>Writes it beside its place and then renames it: a crash leaves what was there or what is new, and never half of it.</summary>
    /// <param name="path">Its place.</param>
    /// <param name="content">All of it.</param>
    /// <param name="overwrite">Replaces one that is there.</param>
    /// <param name="isDurable">Waits until the bytes are on the disk.</param>
    public static void Write(string path, ReadOnlySpan<byte> content, bool overwrite = true, bool isDurable = true)
    {
        var next = path + ".new";
        File.Delete(next);
        using (var file = Create(next))
        {
            file.Write(content);
            file.Flush(isDurable);
        }

        File.Move(next, path, overwrite);
    }
}
