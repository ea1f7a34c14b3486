using Migrate.Planner;
using Migrate.Planner.Persistence;
using Npgsql;

namespace Migrate.Api.Hosting;

/// <summary>
/// Which database the operator named. A connection string with a password may come from a file or the environment, never from an argument,
/// which every user of the machine can read.
/// </summary>
internal static class DatabaseChoice
{
    public const string Variable = "MIGRATE_DATABASE";

    /// <summary>Null when none is named: the data directory's SQLite file then.</summary>
    public static DatabaseOptions? Resolve(string? argument, string? file, Func<string, string?> environment)
    {
        if (argument is not null && file is not null)
        {
            throw new MigrateException("database.twice", "--database and --database-file both name a database.", "Give one of them.");
        }

        var text = argument ?? (file is null ? environment(Variable) : ReadFile(file));
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        NpgsqlConnectionStringBuilder parts;
        try
        {
            parts = new NpgsqlConnectionStringBuilder(text.Trim());
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Its message may hold what stands in the text.
            throw new MigrateException("database.connection-string", "The connection string of the database cannot be read.", "Write it as Host=db1;Database=migrate;Username=migrate;Password=…");
        }

        List<string> problems = [];
        if (string.IsNullOrEmpty(parts.Host))
        {
            problems.Add("it names no Host");
        }

        if (string.IsNullOrEmpty(parts.Database))
        {
            problems.Add("it names no Database");
        }

        if (argument is not null && !string.IsNullOrEmpty(parts.Password))
        {
            problems.Add($"it has a password, which every user of this machine can read in an argument: put it into a file (--database-file) or {Variable}");
        }

        return problems.Count == 0
            ? DatabaseOptions.Postgres(parts.ConnectionString)
            : throw new MigrateException("database.connection-string", $"The connection string of the database cannot be used: {string.Join("; ", problems)}.", "Correct it and start again.");
    }

    private static string ReadFile(string path)
    {
        try
        {
            var mode = File.GetUnixFileMode(path);
            return (mode & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)) == 0
                ? File.ReadAllText(path)
                : throw new MigrateException("database.file-open", $"{path} holds the way into the database and can be read or written by others.", $"chmod 600 {path}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrateException("database.file-unreadable", $"{path} cannot be read: {e.Message}", "Name a file with the connection string that this user may read.", e);
        }
    }
}
