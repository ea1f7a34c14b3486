namespace Migrate.Api.Hosting;

/// <summary>
/// The one place where the product keeps what it knows. The directory itself can be traversed by others, because QEMU runs as
/// its own user and opens disks below it; what is secret in it is closed file by file.
/// </summary>
internal sealed record DataDirectory(string Root)
{
    private const UnixFileMode OwnerOnlyDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Database => Path.Combine(Root, "migrate.db");
    public string JobsDatabase => Path.Combine(Root, "jobs.db");
    public string Keys => Path.Combine(Root, "keys");
    public string Token => Path.Combine(Root, "admin.token");
    /// <summary>The last line of the audit log as it was written.</summary>
    public string AuditHead => Path.Combine(Root, "audit.head");
    public string ServerUrl => Path.Combine(Root, "server.url");
    public string Target => Path.Combine(Root, "target");
    /// <summary>Of the target's admin API, for workers on this machine.</summary>
    public string TargetSocket => Path.Combine(Root, "target.sock");
    /// <summary>For workers on other machines.</summary>
    public string TargetToken => Path.Combine(Root, "target.token");

    /// <summary>Command line, then MIGRATE_DATA, then where the system keeps state: /var/lib for root, XDG's for others.</summary>
    public static DataDirectory Resolve(string? option, Func<string, string?> environment, bool isRoot)
    {
        var path = NotEmpty(option) ?? NotEmpty(environment("MIGRATE_DATA"));
        if (path is null && isRoot)
        {
            path = "/var/lib/migrate";
        }

        path ??= Path.Combine(NotEmpty(environment("XDG_STATE_HOME"))
            ?? Path.Combine(environment("HOME") ?? "/", ".local", "state"), "migrate");
        return new DataDirectory(Path.GetFullPath(path));
    }

    /// <summary>Makes what is missing and closes what is secret; databases are made empty so that nobody else ever could read them.</summary>
    public void Create()
    {
        foreach (var directory in new[] { Root, Target })
        {
            Directory.CreateDirectory(directory, OwnerOnlyDirectory);
            // Said once more, because a strict umask or a directory that was there before would keep QEMU out.
            File.SetUnixFileMode(directory, File.GetUnixFileMode(directory) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        Directory.CreateDirectory(Keys, OwnerOnlyDirectory);
        File.SetUnixFileMode(Keys, OwnerOnlyDirectory);
        foreach (var database in new[] { Database, JobsDatabase })
        {
            using var made = new FileStream(database, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = OwnerOnlyFile,
            });
        }
    }

    private static string? NotEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
