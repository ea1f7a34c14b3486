using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Npgsql;

namespace Migrate.Api.Backups;

/// <summary>The database as one file, taken while it is in use: SQLite's by VACUUM INTO, PostgreSQL's by its own pg_dump.</summary>
internal static class DatabaseDump
{
    public static async Task TakeAsync(DatabaseOptions database, string path, CancellationToken cancellationToken)
    {
        if (database.PostgresConnectionString is { } connectionString)
        {
            await RunAsync("pg_dump", connectionString, ["--format=custom", "--no-owner", "--no-privileges", $"--file={path}"], cancellationToken);
        }
        else
        {
            await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database.SqlitePath, Pooling = false, DefaultTimeout = 60 }.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "VACUUM INTO $path";
            command.Parameters.AddWithValue("$path", path);
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Into a database whose tables, if it has any, are replaced; all or nothing.</summary>
    public static Task PutBackAsync(DatabaseOptions database, string path, CancellationToken cancellationToken) => RunAsync(
        "pg_restore", database.PostgresConnectionString!, ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", path], cancellationToken);

    /// <summary>Whether the PostgreSQL database has a table of ours.</summary>
    public static async Task<bool> IsUsedAsync(DatabaseOptions database, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database.PostgresConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))! > 0;
    }

    /// <summary>The password goes by the environment: arguments can be read by every user.</summary>
    private static async Task RunAsync(string program, string connectionString, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(program, [.. arguments, $"--host={parts.Host}", $"--port={parts.Port}", .. parts.Username is { } user ? [$"--username={user}"] : Array.Empty<string>(), "--no-password", $"--dbname={parts.Database}"])
        {
            RedirectStandardError = true,
            Environment = { ["PGPASSWORD"] = parts.Password, ["PGSSLMODE"] = parts.SslMode switch { SslMode.VerifyFull => "verify-full", SslMode.VerifyCA => "verify-ca", var mode => mode.ToString().ToLowerInvariant() } },
        };
        if (parts.RootCertificate is { } authority)
        {
            start.Environment["PGSSLROOTCERT"] = authority;
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new MigrateException("backup.no-postgres-client", $"{program} cannot be started: {e.Message}", "Install PostgreSQL's client of at least the server's version (Debian: postgresql-client).", e);
        }

        using (process)
        {
            try
            {
                var said = await process.StandardError.ReadToEndAsync(cancellationToken);
                await process.WaitForExitAsync(cancellationToken);
                if (process.ExitCode != 0)
                {
                    throw new MigrateException("backup.postgres-failed", $"{program} failed: {said.Trim()}", "Mend what it names, then do this again.");
                }
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                throw;
            }
        }
    }
}
