using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Migrate.Planner.Persistence;

/// <summary>Whether a PostgreSQL can be the database that several processes share, before anything is written to it.</summary>
public sealed class PostgresCheck(DatabaseOptions options, TimeProvider time)
{
    /// <summary>The oldest major version that its makers still mend.</summary>
    public const int OldestMajor = 14;

    /// <summary>Leases are compared with each machine's own clock: one that is ahead by a lease's length would take what others still hold.</summary>
    public static readonly TimeSpan MostSkew = TimeSpan.FromSeconds(5);

    /// <param name="needsSchema">True for a worker, which does not migrate: the schema has to be this program's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MigrateException"><c>database.unsuitable</c> with every problem; <c>database.unreachable</c>.</exception>
    public async Task RunAsync(bool needsSchema, CancellationToken cancellationToken)
    {
        List<string> problems = [];
        try
        {
            await using var connection = await OpenAsync(needsSchema, problems, cancellationToken);
            await AskAsync(connection, problems, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            throw new MigrateException(
                "database.unreachable", $"PostgreSQL cannot be reached: {e.Message}",
                "Check the connection string (file or MIGRATE_DATABASE), that the server runs and lets this user in from this machine.", e);
        }

        if (problems.Count == 0 && needsSchema)
        {
            problems.AddRange(await SchemaProblemsAsync(cancellationToken));
        }

        if (problems.Count > 0)
        {
            throw new MigrateException("database.unsuitable", $"This PostgreSQL cannot be used: {string.Join("; ", problems)}.", "Mend what is named, then start again.");
        }
    }

    /// <summary>A database that is not there yet is made by the server's first start, so its PostgreSQL is asked.</summary>
    private async Task<NpgsqlConnection> OpenAsync(bool needsSchema, List<string> problems, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(options.PostgresConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            var name = connection.Database;
            await connection.DisposeAsync();
            if (needsSchema)
            {
                problems.Add($"it has no database {name}: start 'migrate serve' with it first");
            }

            var maintenance = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.PostgresConnectionString) { Database = "postgres" }.ConnectionString);
            await maintenance.OpenAsync(cancellationToken);
            return maintenance;
        }
    }

    private async Task AskAsync(NpgsqlConnection connection, List<string> problems, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < OldestMajor)
        {
            problems.Add($"it is version {connection.PostgreSqlVersion}, and {OldestMajor} or later is needed");
        }

        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only'), current_setting('server_encoding'), clock_timestamp()";
        var asked = time.GetUtcNow();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var answered = time.GetUtcNow();
        if (row.GetBoolean(0))
        {
            problems.Add("it is a standby, which cannot be written");
        }

        if (row.GetString(1) == "on")
        {
            problems.Add("its transactions are read-only (default_transaction_read_only)");
        }

        if (row.GetString(2) != "UTF8")
        {
            problems.Add($"its encoding is {row.GetString(2)}, and names of VMs need UTF8");
        }

        var its = new DateTimeOffset(await row.GetFieldValueAsync<DateTime>(3, cancellationToken), TimeSpan.Zero);
        var skew = its < asked ? asked - its : its > answered ? its - answered : TimeSpan.Zero;
        if (skew > MostSkew)
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture, $"its clock and this machine's differ by {skew.TotalSeconds:0.0} s, and leases of runs need less than {MostSkew.TotalSeconds:0} s"));
        }
    }

    private async Task<IReadOnlyList<string>> SchemaProblemsAsync(CancellationToken cancellationToken)
    {
        await using var db = await MigrateDatabase.CreateFactory(options).CreateDbContextAsync(cancellationToken);
        List<string> known = [.. db.Database.GetMigrations()];
        List<string> applied = [.. await db.Database.GetAppliedMigrationsAsync(cancellationToken)];
        return
        [
            .. known.Except(applied).Select(x => $"its schema lacks {x}: start this version of 'migrate serve' with it first"),
            .. applied.Except(known).Select(x => $"its schema has {x} of a newer version: use that version here, too"),
        ];
    }
}
